import type { Purchase } from '../../ledger/index.ts';
import type { FollowUpStep, Msat } from '../../protocol/index.ts';
import type { WishFailureCode } from '../errors.ts';

/** Which step of a bought job comes next. */
export interface StepWish {
  readonly step: FollowUpStep;
  /** Milestones count from 2, as the first was the job itself; revisions from 1. */
  readonly number: number;
  /** What the provider should know; of a revision what is to be different, which it needs. At most 20,000 characters. */
  readonly text?: string;
  /** How long the result is worth waiting for; as long as that of the job itself unless told. */
  readonly deadlineSeconds?: number;
}

/**
 * Why a job does not go on; nothing was spent.
 *
 * - `not-found`: no such purchase of this key.
 * - `step-not-agreed`: the offer under which the job was bought has no such milestone or revision.
 * - `step-too-early`: the step before it is not delivered and paid yet.
 * - `key-used`: that step was asked for with another text (`data.requestId`).
 *
 * The others are those of a wish.
 */
export type ContinueFailureCode = WishFailureCode | 'not-found' | 'step-not-agreed' | 'step-too-early';

/** One step of a job, as it was agreed and as it stands. */
export interface JobStep {
  readonly step: FollowUpStep;
  readonly number: number;
  /** What was agreed; zero for revisions. */
  readonly amountMsat: Msat;
  /** The provider's words, untrusted; `null` where there are none. */
  readonly title: string | null;
  /** The latest purchase of it; `null` when it was never asked for. */
  readonly purchase: Purchase | null;
  /** It can be asked for now: what comes before it is done, and it is neither done nor under way. */
  readonly isNext: boolean;
}

/** The steps of one job by the plan of the offer under which it was bought. */
export interface JobSteps {
  /** The request of the first step. */
  readonly requestId: string;
  readonly providerPubkey: string;
  /** All milestones, the job itself as number 1 among them. */
  readonly milestones: readonly JobStep[];
  readonly revisions: readonly JobStep[];
}
