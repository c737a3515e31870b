import { MAX_MSAT, msat, ZERO_MSAT, type Msat } from '../../protocol/index.ts';
import type { BudgetRenewal, ConnectionPayments, NwcGrant } from './contract.ts';

const DAY_SECONDS = 86_400;
/** The first of January 1970 was a Thursday: the Monday before it, in days. */
const FIRST_MONDAY = -3;

/** The period a moment is in, unix seconds: when it began and when the next begins, `null` for never. */
export function budgetPeriod(
  renewal: BudgetRenewal,
  now: number,
): { readonly startsAt: number; readonly renewsAt: number | null } {
  const day = Math.floor(now / DAY_SECONDS);
  switch (renewal) {
    case 'daily':
      return { startsAt: day * DAY_SECONDS, renewsAt: (day + 1) * DAY_SECONDS };
    case 'weekly': {
      const monday = day - ((day - FIRST_MONDAY) % 7);
      return { startsAt: monday * DAY_SECONDS, renewsAt: (monday + 7) * DAY_SECONDS };
    }
    case 'monthly': {
      const date = new Date(now * 1000);
      const monthAt = (offset: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset) / 1000;
      return { startsAt: monthAt(0), renewsAt: monthAt(1) };
    }
    case 'never':
      return { startsAt: 0, renewsAt: null };
  }
}

/** What a connection has spent and may still spend in the present period. */
export interface BudgetState {
  readonly totalMsat: Msat;
  /** Reservations included. May exceed the total where a wallet could not keep to a fee limit. */
  readonly usedMsat: Msat;
  readonly remainingMsat: Msat;
  readonly renewal: BudgetRenewal;
  /** Unix seconds; `null` for never. */
  readonly renewsAt: number | null;
}

/** The state of a connection's budget; `null` when it has none. */
export async function budgetState(
  payments: Pick<ConnectionPayments, 'spentSince'>,
  { clientPubkey, budget }: NwcGrant,
  now: number,
): Promise<BudgetState | null> {
  if (budget === undefined) return null;
  const { startsAt, renewsAt } = budgetPeriod(budget.renewal, now);
  const usedMsat = await payments.spentSince(clientPubkey, startsAt);
  return {
    totalMsat: budget.amountMsat,
    usedMsat,
    remainingMsat: remainingOf(budget.amountMsat, usedMsat),
    renewal: budget.renewal,
    renewsAt,
  };
}

/** What is left of a budget; nothing once more was spent. */
export function remainingOf(totalMsat: Msat, spentMsat: Msat): Msat {
  return spentMsat >= totalMsat ? ZERO_MSAT : msat(totalMsat - spentMsat);
}

/** A sum of amounts; no more than can exist, for invoices may ask for anything. */
export function cappedSum(...amounts: readonly bigint[]): Msat {
  const sum = amounts.reduce((total, amount) => total + amount, 0n);
  return sum > MAX_MSAT ? MAX_MSAT : msat(sum);
}
