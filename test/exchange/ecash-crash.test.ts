import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CUSTOMER_CHECKPOINTS, type Customer, type EcashPurse } from '../../src/customer/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { balanceSat, fund } from '../ecash/stage.ts';
import { Death } from '../fixtures/death.ts';
import { openEcashMarket, wishFor, type EcashMarket } from './ecash-stage.ts';

let market: EcashMarket;
let death: Death;
beforeAll(async () => {
  market = await openEcashMarket();
}, 60_000);
beforeEach(() => {
  death = new Death();
});
afterEach(async () => {
  death.bury();
  await market.sweep();
});
afterAll(() => market.close());

/** The call of a Lightning wallet and the time before anything is booked are not part of a payment in ecash. */
const SKIPPED = ['customer:before-open', 'customer:wallet-called'];

describe.each(['ecash-htlc', 'nutzap'] as const)('buying by %s', (exchange) => {
  test.each(CUSTOMER_CHECKPOINTS.filter((name) => !SKIPPED.includes(name)))(
    'dead at %s, the next life finishes the purchase and pays once',
    { timeout: 60_000 },
    async (fatal) => {
      const payee = market.openPurse();
      const payer = market.openPurse();
      await fund(payer.wallet, 100);
      const before = await balanceSat(payer.wallet);
      const seller = await market.sell({ exchanges: [exchange] }, {}, payee);
      const ledger = market.stage.openLedger();
      const ecash = market.ecashOf(payer);
      const doomed = market.buyer(payer, {
        ledger: death.mortal<Ledger>(ledger),
        ecash: { ...death.mortal<EcashPurse>(ecash), mintUrls: ecash.mintUrls },
        checkpoint: death.at(fatal),
      });
      await doomed.buy(wishFor(seller)).catch(() => undefined);
      await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });

      const next: Customer = market.buyer(payer, { ledger });
      await next.resume();
      await vi.waitFor(
        async () => {
          const [purchase] = await next.list({ limit: 1 });
          expect(purchase).toMatchObject({ state: 'received', offer: { exchange } });
          const paymentHash = purchase?.offer?.paymentHash ?? '';
          expect(await ledger.purchases.payment(paymentHash)).toMatchObject({ state: 'settled' });
        },
        { timeout: 30_000 },
      );
      const sale = await seller.until(({ money, work }) => money === 'settled' && work === 'closed');
      expect(await seller.ledger.sales.receipts(sale)).toHaveLength(1);
      const spent = before - (await balanceSat(payer.wallet));
      expect(spent).toBeGreaterThanOrEqual(21);
      expect(spent).toBeLessThan(26);
    },
  );
});

const OF_PAYMENT = [
  'provider:payment-seen',
  'provider:before-ready-commit',
  'provider:before-delivered-commit',
];
const OF_LOCKS = ['provider:before-settle', 'provider:settled-by-wallet'];

describe.each([
  ['ecash-htlc', ['provider:before-quote-commit', ...OF_PAYMENT, ...OF_LOCKS]],
  ['nutzap', ['provider:before-quote-commit', ...OF_PAYMENT]],
] as const)('selling by %s', (exchange, fatal) => {
  test.each(fatal)(
    'dead at %s, the next life delivers and is paid once',
    { timeout: 60_000 },
    async (checkpoint) => {
      const payee = market.openPurse();
      const payer = market.openPurse();
      await fund(payer.wallet, 100);
      const ledger = market.stage.openLedger();
      const { store, mintUrls, lockPubkey } = payee.wallet;
      const wallet = { ...death.mortal(payee.wallet), store, mintUrls, lockPubkey };
      const doomed = await market.sell(
        { exchanges: [exchange] },
        { ledger: death.mortal<Ledger>(ledger), checkpoint: death.at(checkpoint) },
        { ...payee, wallet },
      );
      const wish = wishFor(doomed);
      const purchase = orThrow(await market.buyer(payer).buy(wish));
      await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });

      const next = await market.sell({ kind: wish.kind, exchanges: [exchange] }, { ledger }, payee);
      expect(await purchase.result()).toMatchObject({
        ok: true,
        value: { content: 'A RED FOX', settlement: 'settled' },
      });
      const sale = await next.until(({ work, money }) => work === 'closed' && money === 'settled');
      expect(await ledger.sales.receipts(sale)).toHaveLength(1);
      const earned = await balanceSat(payee.wallet);
      expect(earned).toBeGreaterThanOrEqual(21);
      expect(earned).toBeLessThan(26);
    },
  );
});
