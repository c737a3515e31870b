import {
  buildCancellation,
  buildFeedback,
  buildJobRequest,
  buildResult,
  msat,
  type JobFeedbackDraft,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER } from './events.ts';

/** When the job of these tests was asked for, unix seconds. */
export const START = 1_700_000_000;

/** A summary asked for by the customer. */
export function request(draft: Partial<Parameters<typeof buildJobRequest>[0]> = {}): NostrEvent {
  const wanted = { kind: 5001, inputs: [], params: new Map(), outputs: [], relays: [], createdAt: START };
  return authored(CUSTOMER, buildJobRequest({ ...wanted, ...draft }));
}

/** The job that the events below are about. */
export const job = request();

/** Feedback to the job, `at` seconds after its start. */
export function says(
  author: string,
  at: number,
  status: JobFeedbackDraft['status'],
  more: Partial<JobFeedbackDraft> = {},
): NostrEvent {
  return authored(author, buildFeedback({ request: job, status, createdAt: START + at, ...more }));
}

/** A price asked for the job, in sats. */
export function quotes(
  author: string,
  at: number,
  sats: number,
  more: Partial<JobFeedbackDraft> = {},
): NostrEvent {
  return says(author, at, 'payment-required', { amountMsat: msat(BigInt(sats) * 1000n), ...more });
}

/** A result, of the job unless told otherwise. */
export function delivers(author: string, at: number, content = 'done', to = job): NostrEvent {
  return authored(author, buildResult({ request: to, content, createdAt: START + at }));
}

/** A cancellation of the job, rightful or not. */
export function cancels(author: string, at: number): NostrEvent {
  const { id: requestId, kind: requestKind } = job;
  return authored(
    author,
    buildCancellation({ requestId, requestKind, createdAt: START + at, reason: 'changed my mind' }),
  );
}
