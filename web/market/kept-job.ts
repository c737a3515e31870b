import { useState } from 'react';
import { emptyDraft, wishPartsOf, type JobDraft, type Problem } from '../forms/index.ts';
import type { JobWish } from '../engine/contract.ts';
import { satsToMsat, type KindContract } from '../../src/protocol/index.ts';
import { FIRST_TERMS, isSats, type Terms } from './job-terms.tsx';

/** A request as it is being written. */
export interface KeptJob {
  readonly draft: JobDraft;
  readonly terms: Terms;
  /** The providers who are asked, at most `MOST_TARGETS`; everybody when there is none. */
  readonly targets: readonly string[];
  /** Names the request for good: posting it twice posts it once. What was changed is another request. */
  readonly idempotencyKey: string;
}

/** More than these are not asked together: an engine encrypts for no more. */
export const MOST_TARGETS = 5;

/** Whether the job is encrypted for several: then nothing is picked without asking. */
export function isForSeveral({ terms, targets }: Pick<KeptJob, 'terms' | 'targets'>): boolean {
  return terms.encrypted && targets.length > 1;
}

/** Whether there are files that only those who are asked may read. */
export function hasPrivateFiles({ terms, draft }: Pick<KeptJob, 'terms' | 'draft'>): boolean {
  return terms.encrypted && draft.files.some((files) => files.length > 0);
}

/** What was written and not posted, by form, while the app is open: signing in meanwhile loses nothing. */
const kept = new Map<string, KeptJob>();

/** The request that this form was left with, and how to change it; `null` forgets it. */
export function useKeptJob(
  contract: KindContract,
  words: string,
  to: string | null,
): readonly [KeptJob, (job: KeptJob | null) => void] {
  const name = `${contract.kind} ${words} ${to ?? ''}`;
  const [job, setJob] = useState<KeptJob>(
    () =>
      kept.get(name) ?? {
        draft: emptyDraft(contract, words),
        terms: FIRST_TERMS,
        targets: to === null ? [] : [to],
        idempotencyKey: crypto.randomUUID(),
      },
  );
  const keep = (changed: KeptJob | null) => {
    if (changed === null) {
      kept.delete(name);
      return;
    }
    const named = { ...changed, idempotencyKey: crypto.randomUUID() };
    kept.set(name, named);
    setJob(named);
  };
  return [job, keep];
}

/** The wish that a request comes to, once nothing is wrong with it. */
export function wishOf(contract: KindContract, job: KeptJob): JobWish {
  const { draft, terms, targets, idempotencyKey } = job;
  return {
    kind: contract.kind,
    ...wishPartsOf(contract, draft),
    maxAmountMsat: satsToMsat(BigInt(terms.mostSats.trim())),
    deadlineSeconds: terms.deadlineMinutes * 60,
    targets,
    encrypted: terms.encrypted,
    exchanges: [],
    choice: isForSeveral(job) ? 'ask' : terms.choice,
    idempotencyKey,
  };
}

/** The fields that need another look, from the top; `opensFiles` says of all who are asked that they open such. */
export function problemFieldsOf(problems: readonly Problem[], job: KeptJob, opensFiles: boolean): string[] {
  const { terms, targets } = job;
  const isUnreadable = terms.encrypted && (targets.length === 0 || (hasPrivateFiles(job) && !opensFiles));
  return [
    ...problems.map(({ field }) => field),
    ...(isSats(terms.mostSats) ? [] : ['most-sats']),
    ...(isUnreadable ? ['encrypted'] : []),
  ];
}
