import type { EventTemplate } from './event.ts';
import { statusMeaning } from './feedback-status.ts';
import { FIRST_DRAFT_RESULT_KIND, isJobRequestKind, isJobResultKind, JOB_FEEDBACK_KIND } from './job.ts';
import { firstTag } from './tag-reading.ts';

/** What an event is to a job. */
export type JobRole = 'request' | 'feedback' | 'result';

/**
 * What an event is to a job, in either dialect; `null` for what is no event of a job. The first draft puts errors
 * into its result kind: one whose `status` says anything but success is feedback.
 */
export function jobRole(event: EventTemplate): JobRole | null {
  if (isJobRequestKind(event.kind)) return 'request';
  if (event.kind === JOB_FEEDBACK_KIND) return 'feedback';
  if (!isJobResultKind(event.kind)) return null;
  return event.kind !== FIRST_DRAFT_RESULT_KIND || saysSuccess(event) ? 'result' : 'feedback';
}

function saysSuccess({ tags }: EventTemplate): boolean {
  const status = firstTag(tags, 'status')?.[1];
  return status === undefined || statusMeaning(status) === 'success';
}
