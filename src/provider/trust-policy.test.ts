import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CustomerRecord } from '../ledger/index.ts';
import { msat, satsToMsat, ZERO_MSAT } from '../protocol/index.ts';
import { gradedTrust, NO_RECORD, trustNobody } from './trust-policy.ts';

const NOW = 1_800_000_000;
const WEEK = 7 * 86_400;
const good: CustomerRecord = {
  ...NO_RECORD,
  paidSales: 20,
  paidMsat: satsToMsat(2000),
  firstPaidAt: NOW - 2 * WEEK,
};
const amount = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(msat);
const record: fc.Arbitrary<CustomerRecord> = fc.record({
  paidSales: fc.nat(1000),
  paidMsat: amount,
  firstPaidAt: fc.option(fc.integer({ min: NOW - 10 * WEEK, max: NOW })),
  unpaidSales: fc.nat(5),
  unpaidMsat: amount,
  openUnpaidMsat: amount,
});
const grades = fc.record({
  afterPaidSales: fc.nat(20),
  afterSeconds: fc.nat(4 * WEEK),
  percentOfPaid: fc.nat(200),
  mostMsat: amount,
  deliverPercent: fc.nat(150),
  unpaidSalesAtMost: fc.nat(5),
});

test('trust is a share of what was paid, once that was often and long enough', () => {
  const careful = gradedTrust();
  expect(careful(good, NOW)).toEqual({
    workUnpaidUpToMsat: satsToMsat(200),
    deliverUnpaidUpToMsat: satsToMsat(100),
  });
  expect(careful(NO_RECORD, NOW)).toEqual(trustNobody());
  expect(careful({ ...good, paidSales: 4 }, NOW)).toEqual(trustNobody());
  expect(careful({ ...good, firstPaidAt: NOW - WEEK + 1 }, NOW)).toEqual(trustNobody());
  expect(careful({ ...good, paidMsat: satsToMsat(10_000_000) }, NOW).workUnpaidUpToMsat).toBe(
    satsToMsat(1000),
  );
  expect(careful({ ...good, unpaidSales: 1, unpaidMsat: msat(1n) }, NOW)).toEqual(trustNobody());
});

test('one default costs as much trust as ten paid jobs like it bring', () => {
  const lenient = gradedTrust({ unpaidSalesAtMost: 1 });
  const once = (unpaidMsat: bigint) =>
    lenient({ ...good, unpaidSales: 1, unpaidMsat: msat(unpaidMsat) }, NOW).workUnpaidUpToMsat;
  expect([once(0n), once(10_000n), once(20_000n), once(90_000n)]).toEqual([
    satsToMsat(200),
    satsToMsat(100),
    ZERO_MSAT,
    ZERO_MSAT,
  ]);
});

test('never more after a default, never less after a payment, never above the cap, delivery within work', () => {
  fc.assert(
    fc.property(grades, record, amount, (told, before, costMsat) => {
      const trust = gradedTrust(told);
      const limits = trust(before, NOW);
      const defaulted = trust(
        {
          ...before,
          unpaidSales: before.unpaidSales + 1,
          unpaidMsat: msat(before.unpaidMsat + costMsat),
        },
        NOW,
      );
      const paid = trust(
        { ...before, paidSales: before.paidSales + 1, paidMsat: msat(before.paidMsat + costMsat) },
        NOW,
      );
      const later = trust(before, NOW + WEEK);
      for (const which of ['workUnpaidUpToMsat', 'deliverUnpaidUpToMsat'] as const) {
        expect(defaulted[which]).toBeLessThanOrEqual(limits[which]);
        expect(paid[which]).toBeGreaterThanOrEqual(limits[which]);
        expect(later[which]).toBeGreaterThanOrEqual(limits[which]);
        expect(limits[which]).toBeLessThanOrEqual(told.mostMsat);
      }
      expect(limits.deliverUnpaidUpToMsat).toBeLessThanOrEqual(limits.workUnpaidUpToMsat);
    }),
  );
});
