import type { ChosenOffer } from '../ledger/index.ts';
import type { Failure } from '../protocol/index.ts';
import { checkOffer } from './check-offer.ts';
import type { EligibleOffer } from './choose.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';
import { end, move, receive, type CustomerContext, type OfferCheck, type Run } from './run.ts';
import type { Next } from './stepper.ts';

/** How often a request without offers is looked after: did any relay take it? */
const UNANSWERED_CHECK_MS = 5000;
/** So many offers are tried before the purchase is given up; a promise and the invoice that follows it are two. */
const MAX_OFFERS_TRIED = 4;
/** How soon an offer is looked at again when the wallet has not told its network since the start. */
export const WALLET_WAIT_MS = 1000;

/** Stage `requested`: compares what arrives, and takes the policy's choice when the wait is over. */
export async function collectOffers(context: CustomerContext, run: Run): Promise<Next> {
  if (context.now() >= run.purchase.deadlineAt) return endWithoutOffer(context, run);
  const survey = surveyOffers(context, run);
  if (survey.eligible.length === 0) {
    if (survey.exhausted || (await wasRefusedByRelays(context, run))) return endWithoutOffer(context, run);
    return { wakeInMs: Math.min(UNANSWERED_CHECK_MS, untilDeadlineMs(context, run)) };
  }
  run.firstOfferAtMs ??= performance.now();
  const choice = run.policy.choose([...survey.eligible]);
  if (choice !== null && isDeliveredFree(choice)) return take(context, run, survey, choice); // nothing is left to wait for
  const waitMs = run.firstOfferAtMs + run.policy.offerWaitMs - performance.now();
  if (waitMs > 0 && !run.book.allTargetsAnswered())
    return { wakeInMs: Math.min(waitMs, untilDeadlineMs(context, run)) };
  if (choice === null) return { wakeInMs: untilDeadlineMs(context, run) };
  return take(context, run, survey, choice);
}

/** Replaces an offer that cannot be taken any more by the next best, or ends the purchase; nothing was spent. */
export async function takeNextOffer(context: CustomerContext, run: Run, why: Failure): Promise<Next> {
  const survey = surveyOffers(context, run);
  const timeIsUp = context.now() >= run.purchase.deadlineAt;
  const choice = run.policy.choose([...survey.eligible]);
  if (timeIsUp || run.tried.size >= MAX_OFFERS_TRIED || (choice === null && survey.exhausted)) {
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

/** Binds the purchase to the policy's choice; only what is delivered and asks for nothing is received at once. */
export async function take(
  context: CustomerContext,
  run: Run,
  survey: OfferSurvey,
  choice: EligibleOffer,
): Promise<Next> {
  const offer = survey.chosenOffers.get(choice.id);
  if (offer === undefined) throw new Error(`The policy chose ${choice.id}, which is no eligible offer.`);
  run.tried.add(choice.id);
  run.chosenAtMs = performance.now();
  run.payment = null;
  run.ecash = null;
  run.book.keepFor(offer.providerPubkey);
  await (isDeliveredFree(choice)
    ? receive(context, run, { offer, result: offer.event })
    : move(context, run, { state: 'offered', offer }));
  return 'again';
}

/** Nothing is left to do for such an offer, neither for its provider nor for us. */
export function isDeliveredFree({ delivered, exchange }: EligibleOffer): boolean {
  return delivered && exchange === 'free';
}

/** The standing offers that were not tried yet, checked. */
export interface OfferSurvey {
  readonly eligible: readonly EligibleOffer[];
  /** What each eligible offer would bind us to, by its id. */
  readonly chosenOffers: ReadonlyMap<string, ChosenOffer>;
  readonly refused: readonly { readonly offer: Offer; readonly code: OfferFailureCode }[];
  /** Everybody who was addressed has answered, and there is nothing to take. */
  readonly exhausted: boolean;
}

/** Checks every standing offer that was not tried yet. */
export function surveyOffers(context: CustomerContext, run: Run): OfferSurvey {
  const eligible: EligibleOffer[] = [];
  const chosenOffers = new Map<string, ChosenOffer>();
  const refused: { offer: Offer; code: OfferFailureCode }[] = [];
  const checks = new Map<string, OfferCheck>();
  for (const offer of run.book.offers()) {
    if (run.tried.has(offer.id)) continue;
    const check = checkOnce(context, run, offer);
    checks.set(offer.id, check);
    const checked = check.outcome;
    if (!checked.ok) {
      refused.push({ offer, code: checked.failure.code });
      continue;
    }
    eligible.push({ ...offer, amountMsat: checked.value.amountMsat });
    chosenOffers.set(offer.id, checked.value);
  }
  run.checks = checks;
  const mayBecomeEligible = refused.some(({ code }) => code === 'wallet-unknown');
  const exhausted = eligible.length === 0 && !mayBecomeEligible && run.book.allTargetsAnswered();
  return { eligible, chosenOffers, refused, exhausted };
}

/** Invoices take long to verify: each offer is checked at most once in a second, however many events arrive. */
function checkOnce(context: CustomerContext, run: Run, offer: Offer): OfferCheck {
  const asOf = `${context.now()} ${context.network()} ${offer.withdrawn} ${offer.promisedMsat}`;
  const known = run.checks.get(offer.id);
  return known?.asOf === asOf ? known : { asOf, outcome: checkOffer(offer, offerLimits(context, run)) };
}

/** What offers of this purchase are held against now. */
export function offerLimits(context: CustomerContext, run: Run): Parameters<typeof checkOffer>[1] {
  return {
    maxAmountMsat: run.purchase.maxAmountMsat,
    perJobMsat: context.caps.perJobMsat,
    exchanges: run.request.exchanges,
    deadlineAt: run.purchase.deadlineAt,
    mints: context.ecash?.mintUrls ?? [],
    network: context.network(),
    now: context.now(),
  };
}

async function wasRefusedByRelays(context: CustomerContext, run: Run): Promise<boolean> {
  const row = await context.ledger.outbox.get(run.purchase.requestId);
  return row?.state === 'refused' || row?.state === 'expired';
}

async function endWithoutOffer(context: CustomerContext, run: Run): Promise<Next> {
  const { refused, eligible } = surveyOffers(context, run);
  const errors = run.book.errors();
  const row = await context.ledger.outbox.get(run.purchase.requestId);
  const wasHeard = row?.state === 'published' || refused.length + eligible.length + errors.length > 0;
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
            leftByPolicy: eligible.length,
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
