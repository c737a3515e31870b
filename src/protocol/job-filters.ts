import type { Filter } from './event.ts';
import { jobTypesOf } from './first-draft/job-types.ts';
import { FIRST_DRAFT_REQUEST_KIND, JOB_FEEDBACK_KIND, resultKindOf, type Dialect } from './job.ts';

/**
 * What a provider asks relays for: requests for its kinds of jobs in these dialects, and the deletions that withdraw
 * them (NIP-09). The first draft has names for few kinds, so it may add nothing. `since` is unix seconds.
 */
export function requestFilters(wanted: {
  readonly kinds: readonly number[];
  readonly dialects: readonly Dialect[];
  readonly since: number;
}): Filter[] {
  const { kinds, dialects, since } = wanted;
  const filters: Filter[] = [];
  const requestKinds: number[] = [];
  if (dialects.includes('nip-90')) {
    filters.push({ kinds, since });
    requestKinds.push(...kinds);
  }
  const jobTypes = kinds.flatMap(jobTypesOf);
  if (dialects.includes('first-draft') && jobTypes.length > 0) {
    filters.push({ kinds: [FIRST_DRAFT_REQUEST_KIND], '#j': jobTypes, since });
    requestKinds.push(FIRST_DRAFT_REQUEST_KIND);
  }
  return requestKinds.length === 0 ? [] : [...filters, { kinds: [5], '#k': requestKinds.map(String), since }];
}

/**
 * What a customer asks relays for: the feedback and the results that name its request. Providers may leave out the
 * customer's key, so the request's id is what counts.
 */
export function answerFilter(request: { readonly id: string; readonly kind: number }): Filter {
  return { kinds: [JOB_FEEDBACK_KIND, resultKindOf(request.kind)], '#e': [request.id] };
}
