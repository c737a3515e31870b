import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CUSTOMER_CHECKPOINTS, SUPPORTED_EXCHANGES, type Customer } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import { Death } from '../fixtures/death.ts';
import { faultyWallet } from './faulty-wallet.ts';
import { PRICE_SATS, SALES } from './sales-by-mode.ts';
import { openBuyingStage, WISH, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
let death: Death;
beforeEach(() => {
  death = new Death();
});
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(async () => {
  death.bury();
  await stage.sweep();
});
afterAll(() => stage.close());

const FATAL = CUSTOMER_CHECKPOINTS.filter((name) => name !== 'customer:before-open');

describe.each(Object.entries(SALES))('buying by %s', (exchange, sell) => {
  test.each(FATAL)(
    'dead at %s, the next life finishes the purchase and pays once',
    { timeout: 60_000 },
    async (fatal) => {
      const seller = await stage.openProvider('alice');
      const ledger: Ledger = stage.openLedger();
      const wallet = faultyWallet(stage.wallet(), {});
      const signer = secretKeySigner(generateSecretKey());
      const doomed = stage.openCustomer({
        signer,
        ledger: death.mortal<Ledger>(ledger),
        wallet: death.mortal<Wallet>(wallet),
        checkpoint: death.at(fatal),
      });
      const exchanges = SUPPORTED_EXCHANGES.filter((mode) => mode === exchange);
      await doomed.buy({ ...WISH, exchanges }).catch(() => undefined);

      const selling = seller.nextRequest().then((request) => sell(seller, request));
      await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
      const next: Customer = stage.openCustomer({ signer, ledger, wallet });
      const resumed = await next.resume();

      const { bolt11, paymentHash } = await selling;
      const [purchase] = await vi.waitFor(
        async () => {
          const purchases = await next.list({ limit: 10 });
          expect(purchases).toMatchObject([{ state: 'received', offer: { exchange, bolt11 } }]);
          expect(purchases[0]?.preimage).toMatch(/^[0-9a-f]{64}$/);
          return purchases;
        },
        { timeout: 30_000 },
      );
      for (const handle of resumed)
        expect([handle.requestId, await handle.result()]).toMatchObject([
          purchase?.requestId,
          { ok: true, value: { content: 'done', settlement: 'settled', amountMsat: satsToMsat(PRICE_SATS) } },
        ]);
      expect(await ledger.purchases.payment(paymentHash)).toMatchObject({ state: 'settled' });
      expect(new Set(wallet.payCalls)).toEqual(new Set([bolt11]));
    },
  );
});

test('dead between the reservation and the call, the next life pays without asking the wallet first', async () => {
  const seller = await stage.openProvider('alice');
  const [ledger, real] = [stage.openLedger(), stage.wallet()];
  const asked: string[] = [];
  const wallet: Wallet = {
    ...real,
    lookup: (...call) => {
      asked.push('lookup');
      return real.lookup(...call);
    },
    pay: (...call) => {
      asked.push('pay');
      return real.pay(...call);
    },
  };
  const signer = secretKeySigner(generateSecretKey());
  const checkpoint = death.at('customer:after-reserve');
  const doomed = stage.openCustomer({ signer, ledger: death.mortal<Ledger>(ledger), wallet, checkpoint });
  await doomed.buy({ ...WISH, exchanges: ['hold'] });
  const selling = seller.nextRequest().then((request) => SALES.hold(seller, request));
  await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
  expect(asked).toEqual([]);
  const [resumed] = await stage.openCustomer({ signer, ledger, wallet }).resume();
  await selling;
  expect((await resumed?.result())?.ok).toBe(true);
  expect([asked[0], asked.filter((call) => call === 'pay')]).toEqual(['pay', ['pay']]);
});

test('dead before anything was booked, nothing was asked for', async () => {
  const ledger = stage.openLedger();
  const doomed = stage.openCustomer({ ledger, checkpoint: death.at('customer:before-open') });
  await expect(doomed.buy(WISH)).rejects.toThrow('died');
  expect(await ledger.purchases.listRecent({ limit: 1 })).toEqual([]);
});
