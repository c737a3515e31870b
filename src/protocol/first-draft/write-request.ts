import type { EventTemplate } from '../event.ts';
import { FIRST_DRAFT_REQUEST_KIND, type JobInput } from '../job.ts';
import type { Msat } from '../msat.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { sharedTermTags, type JobRequestDraft } from '../request-tags.ts';
import { bidTag } from './bid.ts';
import { jobTypesOf } from './job-types.ts';

/** What a customer asks for in the first draft: what NIP-90 asks for, and what only the draft has a place for. */
export interface FirstDraftRequestDraft extends JobRequestDraft {
  /** What the customer offers, where it would pay up to `bidMsat`; without it `bidMsat` is the offer. */
  readonly offeredMsat?: Msat;
  /** The customer's own name for the job. */
  readonly identifier?: string;
}

/**
 * Writes a job request as the first draft says (kind 68001): the job type and model in `j`, inputs in `input`, the
 * bid in sats with its maximum as a plain text. What the draft has no tag for is written as in NIP-90: text inputs,
 * an input's relay, `param`, `output`, and our own tags. Fails with `no-job-type` (`data.kind`: the draft has no
 * name for such jobs) or `invalid-bid`.
 */
export function buildFirstDraftRequest(
  draft: FirstDraftRequestDraft,
): Outcome<EventTemplate, 'no-job-type' | 'invalid-bid'> {
  const { kind, identifier, bidMsat, offeredMsat } = draft;
  const [type] = jobTypesOf(kind);
  if (type === undefined)
    return failure('no-job-type', `The first draft has no job type for kind ${kind}; ask in NIP-90.`, {
      kind,
    });
  const { model, params } = takeModel(draft.params);
  const tags = [model === null ? ['j', type] : ['j', type, model], ...draft.inputs.map(inputTag)];
  if (bidMsat !== undefined) {
    const bid = bidTag(bidMsat, offeredMsat);
    if (!bid.ok) return bid;
    tags.push(bid.value);
  }
  tags.push(...sharedTermTags({ ...draft, params }));
  if (identifier !== undefined) tags.push(['d', identifier]);
  const content = draft.content ?? '';
  return success({ kind: FIRST_DRAFT_REQUEST_KIND, created_at: draft.createdAt, tags, content });
}

/** The `j` tag has a place for one model; anything else that is called so remains a parameter. */
function takeModel(params: JobRequestDraft['params']): {
  readonly model: string | null;
  readonly params: JobRequestDraft['params'];
} {
  const [model = '', ...others] = params.get('model') ?? [];
  if (model === '' || others.length > 0) return { model: null, params };
  return { model, params: new Map([...params].filter(([name]) => name !== 'model')) };
}

/** The marker stands before the relay, for which the draft has no place. */
function inputTag({ data, type, relay, marker }: JobInput): string[] {
  if (relay !== null) return ['input', data, type, marker ?? '', relay];
  return marker === null ? ['input', data, type] : ['input', data, type, marker];
}
