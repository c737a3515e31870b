import type { GuardedFetch } from '../../http/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { splitTimestamp, type TimestampPath } from './timestamp-paths.ts';

/** A timestamp has a few hundred bytes; the reference client reads no more than this. */
const MAX_ANSWER_BYTES = 10_000;
const ACCEPT = { accept: 'application/vnd.opentimestamps.v1' };

/**
 * Why a calendar gave no timestamp. `not-yet`: it has the commitment, or may get it, and no block does.
 * `calendar-unreachable`: no answer, or one that is none.
 */
export type CalendarFailure = 'not-yet' | 'calendar-unreachable';

/** Hands a commitment (32 bytes) to a calendar: the ways from it to the calendar's promise. */
export async function submitCommitment(
  fetch: GuardedFetch,
  calendar: string,
  commitment: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Outcome<TimestampPath[], CalendarFailure>> {
  const answer = await fetch(`${withoutSlash(calendar)}/digest`, {
    method: 'POST',
    body: commitment,
    headers: ACCEPT,
    maxBytes: MAX_ANSWER_BYTES,
    signal,
  });
  return answer.ok ? read(answer.value.body) : unreachable(calendar);
}

/** Asks a calendar how a commitment (hex) that it promised to attest went on: the ways from it into a block. */
export async function fetchTimestamp(
  fetch: GuardedFetch,
  calendar: string,
  commitment: string,
  signal: AbortSignal,
): Promise<Outcome<TimestampPath[], CalendarFailure>> {
  const answer = await fetch(`${withoutSlash(calendar)}/timestamp/${commitment}`, {
    headers: ACCEPT,
    maxBytes: MAX_ANSWER_BYTES,
    signal,
  });
  if (answer.ok) return read(answer.value.body);
  const isNotYet = answer.failure.code === 'url-status' && answer.failure.data?.['status'] === 404;
  return isNotYet ? failure('not-yet', 'No block has it yet.') : unreachable(calendar);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function read(body: Uint8Array): Outcome<TimestampPath[], CalendarFailure> {
  const split = splitTimestamp(body);
  return split.ok ? success(split.value) : failure('calendar-unreachable', split.failure.message);
}

function unreachable(calendar: string) {
  return failure('calendar-unreachable', `The calendar ${calendar} does not answer.`);
}
