import type { NostrEvent } from './event.ts';
import { failure } from './outcome.ts';

/**
 * Why an event cannot be read as what it should be. `wrong-kind`: it is another kind of event (`data.kind`).
 * `malformed-tag`: a tag that must be there is missing or says something impossible (`data.tag`).
 */
export type EventFailureCode = 'wrong-kind' | 'malformed-tag';

/** Refuses an event of another kind. */
export function wrongKind(event: NostrEvent, wanted: string) {
  return failure('wrong-kind', `Kind ${event.kind} is no ${wanted}.`, { kind: event.kind });
}

/** Refuses an event for what one of its tags says, or because it is missing. */
export function malformedTag(tag: string, wants: string) {
  return failure('malformed-tag', `The "${tag}" tag must be ${wants}.`, { tag });
}
