import type { Failure } from '../protocol/index.ts';
import type { Choice } from './buying-policy.ts';
import { compareOffers, worthWaitingMs } from './compare.ts';
import type { EligibleOffer } from './compared-offer.ts';
import { end, move, receive, tell, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';
import { surveyOffers, type OfferSurvey } from './survey.ts';

/** How often a request without offers is looked after: did any relay take it? */
const UNANSWERED_CHECK_MS = 5000;
/** So many offers are tried before the purchase is given up; a promise and the invoice that follows it are two. */
const MAX_OFFERS_TRIED = 4;
/** How soon an offer is looked at again when the wallet has not told its network since the start. */
export const WALLET_WAIT_MS = 1000;

/**
 * Stage `requested`: compares what arrives for as long as it pays to wait, then takes the policy's choice, or waits for
 * somebody's approval where the wish says so.
 */
export async function collectOffers(context: CustomerContext, run: Run): Promise<Next> {
  if (context.now() >= run.purchase.deadlineAt) return endWithoutOffer(context, run);
  const survey = surveyOffers(context, run);
  const { untried } = survey;
  if (untried.length === 0) {
    if (survey.exhausted || (await wasRefusedByRelays(context, run))) return endWithoutOffer(context, run);
    return { wakeInMs: Math.min(UNANSWERED_CHECK_MS, untilDeadlineMs(context, run)) };
  }
  run.firstOfferAtMs ??= performance.now();
  const isAsked = run.purchase.approval === 'ask';
  const choice = isAsked ? null : run.policy.choose(untried);
  if (choice !== null && isDeliveredFree(chosenAmong(survey, choice)))
    return take(context, run, survey, choice); // nothing is left to wait for
  const waitMs = worthWaitingMs(context, run, untried);
  if (waitMs > 0) return { wakeInMs: Math.min(waitMs, untilDeadlineMs(context, run)) };
  if (choice !== null) return take(context, run, survey, choice);
  if (isAsked) askForApproval(context, run, survey);
  return { wakeInMs: untilDeadlineMs(context, run) };
}

/** Says once that the offers are here; whoever follows the purchase may have missed it, so `comparison` says it too. */
function askForApproval(context: CustomerContext, run: Run, survey: OfferSurvey): void {
  if (run.asked) return;
  run.asked = true;
  tell(context, run, { type: 'awaiting-approval', comparison: compareOffers(context, run, survey) });
}

/**
 * Replaces an offer that cannot be taken any more by the next best, or ends the purchase; nothing was spent. Where
 * offers are approved, the next one is too. Of an order the purchase ends, which is one try of those that it has.
 */
export async function takeNextOffer(context: CustomerContext, run: Run, why: Failure): Promise<Next> {
  const survey = surveyOffers(context, run);
  const isAsked = run.purchase.approval === 'ask';
  const timeIsUp = context.now() >= run.purchase.deadlineAt;
  const isOrdered = run.purchase.orderId !== null;
  if (isAsked && !timeIsUp && !isOrdered) return waitForApproval(context, run);
  const choice = isAsked ? null : run.policy.choose(survey.untried);
  if (timeIsUp || isOrdered || run.tried.size >= MAX_OFFERS_TRIED || (choice === null && survey.exhausted)) {
    await end(context, run, 'expired', {
      code: 'offers-failed',
      message: `No offer came to anything: ${why.message}`,
      data: { reason: why.code, tried: run.tried.size },
    });
    return 'again';
  }
  if (choice === null) return { wakeInMs: untilDeadlineMs(context, run) };
  return take(context, run, survey, choice);
}

async function waitForApproval(context: CustomerContext, run: Run): Promise<Next> {
  if (await move(context, run, { state: 'requested' })) {
    run.asked = false;
    run.choice = null;
  }
  return 'again';
}

/** Binds the purchase to the policy's choice; only what is delivered and asks for nothing is received at once. */
export async function take(
  context: CustomerContext,
  run: Run,
  survey: OfferSurvey,
  choice: Choice,
): Promise<Next> {
  const eligible = chosenAmong(survey, choice);
  const offer = survey.chosenOffers.get(eligible.id);
  if (offer === undefined) throw new Error(`The eligible offer ${eligible.id} binds to nothing.`);
  beginOffer(run, choice, offer.providerPubkey);
  await (isDeliveredFree(eligible)
    ? receive(context, run, { offer, result: offer.event })
    : move(context, run, { state: 'offered', offer }));
  return 'again';
}

/** What is remembered of an offer that is taken; what was known of an earlier one is forgotten. */
export function beginOffer(run: Run, choice: Choice, providerPubkey: string): void {
  run.tried.add(choice.offerId);
  run.choice = choice;
  run.chosenAtMs = performance.now();
  run.payment = null;
  run.ecash = null;
  run.book.keepFor(providerPubkey);
}

/** Nothing is left to do for such an offer, neither for its provider nor for us. */
export function isDeliveredFree({
  delivered,
  exchange,
}: Pick<EligibleOffer, 'delivered' | 'exchange'>): boolean {
  return delivered && exchange === 'free';
}

/** The offer that a policy chose. Throws when it is none of those that it was shown. */
export function chosenAmong({ untried }: OfferSurvey, { offerId }: Choice): EligibleOffer {
  const offer = untried.find(({ id }) => id === offerId);
  if (offer === undefined) throw new Error(`The policy chose ${offerId}, which is no eligible offer.`);
  return offer;
}

async function wasRefusedByRelays(context: CustomerContext, run: Run): Promise<boolean> {
  const row = await context.ledger.outbox.get(run.purchase.requestId);
  return row?.state === 'refused' || row?.state === 'expired';
}

async function endWithoutOffer(context: CustomerContext, run: Run): Promise<Next> {
  const { refused, untried } = surveyOffers(context, run);
  if (run.purchase.approval === 'ask' && (run.firstOfferAtMs !== null || untried.length > 0)) {
    const message = 'Offers were there, and none was approved in time.';
    await end(context, run, 'expired', { code: 'not-approved', message });
    return 'again';
  }
  const errors = run.book.errors();
  const row = await context.ledger.outbox.get(run.purchase.requestId);
  const wasHeard = row?.state === 'published' || refused.length + untried.length + errors.length > 0;
  await end(
    context,
    run,
    'no-offer',
    wasHeard
      ? {
          code: 'no-offer',
          message: 'No offer could be taken: allow more time, a higher price or other providers.',
          data: {
            refused: refused.map(({ offer, code }) => ({ providerPubkey: offer.providerPubkey, code })),
            providerErrors: errors.map(({ providerPubkey, code }) => ({ providerPubkey, code })),
            leftByPolicy: untried.length,
          },
        }
      : {
          code: 'request-refused',
          message: 'No relay took the request: check the relays and try again.',
          data: { relay: row?.lastMessage ?? null },
        },
  );
  return 'again';
}

/** From now to the deadline; at least a second, as our clock counts in seconds. */
export function untilDeadlineMs(context: CustomerContext, run: Run): number {
  return Math.max(1, run.purchase.deadlineAt - context.now()) * 1000;
}
