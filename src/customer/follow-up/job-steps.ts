import type { Purchase, PurchaseState } from '../../ledger/index.ts';
import { ZERO_MSAT, type FollowUp } from '../../protocol/index.ts';
import type { CustomerContext } from '../run.ts';
import { followUpOf, type PlannedJob } from './bought-plan.ts';
import type { JobStep, JobSteps } from './contract.ts';

/** Ends in which nothing was received and no money is out: the step may be asked for again. */
const CAME_TO_NOTHING: ReadonlySet<PurchaseState> = new Set([
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
  'refunded',
]);

/** The steps of a job, each with what was made of it so far. */
export async function readSteps(
  context: Pick<CustomerContext, 'ledger'>,
  job: PlannedJob,
): Promise<JobSteps> {
  const { first, offer, plan } = job;
  const agreed = [{ amountMsat: offer.amountMsat, title: plan.title }, ...plan.milestones];
  const milestones: JobStep[] = [];
  for (const [index, terms] of agreed.entries()) {
    const number = index + 1;
    const purchase = number === 1 ? first : (await latestAttempt(context, job, 'milestone', number)).purchase;
    const before = milestones.at(-1);
    const isNext = before !== undefined && isReceived(before.purchase) && isOpenTo(purchase);
    milestones.push({ step: 'milestone', number, ...terms, purchase, isNext });
  }
  const revisions: JobStep[] = [];
  for (let number = 1; number <= plan.revisions; number++) {
    const { purchase } = await latestAttempt(context, job, 'revision', number);
    const before = number === 1 ? first : (revisions.at(-1)?.purchase ?? null);
    const isNext = isReceived(before) && isOpenTo(purchase);
    revisions.push({ step: 'revision', number, amountMsat: ZERO_MSAT, title: null, purchase, isNext });
  }
  return { requestId: first.requestId, providerPubkey: offer.providerPubkey, milestones, revisions };
}

/** The latest purchase of a step, and the key that names the next: that one's own, unless it came to nothing. */
export async function latestAttempt(
  { ledger }: Pick<CustomerContext, 'ledger'>,
  { first }: PlannedJob,
  step: FollowUp['step'],
  number: number,
): Promise<{ readonly purchase: Purchase | null; readonly key: string }> {
  let purchase: Purchase | null = null;
  for (let attempt = 1; ; attempt++) {
    const key = `continues:${first.requestId}:${step}:${number}:${attempt}`;
    const next = await ledger.purchases.byKey(first.customerPubkey, key);
    const followUp = next && followUpOf(next);
    if (next === null || followUp?.step !== step || followUp.number !== number) return { purchase, key };
    purchase = next;
    if (!CAME_TO_NOTHING.has(next.state)) return { purchase, key };
  }
}

/** The step of that sort which is asked for next: one under way, else the one that may begin; `null` where none is. */
export function nextStepOf({ milestones, revisions }: JobSteps, step: FollowUp['step']): JobStep | null {
  const among = step === 'revision' ? revisions : milestones.slice(1);
  return among.find(({ isNext, purchase }) => isNext || (purchase !== null && !isReceived(purchase))) ?? null;
}

/** Whether the result is there, which it is only once it is paid, or being paid. */
export function isReceived(purchase: Purchase | null): boolean {
  return purchase?.state === 'received' || purchase?.state === 'reviewed';
}

function isOpenTo(purchase: Purchase | null): boolean {
  return purchase === null || CAME_TO_NOTHING.has(purchase.state);
}
