import { useState } from 'react';
import { draftOf, emptyDraft, wishPartsOf, type JobDraft, type Problem } from '../forms/index.ts';
import type { JobWish, RunState } from '../engine/contract.ts';
import { isHex32, parseJobRequest, satsToMsat, type KindContract } from '../../src/protocol/index.ts';
import { DEADLINES, FIRST_TERMS, isSats, type Terms } from './job-terms.tsx';

/** A request as it is being written. */
export interface KeptJob {
  readonly draft: JobDraft;
  readonly terms: Terms;
  /** The providers who are asked, at most `MOST_TARGETS`; everybody when there is none. */
  readonly targets: readonly string[];
  /** Names the request for good: posting it twice posts it once. What was changed is another request. */
  readonly idempotencyKey: string;
}

/** What a form begins with. */
export type BegunJob = Omit<KeptJob, 'idempotencyKey'>;

/** A form with these words in it, for one provider or for everybody. */
export function newJob(contract: KindContract, words: string, to: string | null): BegunJob {
  return { draft: emptyDraft(contract, words), terms: FIRST_TERMS, targets: isHex32(to) ? [to] : [] };
}

/** What an earlier run asked for, of whom and on which terms; of an encrypted request only what is still known of it. */
export function jobAnew(contract: KindContract, { about, purchase, together }: RunState): BegunJob {
  const read = parseJobRequest(purchase.request);
  const encrypted = read.ok && read.value.encrypted;
  const lasted = purchase.deadlineAt - purchase.request.created_at;
  const deadlineMinutes = DEADLINES.find((minutes) => minutes * 60 >= lasted) ?? 10_080;
  const targets = read.ok ? read.value.targets : [];
  return {
    draft: read.ok && !encrypted ? draftOf(contract, read.value) : emptyDraft(contract, about),
    terms: {
      ...FIRST_TERMS,
      mostSats: String(purchase.maxAmountMsat / 1000n),
      deadlineMinutes,
      encrypted,
    },
    targets: together.length > 0 ? together.map(({ providerPubkey }) => providerPubkey) : targets,
  };
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

/** The request that the form of that name was left with, else one that begins so, and how to change it; `null` forgets it. */
export function useKeptJob(
  name: string,
  begun: () => BegunJob,
): readonly [KeptJob, (job: KeptJob | null) => void] {
  const [job, setJob] = useState<KeptJob>(
    () => kept.get(name) ?? { ...begun(), idempotencyKey: crypto.randomUUID() },
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
