import type { Failure } from '../protocol/index.ts';
import type { Choice, LeftOffer } from './buying-policy.ts';
import { compareOffers, hasEverybodyAnswered, isNobodyLeft, worthWaitingMs } from './compare.ts';
import type { EligibleOffer } from './compared-offer.ts';
import { isWhole } from './file-watch.ts';
import { end, move, receive, tell, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';
import { surveyOffers, type OfferSurvey } from './survey.ts';

/** How often a request without offers is looked after: did any relay take it? */
const UNANSWERED_CHECK_MS = 5000;
/** How often offers that nobody takes are looked at again: has everybody answered who is known by now? */
const LEFT_CHECK_MS = 1000;
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
    if (isNothingLeft(context, run, survey) || (await wasRefusedByRelays(context, run)))
      return endWithoutOffer(context, run);
    const isAnswered = survey.refused.length + run.book.errors().length > 0;
    const checkMs = isAnswered ? LEFT_CHECK_MS : UNANSWERED_CHECK_MS;
    return { wakeInMs: Math.min(checkMs, untilDeadlineMs(context, run)) };
  }
  run.nothingLeftAtMs = null;
  run.firstOfferAtMs ??= performance.now();
  const isAsked = run.purchase.approval === 'ask';
  const choice = isAsked ? null : run.policy.choose(untried);
  if (choice !== null && isDeliveredFree(chosenAmong(survey, choice)))
    return take(context, run, survey, choice); // nothing is left to wait for
  const waitMs = worthWaitingMs(context, run, untried);
  if (waitMs > 0) return { wakeInMs: Math.min(waitMs, untilDeadlineMs(context, run)) };
  if (choice !== null) return take(context, run, survey, choice);
  if (!isAsked) return leaveAside(context, run, survey);
  askForApproval(context, run, survey);
  return { wakeInMs: untilDeadlineMs(context, run) };
}

/** The policy takes none of the offers: others are awaited, as long as somebody is there who may make one. */
async function leaveAside(context: CustomerContext, run: Run, survey: OfferSurvey): Promise<Next> {
  const left = leftForGood(run, survey);
  if (left.length === 0) return { wakeInMs: untilDeadlineMs(context, run) };
  if (left.length > run.toldLeft) tell(context, run, { type: 'offers-left', left });
  run.toldLeft = left.length;
  if (isNobodyLeft(context, run)) return endWithoutOffer(context, run);
  return { wakeInMs: Math.min(LEFT_CHECK_MS, untilDeadlineMs(context, run)) };
}

/** What the policy leaves, where it leaves all that is there. */
function leftForGood({ policy }: Run, { untried }: OfferSurvey): readonly LeftOffer[] {
  const left = policy.leaves?.(untried) ?? [];
  return left.length === untried.length ? left : [];
}

/**
 * Whether no offer will come that can be taken: at once where all who were addressed have answered, in the open market
 * when those who are known to sell have and nobody else came forward within the wait of the policy.
 */
function isNothingLeft(context: CustomerContext, run: Run, survey: OfferSurvey): boolean {
  if (survey.exhausted) return true;
  const mayCome = survey.mayBecomeEligible || survey.untried.length > 0;
  if (mayCome || !hasEverybodyAnswered(context, run)) {
    run.nothingLeftAtMs = null;
    return false;
  }
  run.nothingLeftAtMs ??= performance.now();
  return performance.now() - run.nothingLeftAtMs >= run.policy.offerWaitMs;
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
  const isAllLeft = leftForGood(run, survey).length > 0 && isNobodyLeft(context, run);
  const nothingComes = choice === null && (isAllLeft || isNothingLeft(context, run, survey));
  if (timeIsUp || isOrdered || run.tried.size >= MAX_OFFERS_TRIED || nothingComes) {
    await end(context, run, 'expired', {
      code: 'offers-failed',
      message: `No offer came to anything: ${why.message}`,
      data: { reason: why.code, tried: run.tried.size, providerErrors: errorsOf(run) },
    });
    return 'again';
  }
  if (choice === null) return { wakeInMs: Math.min(LEFT_CHECK_MS, untilDeadlineMs(context, run)) };
  return take(context, run, survey, choice);
}

async function waitForApproval(context: CustomerContext, run: Run): Promise<Next> {
  if (await move(context, run, { state: 'requested' })) {
    run.asked = false;
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
  const bound = survey.chosenOffers.get(eligible.id);
  if (bound === undefined) throw new Error(`The eligible offer ${eligible.id} binds to nothing.`);
  const offer = { ...bound, why: choice.why };
  if (isDeliveredFree(eligible) && !isDelivered(context, run, eligible)) {
    if (run.file?.failure) run.tried.add(choice.offerId);
    return run.file?.failure ? 'again' : { wakeInMs: untilDeadlineMs(context, run) };
  }
  beginOffer(run, choice.offerId, offer.providerPubkey);
  await (isDeliveredFree(eligible)
    ? receive(context, run, { offer, result: offer.event })
    : move(context, run, { state: 'offered', offer }));
  return 'again';
}

/** What is remembered of an offer that is taken; what was known of an earlier one is forgotten. */
export function beginOffer(run: Run, offerId: string, providerPubkey: string): void {
  run.tried.add(offerId);
  run.chosenAtMs = performance.now();
  run.payment = null;
  run.ecash = null;
  run.book.keepFor(providerPubkey);
}

/** A free result that is a file counts once the file is there. */
function isDelivered(context: CustomerContext, run: Run, { providerPubkey, id }: EligibleOffer): boolean {
  const result = run.book.resultOf(providerPubkey);
  return result === null || result.id !== id || isWhole(context, run, result);
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
  const survey = surveyOffers(context, run);
  const { refused, untried } = survey;
  if (run.purchase.approval === 'ask' && (run.firstOfferAtMs !== null || untried.length > 0)) {
    const message = 'Offers were there, and none was approved in time.';
    await end(context, run, 'expired', { code: 'not-approved', message });
    return 'again';
  }
  if (run.file?.failure) {
    await end(context, run, 'no-offer', run.file.failure);
    return 'again';
  }
  const errors = errorsOf(run);
  const row = await context.ledger.outbox.get(run.purchase.requestId);
  const wasHeard = row?.state === 'published' || refused.length + untried.length + errors.length > 0;
  await end(
    context,
    run,
    'no-offer',
    wasHeard
      ? {
          code: 'no-offer',
          message:
            errors.length > 0 && refused.length + untried.length === 0
              ? ALL_DECLINED
              : whyNoOffer(survey, leftForGood(run, survey)),
          data: {
            refused: refused.map(({ offer: { providerPubkey, amountMsat, ecash }, code }) => ({
              providerPubkey,
              code,
              amountMsat: amountMsat?.toString() ?? null,
              mintUrl: ecash.mints[0] ?? null,
            })),
            providerErrors: errors,
            leftByPolicy: untried.length,
            left: leftForGood(run, survey).map(({ providerPubkey, code }) => ({ providerPubkey, code })),
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

/** Why providers declined or gave up, in their own words. */
function errorsOf({ book }: Run) {
  return book.errors().map(({ providerPubkey, code, detail }) => ({ providerPubkey, code, detail }));
}

const ALL_DECLINED =
  'Everybody who answered declined: change what they object to, ask other providers, or try again later.';

function whyNoOffer({ refused, untried }: OfferSurvey, left: readonly LeftOffer[]): string {
  const isBlocked = left.some(({ code }) => code === 'blocked');
  if (left.length > 0)
    return `The only offers are of providers that ${isBlocked ? 'are blocked' : 'took your money for nothing before'}: ask others, or name one to buy from it all the same.`;
  if (untried.length > 0)
    return 'The policy took none of the offers: choose another one, or ask for approval.';
  if (refused.length === 0) return 'Nobody made an offer: allow more time, or ask other providers.';
  if (refused.every(({ code }) => code === 'above-max'))
    return 'Every offer costs more than the maximum: allow a higher price, or ask other providers.';
  return 'No offer could be taken: allow more time, a higher price or other providers.';
}

/** From now to the deadline; at least a second, as our clock counts in seconds. */
export function untilDeadlineMs(context: CustomerContext, run: Run): number {
  return Math.max(1, run.purchase.deadlineAt - context.now()) * 1000;
}
