import type { Sale } from '../../ledger/index.ts';
import {
  failure,
  success,
  ZERO_MSAT,
  type FollowUp,
  type JobPlan,
  type JobRequest,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';
import type { TermsByHand } from '../by-hand/terms.ts';
import type { ProviderContext } from '../context.ts';
import { planSoldWith } from './sold-plan.ts';
import { isDone, isTaken, MAX_FOLLOW_UPS } from './steps-taken.ts';

/** What was agreed for a further step of a job, when its first step was sold. */
export interface AgreedStep {
  readonly serviceId: string;
  readonly terms: TermsByHand;
}

/**
 * Why a request does not continue a job here.
 *
 * - `plan-unknown`: this customer bought no such job here, or with no such plan.
 * - `step-not-agreed`: the plan has no such milestone, or fewer revisions.
 * - `step-too-early`: what comes before it is not delivered and paid.
 * - `step-taken`: it is made, or being made, for another request; what costs nothing and its customer broke off was made.
 * - `undecryptable`: the signer cannot open the plan now.
 */
export type FollowUpRefusal =
  'plan-unknown' | 'step-not-agreed' | 'step-too-early' | 'step-taken' | 'undecryptable';

/**
 * What was agreed for a request that continues a job of ours: by our own books, whatever the request says besides. The
 * plan is that of the very offer under which the first step was sold. Fails with a `FollowUpRefusal`.
 */
export async function findAgreed(
  context: Pick<ProviderContext, 'ledger' | 'signer'>,
  request: Pick<JobRequest, 'id' | 'customerPubkey'>,
  followUp: FollowUp,
): Promise<Outcome<AgreedStep, FollowUpRefusal>> {
  const { ledger, signer } = context;
  const first = await ledger.sales.get(signer.pubkey, followUp.requestId);
  if (first === null || first.customerPubkey !== request.customerPubkey || first.quote === null)
    return PLAN_UNKNOWN;
  const plan = await planSoldWith(context, first, followUp.offerId);
  if (!plan.ok) return plan;
  if (plan.value === null) return PLAN_UNKNOWN;
  const amountMsat = agreedPrice(plan.value, followUp);
  if (amountMsat === null) return NOT_AGREED;
  const asked = await ledger.sales.followUps(first, MAX_FOLLOW_UPS);
  if (asked.length >= MAX_FOLLOW_UPS) return TAKEN;
  const others = asked.filter(({ requestId }) => requestId !== request.id);
  if (isTaken(others, followUp)) return TAKEN;
  if (!isTimeFor(first, others, followUp)) return TOO_EARLY;
  const { usualSeconds, worstSeconds } = first.quote;
  const terms = { amountMsat, usualSeconds, worstSeconds, note: null };
  return success({ serviceId: first.serviceId, terms });
}

/** What the plan says that the step costs; `null` when it has no such step. */
function agreedPrice({ milestones, revisions }: JobPlan, { step, number }: FollowUp): Msat | null {
  if (step === 'revision') return number >= 1 && number <= revisions ? ZERO_MSAT : null;
  return milestones[number - 2]?.amountMsat ?? null;
}

/** Whether the first step is done and paid, and the one of that kind before this one as well. */
function isTimeFor(first: Sale, others: readonly Sale[], followUp: FollowUp): boolean {
  if (!isDone(first)) return false;
  const { step, number } = followUp;
  const isNext = number === (step === 'milestone' ? 2 : 1);
  return isNext || isTaken(others, { ...followUp, number: number - 1 }, 'over');
}

const PLAN_UNKNOWN = failure('plan-unknown', 'Nothing was sold here to this key by that offer and plan.');
const NOT_AGREED = failure('step-not-agreed', 'The plan of the job has no such milestone or revision.');
const TOO_EARLY = failure('step-too-early', 'What comes before it is not delivered and paid yet.');
const TAKEN = failure('step-taken', 'That milestone or revision was asked for before.');
