import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reconcile, type Finding } from '../../src/account/index.ts';
import type { PaymentRecord, Wallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat, success } from '../../src/protocol/index.ts';
import { service } from '../../src/provider/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller } from '../provider/stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

/** The provider's wallet, which says of every incoming payment what `lie` says. */
function lying(lie: { state: PaymentRecord['state'] }): Wallet {
  const wallet = stage.bank.wallet('alice');
  const told = <Seen extends PaymentRecord | null>(record: Seen): Seen =>
    record?.direction === 'incoming' ? { ...record, ...lie } : record;
  return faultyWallet(wallet, {
    lookup: async (payment, call) => {
      const found = await wallet.lookup(payment, call);
      return found.ok ? success(told(found.value)) : found;
    },
    list: async (query, call) => {
      const listed = await wallet.list(query, call);
      return listed.ok ? success(listed.value.map(told)) : listed;
    },
    settleHold: async () => success(undefined),
  });
}

async function findings(wallet: Wallet, seller: Awaited<ReturnType<typeof openSeller>>): Promise<Finding[]> {
  const found: Finding[] = [];
  orThrow(
    await reconcile({
      ledger: seller.ledger,
      wallet,
      ecash: null,
      pubkey: seller.provider.pubkey,
      dryRun: false,
      since: 0,
      onFinding: (finding) => found.push(finding),
      now: () => Math.floor(Date.now() / 1000),
      signal: new AbortController().signal,
    }),
  );
  return found.filter(({ subject }) => subject === 'sale');
}

describe('a wallet that says paid, and after the delivery not', () => {
  test.each([
    ['prepay', 5980, 'settled'],
    ['hold', 5981, 'accepted'],
  ] as const)(
    'by %s: the books stay as they are, and reconciliation reports it',
    async (exchange, kind, first) => {
      const lie: { state: PaymentRecord['state'] } = { state: 'pending' };
      const wallet = lying(lie);
      const sold = service({ kind, handler: async ({ text }) => text, priceSats: 10, exchanges: [exchange] });
      const seller = await openSeller(stage, [sold], { wallet });
      const customer = await openScriptedCustomer(stage);
      const request = await customer.request(kind, { exchanges: [exchange] });
      await customer.feedback(request, 'payment-required');
      lie.state = first;
      await customer.result(request);
      const sale = await seller.until(({ work }) => work === 'closed');
      await seller.close();
      customer.close();
      expect(sale.money).toBe('settled');
      expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ amountMsat: satsToMsat(10) }]);

      lie.state = 'settled';
      expect(await findings(wallet, seller)).toEqual([]);
      lie.state = 'failed';
      expect(await findings(wallet, seller)).toMatchObject([
        { code: 'receipt-not-in-wallet', standing: 'serious', requestId: request.id },
      ]);
      expect(await seller.ledger.sales.get(sale.providerPubkey, request.id)).toEqual(sale);
    },
  );
});
