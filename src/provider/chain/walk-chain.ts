import { pause } from '../../clock/index.ts';
import {
  chainLinks,
  priorJobs,
  surveyChain,
  type JobRequest,
  type NostrEvent,
} from '../../protocol/index.ts';
import { answerRelays, type ProviderContext } from '../context.ts';
import { resultsBefore } from '../follow-up/steps-taken.ts';
import { JobFailure } from '../handler.ts';

/** The requests and results that a job builds on, as far as our relays have them, by event id. */
export type KnownChain = ReadonlyMap<string, NostrEvent>;

/** Relays where inputs may be found: those that we answer on. */
export function readRelays(context: ProviderContext, request: JobRequest): readonly string[] {
  const { relays, alsoRelays } = answerRelays(context, request.relays);
  return [...relays, ...alsoRelays];
}

/** A chain may be published all at once: the prior request is on its way as well. */
const CHAIN_PUBLISHING_MS = 2000;

/**
 * Walks up the jobs that a request builds on. Jobs that our relays no longer have end the walk
 * there: what they built on is done. Throws `JobFailure` with `chain-cycle` or `chain-too-deep`, since such work would
 * be waited for in vain, or without end.
 */
export async function walkChain(
  context: ProviderContext,
  request: JobRequest,
  signal: AbortSignal,
): Promise<KnownChain> {
  const direct = priorJobs(request);
  const found = new Map<string, NostrEvent>();
  if (direct.length === 0) return found;
  for (const result of await resultsBefore(context, request)) found.set(result.id, result);
  const relays = readRelays(context, request);
  const ask = async (ids: readonly string[]) => {
    const events = await context.relays.query(relays, [{ ids }], { signal });
    for (const event of events) found.set(event.id, event);
  };
  const isLacking = (id: string) => !found.has(request.chain.get(id) ?? id);
  const named = new Set(direct.flatMap((id) => [id, request.chain.get(id) ?? id]));
  const wanted = [...named].filter((id) => !found.has(id));
  if (wanted.length > 0) await ask(wanted);
  if (direct.some(isLacking)) {
    await pause(CHAIN_PUBLISHING_MS, signal);
    await ask(wanted);
  }

  const asked = new Set(wanted);
  for (;;) {
    const survey = surveyChain(request.id, chainLinks([...found.values(), request.event]));
    if (!survey.ok) throw new JobFailure(survey.failure.code, survey.failure.message);
    const unasked = survey.value.missing.filter((id) => !asked.has(id));
    if (unasked.length === 0) return found;
    for (const id of unasked) asked.add(id);
    await ask(unasked);
  }
}
