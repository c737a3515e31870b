import type { Purchase, PurchaseState } from '../ledger/index.ts';
import type { Output } from './output.ts';

/** What can be done about a purchase in each state, as commands without the job's id; best first. */
const STEPS: Readonly<Record<PurchaseState, readonly string[]>> = {
  requested: ['resume', 'cancel'],
  offered: ['resume', 'cancel'],
  approved: ['resume', 'cancel'],
  paying: ['resume'],
  locked: ['resume'],
  paid: ['resume', 'trace'],
  received: ['rate'],
  reviewed: [],
  'no-offer': ['find'],
  expired: ['find'],
  cancelled: [],
  'over-budget': ['trace'],
  undelivered: ['resend', 'dispute', 'resume'],
  refunded: [],
  unreconciled: ['wallet reconcile', 'resume'],
};

/** Commands that are given the job they are about. */
const ABOUT_ONE_JOB: ReadonlySet<string> = new Set(['take', 'cancel', 'trace', 'rate', 'resend', 'dispute']);

/** Whether it goes on only when somebody takes an offer. Orders take theirs by themselves. */
export function waitsForPerson({
  state,
  approval,
  orderId,
}: Pick<Purchase, 'state' | 'approval' | 'orderId'>): boolean {
  return state === 'requested' && approval === 'ask' && orderId === null;
}

/** The commands that lead on from where a purchase is, best first; none where everything is done. */
export function nextSteps(
  purchase: Pick<Purchase, 'state' | 'requestId' | 'request' | 'approval' | 'orderId'>,
): readonly string[] {
  const { state, requestId, request } = purchase;
  const steps = waitsForPerson(purchase) ? ['take', 'cancel'] : STEPS[state];
  return steps.map((step) => {
    if (step === 'find') return `coinop find ${request.kind} --all`;
    return ABOUT_ONE_JOB.has(step) ? `coinop ${step} ${requestId.slice(0, 12)}` : `coinop ${step}`;
  });
}

/** Tells a person how to go on with a purchase that did not come to what was wanted. */
export function sayNextSteps(purchase: Purchase | null, output: Output): void {
  const steps = purchase === null ? [] : nextSteps(purchase);
  if (steps.length > 0) output.note(`next: ${steps.join(' · ')}`);
}
