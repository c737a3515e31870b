import type { NostrEvent } from './event.ts';
import type { FeedbackStatus, JobFeedback, JobResult } from './job.ts';

/** What a provider publishes about a job. */
export type Answer = JobFeedback | JobResult;

/** Whether the answer is a result rather than feedback. */
export function isResult(answer: Answer): answer is JobResult {
  return 'kind' in answer;
}

/** Whether the answer is feedback rather than a result. */
export function isFeedback(answer: Answer): answer is JobFeedback {
  return 'status' in answer;
}

/**
 * Orders a provider's answers by time; those of one second by how far they say the job has come, since
 * seconds are too coarse for machines; equal ones by id, so that everybody sees the same order.
 */
export function compareAnswers(left: Answer, right: Answer): number {
  return (
    left.createdAt - right.createdAt || progress(left) - progress(right) || compareText(left.id, right.id)
  );
}

/** How far an answer says the job has come. */
const PROGRESS: Readonly<Record<FeedbackStatus, number>> = {
  other: 0,
  'payment-required': 1,
  processing: 2,
  partial: 3,
  error: 5,
  success: 6,
};
/** A sample is paid for after it was shown, everything else before the work. */
const PAYMENT_AFTER_SAMPLE = 4;
const RESULT = 7;

function progress(answer: Answer): number {
  if (isResult(answer)) return RESULT;
  const forSample = answer.status === 'payment-required' && answer.exchange === 'sample';
  return forSample ? PAYMENT_AFTER_SAMPLE : PROGRESS[answer.status];
}

/** Orders events by time, then by id. */
export function compareEvents(left: NostrEvent, right: NostrEvent): number {
  return left.created_at - right.created_at || compareText(left.id, right.id);
}

/** Orders text by code unit, the same in every locale. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
