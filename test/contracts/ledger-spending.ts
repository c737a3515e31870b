import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ECASH_PURPOSE, type Ledger, type SpendingCaps } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import { approvedPurchase, CUSTOMER, failureOf, freshHex, someOffer, valueOf } from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest, OpenLedger } from './ledger.ts';

const GENEROUS: SpendingCaps = { perJobMsat: msat(10n ** 12n) };
const SERVER = 'https://data.example';

/** What every driver promises about money that is spent on anything. */
export function spendingContract(open: OpenForTest): void {
  describe('spending', () => {
    let ledger: Ledger;
    let opened: OpenLedger;
    const clock = freshBooks(open, (fresh) => {
      opened = fresh;
      ledger = fresh.ledger;
    });

    const wish = (amountMsat: bigint, counterparty = SERVER) => ({
      amountMsat: msat(amountMsat),
      feeLimitMsat: msat(1n),
      counterparty,
      purpose: 'a page of data',
      paymentHash: freshHex(),
      bolt11: 'lnbcrt1example',
    });
    const under = (caps: SpendingCaps = GENEROUS) => ledger.spending.limits(CUSTOMER, caps);
    const spent = () => ledger.spending.spent(CUSTOMER);
    const proof = (feePaidMsat = 0n) => ({ preimage: freshHex(), feePaidMsat: msat(feePaidMsat) });

    it('counts what is reserved, what is on its way and what was paid, and frees what failed', async () => {
      const [paid, failed, open1] = [wish(10n), wish(20n), wish(30n)];
      const reservations = [];
      for (const each of [paid, failed, open1]) reservations.push(valueOf(await under().reserve(each)));
      expect(await spent()).toEqual({ todayMsat: 63n, everMsat: 63n, underWayMsat: 63n });
      await reservations[0]?.inFlight();
      await reservations[0]?.spent(proof(0n));
      await reservations[1]?.released();
      await reservations[2]?.inFlight();
      expect(await spent()).toEqual({ todayMsat: 41n, everMsat: 41n, underWayMsat: 31n });
      expect((await ledger.spending.listUnfinished(CUSTOMER)).map(({ paymentHash }) => paymentHash)).toEqual([
        open1.paymentHash,
      ]);
      expect(await ledger.spending.listRecent({ spenderPubkey: CUSTOMER, limit: 10 })).toHaveLength(3);
      clock.seconds += 86_401;
      expect(await spent()).toEqual({ todayMsat: 31n, everMsat: 41n, underWayMsat: 31n });
    });

    it('counts a payment that was given up and has been made after all', async () => {
      const paying = valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger), GENEROUS));
      const { paymentHash, amountMsat } = paying.offer ?? expect.fail('it is paid by no offer');
      valueOf(await ledger.purchases.change(paying, { state: 'offered', payment: 'failed' }));
      expect(await spent()).toEqual({ todayMsat: 0n, everMsat: 0n, underWayMsat: 0n });
      const late = { paymentHash: paymentHash ?? '', preimage: freshHex(), feePaidMsat: msat(2n) };
      expect(await ledger.purchases.keepProof(late)).toBe(true);
      const madeMsat = amountMsat + 2n;
      expect(await spent()).toEqual({ todayMsat: madeMsat, everMsat: madeMsat, underWayMsat: 0n });
      const refused = await under({ ...GENEROUS, totalMsat: msat(madeMsat + 10n) }).reserve(wish(10n));
      expect(refused).toMatchObject({ ok: false, failure: { code: 'over-budget' } });
    });

    it.each([
      ['the cap per job', { perJobMsat: msat(100n) }, wish(100n)],
      ['the cap per counterparty', { ...GENEROUS, perCounterpartyMsat: msat(120n) }, wish(20n)],
      ['the cap per day', { ...GENEROUS, perDayMsat: msat(220n) }, wish(20n, 'https://other.example')],
      ['the cap of all spending', { ...GENEROUS, totalMsat: msat(220n) }, wish(20n, 'https://third.example')],
    ])('refuses what would pass %s', async (cap, caps, next) => {
      valueOf(await under().reserve(wish(99n)));
      valueOf(await under().reserve(wish(99n, 'https://other.example')));
      const refused = await under(caps).reserve(next);
      expect(refused).toMatchObject({ ok: false, failure: { code: 'over-budget', data: { cap } } });
      const fits = { ...next, amountMsat: msat(next.amountMsat - 1n) };
      expect((await under(caps).reserve(fits)).ok).toBe(true);
    });

    it('weighs what is paid for one purpose together, however long ago', async () => {
      const caps = { ...GENEROUS, perPurposeMsat: msat(21n) };
      const forOther = { ...wish(20n), purpose: 'another page' };
      const first = valueOf(await under(caps).reserve(wish(9n)));
      await first.inFlight();
      await first.spent(proof(1n));
      clock.seconds += 10 * 86_400;
      const refused = await under(caps).reserve(wish(11n, 'https://other.example'));
      expect(refused).toMatchObject({
        failure: { code: 'over-budget', data: { cap: 'the cap per purpose' } },
      });
      expect((await under(caps).reserve(forOther)).ok).toBe(true);
      expect((await under(caps).reserve(wish(10n))).ok).toBe(true);
      expect((await under().reserve(wish(10n))).ok).toBe(true);
    });

    it('weighs jobs and everything else against the same caps', async () => {
      const caps = { ...GENEROUS, perDayMsat: msat(12_000n) };
      const offer = someOffer();
      valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), caps));
      expect(failureOf(await under(caps).reserve(wish(1000n)))).toBe('over-budget');
      expect((await under(caps).reserve(wish(999n))).ok).toBe(true);
    });

    it('counts ecash when it is bought, and not again when a job is paid with it', async () => {
      const topUp = { ...wish(20_000n, 'mint'), purpose: ECASH_PURPOSE };
      valueOf(await under().reserve(topUp));
      expect((await spent()).everMsat).toBe(20_001n);
      const offer = { ...someOffer(), exchange: 'ecash-htlc', bolt11: null } as const; // 12 sat at most
      const caps = { ...GENEROUS, perDayMsat: msat(20_001n), totalMsat: msat(20_001n) };
      valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), caps));
      expect(await spent()).toMatchObject({ todayMsat: 20_001n, everMsat: 20_001n });
      const another = { ...offer, ...someOffer(), exchange: 'ecash-htlc', bolt11: null } as const;
      const beyond = await ledger.purchases.reserve(await approvedPurchase(ledger, another), caps);
      expect(failureOf(beyond)).toBe('over-budget');
      const more = { ...wish(1n, 'mint'), purpose: ECASH_PURPOSE };
      expect(failureOf(await under(caps).reserve(more))).toBe('over-budget');
    });

    it('reserves no invoice twice, unless its payment is known to have failed', async () => {
      const once = wish(10n);
      const first = valueOf(await under().reserve(once));
      expect(failureOf(await under().reserve(once))).toBe('already-paid');
      await first.released();
      const second = valueOf(await under().reserve(once));
      await second.spent(proof());
      expect(failureOf(await under().reserve(once))).toBe('already-paid');
      const offer = { ...someOffer(), paymentHash: once.paymentHash };
      const twice = await ledger.purchases.reserve(await approvedPurchase(ledger, offer), GENEROUS);
      expect(failureOf(twice)).toBe('hash-reused');
    });

    it('keeps another key out of a reservation', async () => {
      const mine = wish(10n);
      valueOf(await under().reserve(mine));
      expect(await under().unfinished(mine.paymentHash)).not.toBeNull();
      const other = ledger.spending.limits('ee'.repeat(32), GENEROUS);
      expect(await other.unfinished(mine.paymentHash)).toBeNull();
      expect(failureOf(await other.reserve(mine))).toBe('already-paid');
    });

    it('never passes a cap, however many reserve at once', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.bigInt({ min: 1n, max: 60n }), { minLength: 1, maxLength: 20 }),
          fc.bigInt({ min: 1n, max: 300n }),
          async (amounts, perDay) => {
            const spender = freshHex();
            const limits = ledger.spending.limits(spender, { ...GENEROUS, perDayMsat: msat(perDay) });
            const outcomes = await Promise.all(amounts.map((amount) => limits.reserve(wish(amount))));
            const reserved = amounts.reduce(
              (sum, amount, index) => sum + (outcomes[index]?.ok === true ? amount + 1n : 0n),
              0n,
            );
            expect((await ledger.spending.spent(spender)).todayMsat).toBe(reserved);
            expect(reserved <= perDay).toBe(true);
          },
        ),
        { numRuns: 30 },
      );
    });

    it('knows after a restart what is on its way', async () => {
      if (opened.reopen === undefined) return;
      const open1 = wish(10n);
      await valueOf(await under().reserve(open1)).inFlight();
      ledger = await opened.reopen();
      const again = await under().unfinished(open1.paymentHash);
      expect(again).not.toBeNull();
      await again?.spent(proof(1n));
      expect(await under().unfinished(open1.paymentHash)).toBeNull();
      expect(await ledger.spending.payment(open1.paymentHash)).toMatchObject({
        state: 'settled',
        purpose: 'a page of data',
        counterparty: SERVER,
        requestId: null,
        feePaidMsat: 1n,
      });
    });
  });
}
