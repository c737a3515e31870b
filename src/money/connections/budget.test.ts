import { expect, test } from 'vitest';
import { msat } from '../../protocol/index.ts';
import { budgetPeriod, budgetState } from './budget.ts';

const at = (iso: string): number => Date.parse(iso) / 1000;

test.each([
  ['daily', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['daily', '2024-02-29T23:59:59Z', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['weekly', '2024-02-29T12:00:00Z', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
  ['weekly', '2024-02-26T00:00:00Z', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
  ['weekly', '2024-03-03T23:59:59Z', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
  ['weekly', '1970-01-06T00:00:00Z', '1970-01-05T00:00:00Z', '1970-01-12T00:00:00Z'],
  ['monthly', '2024-02-29T23:59:59Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['monthly', '2024-12-31T23:59:59Z', '2024-12-01T00:00:00Z', '2025-01-01T00:00:00Z'],
] as const)('the %s period of %s is from %s until %s', (renewal, now, startsAt, renewsAt) => {
  expect(budgetPeriod(renewal, at(now))).toEqual({ startsAt: at(startsAt), renewsAt: at(renewsAt) });
});

test('a budget that is never renewed counts from the beginning', () => {
  expect(budgetPeriod('never', at('2024-02-29T12:00:00Z'))).toEqual({ startsAt: 0, renewsAt: null });
});

const grant = {
  name: 'agent',
  clientPubkey: 'aa'.repeat(32),
  serviceSecretKey: new Uint8Array(32),
  scope: 'own-payments' as const,
  createdAt: 0,
};
const spent = (amount: bigint) => ({ spentSince: async () => msat(amount) });

test('a connection without a budget has no state of one', async () => {
  expect(await budgetState(spent(0n), grant, 0)).toBeNull();
});

test('what remains is never less than nothing, also when a fee went beyond its limit', async () => {
  const budget = { amountMsat: msat(1_000n), renewal: 'never' as const };
  expect(await budgetState(spent(1_500n), { ...grant, budget }, 0)).toEqual({
    totalMsat: 1_000n,
    usedMsat: 1_500n,
    remainingMsat: 0n,
    renewal: 'never',
    renewsAt: null,
  });
});
