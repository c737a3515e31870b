import type { ChosenOffer } from '../ledger/index.ts';
import type { Failure } from '../protocol/index.ts';
import { checkOffer } from './check-offer.ts';
import {
  chosenAmong,
  isDeliveredFree,
  take,
  takeNextOffer,
  untilDeadlineMs,
  WALLET_WAIT_MS,
} from './collect.ts';
import type { Offer } from './offer.ts';
import { chosenOffer, move, type CustomerContext, type Run } from './run.ts';
import type { Next } from './stepper.ts';
import { offerLimits, surveyOffers } from './survey.ts';

/** Unpaid work that names no time is given this long before another offer is taken. */
const PATIENCE_SECONDS = 30;

/**
 * Waits for work that a provider began unpaid, free or promised for a price. Gives way to a result that is there
 * for nothing, and to other offers when its provider gives up, or patience or time is over.
 */
export async function awaitWork(context: CustomerContext, run: Run, chosen: Offer): Promise<Next> {
  const error = run.book.errorOf(chosen.providerPubkey);
  if (error !== null && error.createdAt >= chosen.createdAt) return takeNextOffer(context, run, GIVEN_UP);
  const survey = surveyOffers(context, run);
  const choice = run.purchase.approval === 'ask' ? null : run.policy.choose(survey.untried);
  if (choice !== null && isDeliveredFree(chosenAmong(survey, choice)))
    return take(context, run, survey, choice);
  const patienceMs = (chosen.worstSeconds ?? PATIENCE_SECONDS) * 1000;
  const waitMs = run.chosenAtMs + patienceMs - performance.now();
  if (context.now() >= run.purchase.deadlineAt || (waitMs <= 0 && survey.untried.length > 0))
    return takeNextOffer(context, run, run.file?.failure ?? SILENT);
  return { wakeInMs: Math.min(waitMs > 0 ? waitMs : Infinity, untilDeadlineMs(context, run)) };
}

const GIVEN_UP: Failure = { code: 'withdrawn', message: 'The provider gave up what it had begun.' };
const SILENT: Failure = { code: 'silent', message: 'The work that was begun unpaid did not come.' };

/**
 * Waits for the invoice that a promise was about: with the result, the locked result or the sample. It takes the
 * place of the promise if it is of the same mode and asks for no more.
 */
export async function awaitInvoice(context: CustomerContext, run: Run, promise: Offer): Promise<Next> {
  const chosen = chosenOffer(run);
  const offer = run.book.offerOf(promise.providerPubkey);
  const isLate = context.now() >= run.purchase.deadlineAt;
  if (isLate || offer === null || offer.isPromise || offer.exchange === 'free')
    return awaitWork(context, run, promise);
  if (offer.exchange !== chosen.exchange)
    return takeNextOffer(context, run, {
      code: 'promise-broken',
      message: `The provider promised ${chosen.exchange} and asks for ${offer.exchange}.`,
    });
  const kept = checkOffer({ ...offer, promisedMsat: chosen.amountMsat }, offerLimits(context, run));
  if (kept.ok) return exchangeOffer(context, run, kept.value);
  if (kept.failure.code === 'wallet-unknown') return { wakeInMs: WALLET_WAIT_MS };
  return takeNextOffer(context, run, kept.failure);
}

async function exchangeOffer(context: CustomerContext, run: Run, offer: ChosenOffer): Promise<Next> {
  run.tried.add(offer.event.id);
  const { why } = chosenOffer(run);
  await move(context, run, { state: 'offered', offer: why === undefined ? offer : { ...offer, why } });
  return 'again';
}
