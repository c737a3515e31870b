import { isHex32 } from './event.ts';
import type { Tags } from './tag-reading.ts';

/** What may follow a job: its next milestone, which is paid, or a revision of its result, which is not. */
export const FOLLOW_UP_STEPS = ['milestone', 'revision'] as const;

/** One of the ways in which a job goes on. */
export type FollowUpStep = (typeof FOLLOW_UP_STEPS)[number];

/** Which job a request continues, as its plan has it; see `JobPlan`. */
export interface FollowUp {
  /** The request of the first step. */
  readonly requestId: string;
  /** The event that offered the first step, and with it the plan. */
  readonly offerId: string;
  readonly step: FollowUpStep;
  /** Which milestone (from 2 on) or which revision (from 1 on), as its customer wrote it: it need not be in the plan. */
  readonly number: number;
}

/** Our `continues` tag of a request. */
export function followUpTag({ requestId, offerId, step, number }: FollowUp): string[] {
  return ['continues', requestId, offerId, step, number.toString()];
}

/**
 * Reads the `continues` tag of a request, from the tags that everybody sees: one that is hidden in a ciphertext does
 * not count, so that what continues a job can be found without a key. `null` when there is none.
 */
export function readFollowUp(publicTags: Tags): FollowUp | null {
  const [, requestId, offerId, word, digits = ''] = publicTags.find(([name]) => name === 'continues') ?? [];
  const step = FOLLOW_UP_STEPS.find((known) => known === word);
  if (!isHex32(requestId) || !isHex32(offerId) || step === undefined || !/^\d{1,3}$/.test(digits))
    return null;
  return { requestId, offerId, step, number: Number(digits) };
}
