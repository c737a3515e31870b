import type { Answer } from './answer-order.ts';
import type { NostrEvent } from './event.ts';
import { parseJobFeedback, type JobFeedbackFailureCode } from './job-feedback.ts';
import { parseJobResult, type JobResultFailureCode } from './job-result.ts';
import { jobRole } from './job-role.ts';
import { failure, type Outcome } from './outcome.ts';

/** `not-an-answer`: neither feedback nor a result. The rest is as the parsers of those say. */
export type AnswerFailureCode = 'not-an-answer' | JobFeedbackFailureCode | JobResultFailureCode;

/**
 * Reads what somebody answers to a request, feedback or a result, in either dialect; of an encrypted answer give
 * the decrypted content as well. Fails with an `AnswerFailureCode`.
 */
export function parseAnswer(event: NostrEvent, decrypted?: string): Outcome<Answer, AnswerFailureCode> {
  switch (jobRole(event)) {
    case 'feedback':
      return parseJobFeedback(event, decrypted);
    case 'result':
      return parseJobResult(event, decrypted);
    default:
      return failure('not-an-answer', `Kind ${event.kind} is no answer to a job request.`, {
        kind: event.kind,
      });
  }
}
