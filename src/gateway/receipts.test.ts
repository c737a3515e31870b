import { expect, test } from 'vitest';
import { trialBalance } from '../ledger/index.ts';
import { msat } from '../protocol/index.ts';
import { GATEWAY_MOVES, type GatewayState } from './job.ts';
import { journalOfReceipt } from './receipts.ts';

const PRICE = msat(25_000n);
const REFUND = msat(20_000n);
const OWED = { wallet: 25_000n, 'owed-to-customers': -25_000n };
const EARNED = { wallet: 25_000n, 'owed-to-customers': 0n, earned: -25_000n };
const HELD = { held: 25_000n, 'owed-to-customers': -25_000n };

const sums = (payment: 'prepaid' | 'hold', state: GatewayState) =>
  Object.fromEntries(trialBalance(journalOfReceipt({ payment, state, amountMsat: PRICE }, REFUND)));

test.each([
  ['prepaid', 'working', OWED],
  ['prepaid', 'done', EARNED],
  ['prepaid', 'lost', EARNED],
  ['prepaid', 'refund-due', OWED],
  ['prepaid', 'refunding', OWED],
  ['prepaid', 'parked', OWED],
  [
    'prepaid',
    'refunded',
    { wallet: 25_000n, 'owed-to-customers': 0n, 'paid-for-other': -20_000n, earned: -5_000n },
  ],
  ['hold', 'working', HELD],
  ['hold', 'settling', HELD],
  ['hold', 'releasing', HELD],
  ['hold', 'released', { held: 0n, 'owed-to-customers': 0n }],
  ['hold', 'done', { ...EARNED, held: 0n }],
  ['hold', 'lost', { ...EARNED, held: 0n }],
] as const)('%s, %s: it is known whose money it is', (payment, state, expected) => {
  expect(sums(payment, state)).toEqual(expected);
});

test('every state sums to zero', () => {
  const states: GatewayState[] = Object.keys(GATEWAY_MOVES).filter(
    (state): state is GatewayState => state in GATEWAY_MOVES,
  );
  expect(states).toHaveLength(14);
  for (const payment of ['prepaid', 'hold'] as const)
    for (const state of states)
      expect(Object.values(sums(payment, state)).reduce((sum, amountMsat) => sum + amountMsat, 0n)).toBe(0n);
});
