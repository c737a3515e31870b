import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MSAT, msat, orThrow, type Msat } from '../protocol/index.ts';
import { createMemorySpendingLimits, feeLimitOf, type Reservation, type SpendingWish } from './spending.ts';

const PREIMAGE = '00'.repeat(32);
const caps = { perPaymentMsat: msat(100n), perCounterpartyMsat: msat(150n), perDayMsat: msat(200n) };

function wish(paymentHash: string, amount: bigint, counterparty = 'a'): SpendingWish {
  const amountMsat = msat(amount);
  return {
    amountMsat,
    feeLimitMsat: msat(10n),
    counterparty,
    purpose: 'test',
    paymentHash,
    bolt11: 'lnbcrt1',
  };
}

describe('spending limits in memory', () => {
  test('count the amount with its fee limit, and what was paid once it is known', async () => {
    const limits = createMemorySpendingLimits(caps, () => 0);
    expect(await limits.reserve(wish('1', 91n))).toMatchObject({ failure: { code: 'over-budget' } });
    const first = orThrow(await limits.reserve(wish('1', 90n)));
    expect(await limits.reserve(wish('2', 41n))).toMatchObject({
      failure: { data: { cap: 'one counterparty' } },
    });
    await first.spent({ preimage: PREIMAGE, feePaidMsat: msat(0n) });
    orThrow(await limits.reserve(wish('2', 50n)));
    expect(await limits.reserve(wish('3', 41n, 'b'))).toMatchObject({
      failure: { data: { cap: 'one day' } },
    });
    orThrow(await limits.reserve(wish('3', 40n, 'b')));
  });

  test('know each invoice until it is given up', async () => {
    const limits = createMemorySpendingLimits(caps, () => 0);
    const first = orThrow(await limits.reserve(wish('1', 1n)));
    expect(await limits.reserve(wish('1', 1n))).toMatchObject({ failure: { code: 'already-paid' } });
    await first.released();
    expect(await limits.unfinished('1')).toBeNull();
    const second = orThrow(await limits.reserve(wish('1', 1n)));
    await first.released(); // the old one has no say any more
    expect(await limits.reserve(wish('1', 1n))).toMatchObject({ failure: { code: 'already-paid' } });
    await second.inFlight();
    const resumed = await limits.unfinished('1');
    await resumed?.spent({ preimage: PREIMAGE, feePaidMsat: msat(0n) });
    await second.released();
    expect(await limits.unfinished('1')).toBeNull();
    expect(await limits.reserve(wish('1', 1n))).toMatchObject({ failure: { code: 'already-paid' } });
  });

  test('forget what was spent after a day, but nothing that is open', async () => {
    let now = 0;
    const limits = createMemorySpendingLimits(caps, () => now);
    const spent = orThrow(await limits.reserve(wish('1', 90n)));
    await spent.spent({ preimage: PREIMAGE, feePaidMsat: msat(10n) });
    orThrow(await limits.reserve(wish('2', 90n, 'b')));
    now = 86_401;
    orThrow(await limits.reserve(wish('3', 90n)));
    expect(await limits.reserve(wish('4', 1n, 'c'))).toMatchObject({ failure: { code: 'over-budget' } });
  });

  test('never let more go than the caps, in any order of events', async () => {
    const step = fc.record({
      hash: fc.constantFrom('1', '2', '3', '4', '5', '6'),
      amount: fc.bigInt({ min: 0n, max: 100n }),
      counterparty: fc.constantFrom('a', 'b'),
      end: fc.constantFrom('inFlight', 'spent', 'released'),
      feePaid: fc.bigInt({ min: 0n, max: 10n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const limits = createMemorySpendingLimits(caps, () => 0);
        const held = new Map<string, { reservation: Reservation; cost: bigint; counterparty: string }>();
        for (const { hash, amount, counterparty, end, feePaid } of steps) {
          const reserved = await limits.reserve(wish(hash, amount, counterparty));
          if (reserved.ok) held.set(hash, { reservation: reserved.value, cost: amount + 10n, counterparty });
          const one = held.get(hash);
          if (one === undefined) continue;
          if (end === 'inFlight') await one.reservation.inFlight();
          else if (end === 'released' && (await limits.unfinished(hash))) {
            await one.reservation.released();
            held.delete(hash);
          } else if (end === 'spent' && (await limits.unfinished(hash))) {
            await one.reservation.spent({ preimage: PREIMAGE, feePaidMsat: msat(feePaid) });
            one.cost += feePaid - 10n;
          }
          const sum = (of?: string): bigint =>
            [...held.values()].reduce(
              (total, { cost, counterparty: to }) => total + (of === undefined || to === of ? cost : 0n),
              0n,
            );
          expect(sum()).toBeLessThanOrEqual(caps.perDayMsat);
          expect(sum('a')).toBeLessThanOrEqual(caps.perCounterpartyMsat);
        }
      }),
    );
  });

  test('take the largest amount that exists without failing', async () => {
    const limits = createMemorySpendingLimits(caps, () => 0);
    const amountMsat: Msat = MAX_MSAT;
    const wished = { ...wish('1', 0n), amountMsat, feeLimitMsat: feeLimitOf(amountMsat) };
    expect(await limits.reserve(wished)).toMatchObject({ failure: { code: 'over-budget' } });
  });
});

test('routing may cost one percent, at least 5 sat', () => {
  expect([0n, 500_000n, 500_001n, 1_000_000n].map((amount) => feeLimitOf(msat(amount)))).toEqual([
    5_000n,
    5_000n,
    5_001n,
    10_000n,
  ]);
});
