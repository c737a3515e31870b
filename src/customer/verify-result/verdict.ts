/** One thing about a result that was looked at. */
export interface ResultCheck {
  /** Kebab-case and stable: `output-type`, `work`, `bitcoin-block`. */
  readonly name: string;
  /** `null` when it could not be told. */
  readonly ok: boolean | null;
  /** What was found, in a sentence for people; may quote a few characters of the result. */
  readonly detail: string;
  /** The job is done only if this holds, and nothing else has to. */
  readonly proves?: true;
}

/**
 * What the checks of a result come to. `verified`: it proves by itself that the job was done. `plausible`: it looks like
 * what was asked for, and only a reader can say more. `unverifiable`: nothing about it could be checked. `wrong`: it
 * is not what was asked for.
 */
export interface ResultVerdict {
  readonly verdict: 'verified' | 'plausible' | 'unverifiable' | 'wrong';
  readonly checks: readonly ResultCheck[];
}

/** Sums up: one check that fails is enough, and all proofs together are needed. */
export function verdictOf(checks: readonly ResultCheck[]): ResultVerdict {
  const proofs = checks.filter(({ proves }) => proves === true);
  if (checks.some(({ ok }) => ok === false)) return { verdict: 'wrong', checks };
  if (proofs.length > 0 && proofs.every(({ ok }) => ok === true)) return { verdict: 'verified', checks };
  return { verdict: checks.some(({ ok }) => ok === true) ? 'plausible' : 'unverifiable', checks };
}
