import { malformedTag } from '../event-refusal.ts';
import type { NostrEvent } from '../event.ts';
import type { JobRequest } from '../job.ts';
import { kindContract } from '../kinds/kind-contracts.ts';
import { clip } from '../kinds/violation.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { readInput, readParams, readSharedTerms, refuseBareInput } from '../request-tags.ts';
import { firstTag, readSeconds, type Tags } from '../tag-reading.ts';
import { readBid } from './bid.ts';
import { JOB_TYPES, kindOfJobType } from './job-types.ts';

/**
 * `malformed-tag`: not exactly one `j` tag with a job type (`data.tag`). `unknown-job-type`: one that stands for no
 * kind of job (`data.type`). `missing-input-data`: an input tag without data.
 */
export type FirstDraftRequestFailureCode = 'malformed-tag' | 'unknown-job-type' | 'missing-input-data';

/** Inputs as the first draft calls them, and as the texts after it did. */
const INPUT_TAGS = ['input', 'i'];
/** The first draft names parameters without saying in which tag; a day later it was `params`, in the end `param`. */
const PARAM_TAGS = ['param', 'params'];

/**
 * Reads a request of the first draft (kind 68001) leniently, as the NIP-90 request that says the same: its job type
 * is a kind, its model the parameter `model`, and what came with the texts after it (`i`, `exp`, `output`) counts,
 * as do NIP-90's and our own tags. It knows no encryption. Fails with a `FirstDraftRequestFailureCode`.
 */
export function parseFirstDraftRequest(event: NostrEvent): Outcome<JobRequest, FirstDraftRequestFailureCode> {
  const { tags, content } = event;
  const [job, ...otherJobs] = tags.filter((tag) => tag[0] === 'j');
  const [, type = '', model = ''] = job ?? [];
  if (type === '' || otherJobs.length > 0)
    return malformedTag('j', 'there exactly once, with the type of the job');
  const kind = kindOfJobType(type);
  if (kind === null)
    return failure(
      'unknown-job-type',
      `"${clip(type)}" stands for no kind of job; known are ${JOB_TYPES.join(', ')}.`,
      {
        type: clip(type),
      },
    );
  const refused = refuseBareInput(tags, INPUT_TAGS);
  if (refused !== null) return refused;
  const shared = readSharedTerms(event, tags);
  return success({
    ...shared,
    dialect: 'first-draft',
    kind,
    identifier: firstTag(tags, 'd')?.[1] ?? null,
    inputs: tags.filter(([name = '']) => INPUT_TAGS.includes(name)).map(readInput),
    params: readJobParams(kind, model, tags),
    bid: readBid(tags),
    expiresAt: shared.expiresAt ?? readSeconds(firstTag(tags, 'exp')?.[1]),
    encrypted: false,
    scheme: null,
    content,
  });
}

/** Parameters in tags for them, else in tags of their own name; the model is the one that the job type names. */
function readJobParams(kind: number, model: string, tags: Tags): Map<string, readonly string[]> {
  const params = readParams(tags, PARAM_TAGS);
  for (const { name } of kindContract(kind).params) {
    const own = firstTag(tags, name);
    if (own !== undefined && !params.has(name)) params.set(name, own.slice(1));
  }
  return model === '' ? params : params.set('model', [model]);
}
