import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sale } from '../ledger/index.ts';
import { msat } from '../protocol/index.ts';
import { DEFAULT_LIMITS } from './context.ts';
import { partAllowanceOf } from './part-allowance.ts';

const QUOTE: NonNullable<Sale['quote']> = {
  amountMsat: msat(1_000n),
  validUntil: 0,
  usualSeconds: 1,
  worstSeconds: 1,
  paymentHash: null,
  preimage: null,
  bolt11: null,
};

test('whoever can have its money back reads at most half of what was made, and no more than is told', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 900, unit: 'grapheme' }), { maxLength: 8 }),
      fc.constantFrom('hold', 'prepay', 'ecash-htlc'),
      (parts, exchange) => {
        const allowance = partAllowanceOf({ exchange, money: 'locked', quote: QUOTE }, DEFAULT_LIMITS);
        let [made, shown] = [0, 0];
        for (const part of parts) {
          const left = allowance.leftChars ?? Infinity;
          allowance.made(part);
          const taken = allowance.take(part);
          made += part.length;
          shown += taken.length;
          expect(part.startsWith(taken)).toBe(true);
          expect(taken.length).toBeLessThanOrEqual(left);
          expect(shown).toBeLessThanOrEqual(Math.min(1_000, Math.max(100, made / 2)));
        }
        expect(allowance.leftChars).toBe(1_000 - shown);
      },
    ),
  );
});

test('work for nothing, on trust, or whose money stays here is shown whole', () => {
  const whole = 'word '.repeat(1_000);
  const kept = { ...QUOTE, isKeptOnceBegun: true };
  for (const sale of [
    { exchange: 'free', money: 'none', quote: null },
    { exchange: 'postpay', money: 'none', quote: QUOTE },
    { exchange: 'prepay', money: 'settled', quote: kept },
  ] as const) {
    const allowance = partAllowanceOf(sale, DEFAULT_LIMITS);
    allowance.made(whole);
    expect([allowance.take(whole), allowance.leftChars]).toEqual([whole, null]);
  }
  expect(
    partAllowanceOf({ exchange: 'prepay', money: 'quoted', quote: kept }, DEFAULT_LIMITS).leftChars,
  ).toBe(1_000);
});
