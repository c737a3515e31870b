import type { RunState } from '../engine/contract.ts';

type Purchase = RunState['purchase'];

/** Ways of paying in which the money is the provider's only by delivering: until then it is locked. */
const LOCKING: ReadonlySet<string> = new Set(['hold', 'reveal', 'ecash-htlc']);

/** The money is locked: it is the provider's by delivering, else it comes back. */
export function isLocked({ state, offer }: Pick<Purchase, 'state' | 'offer'>): boolean {
  return state === 'locked' && offer !== null && LOCKING.has(offer.exchange);
}

/** The money is under way by a way of paying that locks nothing: once it has arrived it is spent. */
export function isOnItsWay(purchase: Pick<Purchase, 'state' | 'offer'>): boolean {
  return purchase.state === 'locked' && !isLocked(purchase);
}
