import { isHex32, type NostrEvent } from './event.ts';
import { parseJobRequest } from './job-request.ts';
import { parseJobResult } from './job-result.ts';
import { jobRole } from './job-role.ts';
import type { JobRequest } from './job.ts';
import { failure, success, type Outcome } from './outcome.ts';

/** How many jobs may build on each other in a row before the one that is asked for. */
export const MAX_CHAIN_DEPTH = 8;

/** How many jobs one job may build on in all, over every branch. */
export const MAX_CHAIN_JOBS = 64;

/**
 * Why jobs cannot be done one after the other. `chain-cycle`: one would need its own output (`data.cycle`: the ids).
 * `chain-too-deep`: more than `MAX_CHAIN_DEPTH` in a row, or `MAX_CHAIN_JOBS` in all (`data.maxDepth`,
 * `data.maxJobs`). `chain-missing`: nobody knows some of them (`data.missing`: the ids).
 */
export type ChainFailureCode = 'chain-cycle' | 'chain-too-deep' | 'chain-missing';

/** The jobs that a request builds on, as its `job` inputs name them: ids of requests, or of results; each once. */
export function priorJobs(request: JobRequest): readonly string[] {
  const named = request.inputs.filter(({ type, data }) => type === 'job' && isHex32(data));
  return [...new Set(named.map(({ data }) => data))];
}

/** What is known of the jobs in a chain. */
export interface ChainLinks {
  /** Request id → the jobs that it builds on. */
  readonly priors: ReadonlyMap<string, readonly string[]>;
  /** Result id → the request that it answers, since a `job` input may name either. */
  readonly jobOfResult: ReadonlyMap<string, string>;
}

/**
 * Reads from requests and results what builds on what; the private inputs of encrypted requests stay unknown. What a
 * follow-up continues is delivered, so a plan of many steps is no long chain.
 */
export function chainLinks(events: Iterable<NostrEvent>): ChainLinks {
  const priors = new Map<string, readonly string[]>();
  const jobOfResult = new Map<string, string>();
  for (const event of events) {
    const role = jobRole(event);
    const request = role === 'request' ? parseJobRequest(event) : null;
    if (role === 'request')
      priors.set(
        event.id,
        request?.ok === true && request.value.followUp === null ? priorJobs(request.value) : [],
      );
    const result = role === 'result' ? parseJobResult(event) : null;
    if (result?.ok === true) jobOfResult.set(event.id, result.value.requestId);
  }
  return { priors, jobOfResult };
}

/** The jobs of a chain, every one after those that it builds on, and which of them nobody knows yet. */
export interface ChainSurvey {
  readonly order: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Looks through what is known of the jobs that `last` builds on. Whoever looks for what is missing and surveys again
 * walks up a chain no further than it may go. Fails with `chain-cycle` or `chain-too-deep`.
 */
export function surveyChain(
  last: string,
  { priors, jobOfResult }: ChainLinks,
): Outcome<ChainSurvey, Exclude<ChainFailureCode, 'chain-missing'>> {
  /** How many jobs stand in a row below each job that has its place; the keys are the order. */
  const depths = new Map<string, number>();
  const missing: string[] = [];
  const path: string[] = [];
  const depthOf = (id: string): Outcome<number, 'chain-cycle' | 'chain-too-deep'> => {
    const known = depths.get(id);
    if (known !== undefined) return success(known);
    if (path.includes(id))
      return failure('chain-cycle', 'A job would have to build on its own output.', {
        cycle: path.slice(path.indexOf(id)),
      });
    if (depths.size + path.length > MAX_CHAIN_JOBS) return tooDeep();
    const own = priors.get(id);
    if (own === undefined) missing.push(id);
    path.push(id);
    let depth = 0;
    for (const prior of own ?? []) {
      const below = depthOf(jobOfResult.get(prior) ?? prior);
      if (!below.ok) return below;
      depth = Math.max(depth, below.value + 1);
    }
    path.pop();
    depths.set(id, depth);
    return success(depth);
  };
  const depth = depthOf(last);
  if (!depth.ok) return depth;
  return depth.value > MAX_CHAIN_DEPTH ? tooDeep() : success({ order: [...depths.keys()], missing });
}

/**
 * Puts the jobs that `last` builds on in an order in which they can be done: every job after those that it needs,
 * `last` at the end. Jobs that nobody knows are complained of only when nothing is wrong with the others. Fails with
 * a `ChainFailureCode`.
 */
export function orderChain(last: string, links: ChainLinks): Outcome<readonly string[], ChainFailureCode> {
  const survey = surveyChain(last, links);
  if (!survey.ok) return survey;
  const { order, missing } = survey.value;
  return missing.length === 0
    ? success(order)
    : failure('chain-missing', 'No relay of ours knows some of the jobs that it builds on.', { missing });
}

function tooDeep(): ReturnType<typeof failure<'chain-too-deep'>> {
  return failure(
    'chain-too-deep',
    `At most ${MAX_CHAIN_DEPTH} jobs in a row, and ${MAX_CHAIN_JOBS} in all, may build on each other.`,
    { maxDepth: MAX_CHAIN_DEPTH, maxJobs: MAX_CHAIN_JOBS },
  );
}
