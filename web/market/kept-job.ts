import { useState } from 'react';
import { emptyDraft, wishPartsOf, type JobDraft, type Problem } from '../forms/index.ts';
import type { JobWish } from '../engine/contract.ts';
import { satsToMsat, type ExchangeMode, type KindContract } from '../../src/protocol/index.ts';
import { FIRST_TERMS, isSats, type Terms } from './job-terms.tsx';

/** A request as it is being written. */
export interface KeptJob {
  readonly draft: JobDraft;
  readonly terms: Terms;
  /** The one provider who is asked; `null` for everybody. */
  readonly target: string | null;
  /** Names the request for good: posting it twice posts it once. What was changed is another request. */
  readonly idempotencyKey: string;
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
        target: to,
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

/** Ways of paying that an engine in a page can finish; ecash needs a purse that it does not keep. */
const EXCHANGES: readonly ExchangeMode[] = ['hold', 'reveal', 'free', 'postpay', 'sample', 'prepay'];
/** Held money does not wait longer than a day. */
const LONG_EXCHANGES = EXCHANGES.filter((mode) => mode !== 'hold' && mode !== 'reveal');
const DAY_MINUTES = 1440;

/** The wish that a request comes to, once nothing is wrong with it. */
export function wishOf(contract: KindContract, { draft, terms, target, idempotencyKey }: KeptJob): JobWish {
  return {
    kind: contract.kind,
    ...wishPartsOf(contract, draft),
    maxAmountMsat: satsToMsat(BigInt(terms.mostSats.trim())),
    deadlineSeconds: terms.deadlineMinutes * 60,
    targets: target === null ? [] : [target],
    encrypted: terms.encrypted,
    exchanges: terms.deadlineMinutes > DAY_MINUTES ? LONG_EXCHANGES : EXCHANGES,
    choice: terms.choice,
    idempotencyKey,
  };
}

/** The fields that need another look, from the top. */
export function problemFieldsOf(problems: readonly Problem[], { terms, target }: KeptJob): string[] {
  return [
    ...problems.map(({ field }) => field),
    ...(isSats(terms.mostSats) ? [] : ['most-sats']),
    ...(terms.encrypted && target === null ? ['encrypted'] : []),
  ];
}
