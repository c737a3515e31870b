import type { Condition } from './job.ts';

/** The most proof of work that can be asked for: the length of an id. */
const MAX_BITS = 256;

/** Asks for proof of work (NIP-13) in the request itself, in leading zero bits of its id. */
export function workCondition(bits: number): Condition {
  return { code: 'pow', detail: bits.toString() };
}

/** The proof of work that is asked for, in bits; `null` when none is, or no number that an id could show. */
export function workAskedFor(conditions: readonly Condition[]): number | null {
  const detail = conditions.find(({ code }) => code === 'pow')?.detail ?? '';
  const bits = /^\d{1,3}$/.test(detail) ? Number(detail) : null;
  return bits !== null && bits <= MAX_BITS ? bits : null;
}

/** Says that what was paid stays with the provider where its customer cancels the work once it has begun. */
export const KEPT_ONCE_BEGUN: Condition = { code: 'cancellation', detail: 'kept-once-begun' };

/** Whether that is said. It asks for nothing: whoever does not cancel need not care. */
export function keepsOnceBegun(conditions: readonly Condition[]): boolean {
  return conditions.some(isKeptOnceBegun);
}

/** Whether a condition is that one. */
export function isKeptOnceBegun({ code, detail }: Condition): boolean {
  return code === KEPT_ONCE_BEGUN.code && detail === KEPT_ONCE_BEGUN.detail;
}

/** Asks to come back, at the earliest at that time (unix seconds). */
export function retryCondition(retryAt: number): Condition {
  return { code: 'retry-after', detail: retryAt.toString() };
}
