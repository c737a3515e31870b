import { describe, expect, it } from 'vitest';
import { BALANCE_PURPOSES, type Ledger, type Purchase } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import {
  approvedPurchase,
  CUSTOMER,
  failureOf,
  freshHex,
  outgoing,
  PROVIDER,
  someOffer,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

const CAPS = { perJobMsat: msat(60_000n), perDayMsat: msat(60_000n), perCounterpartyMsat: msat(60_000n) };
const PRICE = 21_000n;

/** What every driver promises about what a customer prepays with others. */
export function prepaidContract(open: OpenForTest): void {
  describe('what is prepaid', () => {
    let ledger: Ledger;
    freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    async function topUp(amountMsat: bigint, provider = PROVIDER): Promise<void> {
      const wish = {
        amountMsat: msat(amountMsat),
        feeLimitMsat: msat(5_000n),
        counterparty: provider,
        purpose: BALANCE_PURPOSES.topUp,
        paymentHash: freshHex(),
        bolt11: 'lnbcrt1example',
      };
      const reservation = valueOf(await ledger.spending.limits(CUSTOMER, CAPS).reserve(wish));
      await reservation.inFlight();
      await reservation.spent({ preimage: freshHex(), feePaidMsat: msat(3n) });
    }

    async function drawn(): Promise<Purchase> {
      const offer = someOffer({
        exchange: 'balance',
        providerPubkey: PROVIDER,
        amountMsat: msat(PRICE),
        feeLimitMsat: msat(0n),
        bolt11: null,
      });
      const paying = valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), CAPS));
      return valueOf(await ledger.purchases.change(paying, { state: 'paid', payment: 'settled' }));
    }

    const holdings = () => ledger.prepaid.holdings(CUSTOMER);

    it('is what was topped up less what was drawn, and counts against the caps once', async () => {
      await topUp(50_000n);
      await topUp(1_000n, freshHex());
      const spent = await ledger.spending.spent(CUSTOMER);
      expect(spent).toEqual({ todayMsat: 51_006n, everMsat: 51_006n, underWayMsat: 0n });
      await drawn();
      const failed = await drawn();
      expect(await ledger.spending.spent(CUSTOMER)).toEqual(spent);
      const own = () => holdings().then((all) => all.find((each) => each.providerPubkey === PROVIDER));
      expect(await own()).toMatchObject({ toppedUpMsat: 50_000n, drawnMsat: 42_000n, leftMsat: 8_000n });
      valueOf(await ledger.purchases.change(failed, { state: 'refunded' }));
      expect(await own()).toMatchObject({ drawnMsat: 21_000n, leftMsat: 29_000n });
      expect(await holdings()).toHaveLength(2);
    });

    it('a draw costs no more than a job may, and is made once for each offer', async () => {
      const dear = someOffer({
        exchange: 'balance',
        amountMsat: msat(60_001n),
        feeLimitMsat: msat(0n),
        bolt11: null,
      });
      const purchase = await approvedPurchase(ledger, dear);
      expect(failureOf(await ledger.purchases.reserve(purchase, CAPS))).toBe('over-budget');
      const offer = someOffer({ exchange: 'balance', bolt11: null });
      valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), CAPS));
      const again = await approvedPurchase(ledger, offer);
      expect(failureOf(await ledger.purchases.reserve(again, CAPS))).toBe('hash-reused');
    });

    it('is asked back by one invoice at a time, which ends once', async () => {
      await topUp(50_000n);
      const told = outgoing();
      const wanted = () => ({
        withdrawalId: freshHex(),
        customerPubkey: CUSTOMER,
        providerPubkey: PROVIDER,
        amountMsat: msat(20_000n),
        feeLimitMsat: msat(200n),
        bolt11: 'lnbcrt1example',
        paymentHash: freshHex(),
        publish: [told],
      });
      const asked = await Promise.all([1, 2, 3].map(() => ledger.prepaid.askWithdrawal(wanted())));
      expect(asked.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await ledger.outbox.get(told.event.id)).toMatchObject({ state: 'due' });
      expect(await holdings()).toMatchObject([{ withdrawnMsat: 20_200n, leftMsat: 29_800n }]);
      const [withdrawal] = await ledger.prepaid.listWithdrawals(CUSTOMER);
      const hash = withdrawal?.paymentHash ?? '';
      await ledger.prepaid.endWithdrawal(hash, 'received');
      await ledger.prepaid.endWithdrawal(hash, 'given-up'); // too late
      expect((await ledger.prepaid.withdrawal(hash))?.state).toBe('received');
      const other = valueOf(await ledger.prepaid.askWithdrawal(wanted()));
      await ledger.prepaid.endWithdrawal(other.paymentHash, 'given-up');
      expect(await holdings()).toMatchObject([{ withdrawnMsat: 20_200n, leftMsat: 29_800n }]);
    });
  });
}
