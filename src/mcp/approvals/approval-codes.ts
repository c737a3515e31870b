import { randomInt, timingSafeEqual } from 'node:crypto';

/**
 * Codes that a person reads where the server runs and types into the approval page. The link travels through the
 * agent, so that who has only the link, or guesses, approves nothing.
 */
export interface ApprovalCodes {
  /** The code of an approval, made at first; `isNew` then, for it is to be shown once. */
  codeOf(approvalId: string): { readonly code: string; readonly isNew: boolean };
  /**
   * `worn-out` after five wrong ones: nothing opens that approval any more. `unknown` where this process has made no
   * code for it, as after a restart.
   */
  check(approvalId: string, typed: string): 'right' | 'wrong' | 'worn-out' | 'unknown';
}

const MAX_TRIES = 5;
const MAX_KEPT = 1000;
const DIGITS = 6;

/** Codes of this process; a restart makes new ones. */
export function createApprovalCodes(): ApprovalCodes {
  const kept = new Map<string, { readonly code: string; triesLeft: number }>();
  return {
    codeOf(approvalId) {
      const known = kept.get(approvalId);
      if (known !== undefined) return { code: known.code, isNew: false };
      const code = randomInt(10 ** DIGITS)
        .toString()
        .padStart(DIGITS, '0');
      const [oldest] = kept.keys();
      if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(approvalId, { code, triesLeft: MAX_TRIES });
      return { code, isNew: true };
    },
    check(approvalId, typed) {
      const known = kept.get(approvalId);
      if (known === undefined) return 'unknown';
      if (known.triesLeft === 0) return 'worn-out';
      const [right, given] = [Buffer.from(known.code), Buffer.from(typed.replace(/\s/g, ''))];
      if (right.length === given.length && timingSafeEqual(right, given)) return 'right';
      known.triesLeft -= 1;
      return known.triesLeft === 0 ? 'worn-out' : 'wrong';
    },
  };
}
