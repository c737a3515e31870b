import type { ChosenOffer, Purchase } from '../../ledger/index.ts';
import { parseJobFeedback, parseJobRequest, type JobPlan, type JobRequest } from '../../protocol/index.ts';
import type { CustomerContext } from '../run.ts';
import { openAnswer } from '../sealed-answer.ts';

/** A job that was bought with a plan: its first step. */
export interface PlannedJob {
  readonly first: Purchase;
  /** As everybody sees it. */
  readonly request: JobRequest;
  readonly offer: ChosenOffer;
  readonly plan: JobPlan;
}

/**
 * The job that a purchase of ours is a step of, with the plan of the very offer that was taken for it: what its provider
 * says later changes nothing. `null` when there is none. Throws when the signer does not open a sealed offer now.
 */
export async function findPlannedJob(
  context: Pick<CustomerContext, 'ledger' | 'signer'>,
  requestId: string,
): Promise<PlannedJob | null> {
  const bought = await ownPurchase(context, requestId);
  const followUp = bought && followUpOf(bought);
  const first = followUp ? await ownPurchase(context, followUp.requestId) : bought;
  const request = first && parseJobRequest(first.request);
  if (!first?.offer || !request?.ok) return null;
  const opened = await openAnswer(context, request.value, first.offer.event);
  if (!opened.ok) throw new Error(opened.failure.message);
  const offered = parseJobFeedback(first.offer.event, opened.value);
  const plan = offered.ok ? offered.value.plan : null;
  return plan === null ? null : { first, request: request.value, offer: first.offer, plan };
}

/** Which step of an earlier job a purchase is; `null` for a job of its own. */
export function followUpOf({ request }: Pick<Purchase, 'request'>): JobRequest['followUp'] {
  const read = parseJobRequest(request);
  return read.ok ? read.value.followUp : null;
}

async function ownPurchase(
  { ledger, signer }: Pick<CustomerContext, 'ledger' | 'signer'>,
  requestId: string,
): Promise<Purchase | null> {
  const purchase = await ledger.purchases.get(requestId);
  return purchase?.customerPubkey === signer.pubkey ? purchase : null;
}
