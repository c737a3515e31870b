/** What a check found: `warn` works, but not as well as it could; `fail` keeps something from working. */
export type CheckStatus = 'ok' | 'warn' | 'fail';

/** The finding of one check of `coinop doctor`. */
export interface Check {
  /** What was looked at, such as `relay` or `ledger`. */
  readonly check: string;
  /** Which of several: a relay, a file, a role. */
  readonly subject: string;
  readonly status: CheckStatus;
  readonly found: string;
  /** What to do about it; empty when nothing needs to be done. */
  readonly todo: string;
  /** The same for programs. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A check that found everything in order. */
export function fine(check: string, subject: string, found: string, data?: Check['data']): Check {
  return { check, subject, status: 'ok', found, todo: '', ...(data && { data }) };
}
