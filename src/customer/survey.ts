import type { ChosenOffer } from '../ledger/index.ts';
import { addMsat, riskOfOffer } from '../protocol/index.ts';
import { checkOffer, type OfferLimits } from './check-offer.ts';
import { shownWork } from './conditions/work.ts';
import type { ComparedOffer, EligibleOffer } from './compared-offer.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';
import { isAddressed } from './offer-book.ts';
import type { CustomerContext, OfferCheck, Run } from './run.ts';

/** The standing offers, checked, and beside each what there is to weigh it by. */
export interface OfferSurvey {
  /** Cheapest first by what they cost at most, equal ones by id; the one that is taken among them. */
  readonly eligible: readonly ComparedOffer[];
  /** Those of them that may be taken next: of providers that were not addressed only where that is welcome, or asked for. */
  readonly untried: readonly ComparedOffer[];
  /** What each eligible offer would bind us to, by its id. */
  readonly chosenOffers: ReadonlyMap<string, ChosenOffer>;
  readonly refused: readonly { readonly offer: Offer; readonly code: OfferFailureCode }[];
  /** Some of the refused may yet be taken: the wallet has not told its network. */
  readonly mayBecomeEligible: boolean;
  /** Everybody who was addressed has answered, and there is nothing to take. */
  readonly exhausted: boolean;
}

/** Checks every standing offer; one that was taken before, and came to nothing, is refused. */
export function surveyOffers(context: CustomerContext, run: Run): OfferSurvey {
  const eligible: EligibleOffer[] = [];
  const chosenOffers = new Map<string, ChosenOffer>();
  const refused: { offer: Offer; code: OfferFailureCode }[] = [];
  const checks = new Map<string, OfferCheck>();
  for (const offer of run.book.offers()) {
    if (run.tried.has(offer.id) && offer.id !== run.purchase.offer?.event.id) {
      refused.push({ offer, code: 'tried' });
      continue;
    }
    const check = checkOnce(context, run, offer);
    checks.set(offer.id, check);
    const checked = check.outcome;
    if (!checked.ok) {
      refused.push({ offer, code: checked.failure.code });
      continue;
    }
    const { amountMsat, feeLimitMsat } = checked.value;
    eligible.push({ ...offer, amountMsat, feeLimitMsat });
    chosenOffers.set(offer.id, checked.value);
  }
  run.checks = checks;
  const mayBecomeEligible = refused.some(({ code }) => code === 'wallet-unknown');
  const compared = weigh(context, eligible);
  const untried = compared.filter((offer) => !run.tried.has(offer.id) && isWelcome(run, offer));
  const exhausted = untried.length === 0 && !mayBecomeEligible && run.book.allTargetsAnswered();
  return { eligible: compared, untried, chosenOffers, refused, mayBecomeEligible, exhausted };
}

/**
 * Whoever names a provider may want nobody else: others that step in are taken where the request welcomes them, or by
 * somebody's approval. An order asks nobody.
 */
function isWelcome({ request, purchase }: Run, { providerPubkey }: Offer): boolean {
  const isAsked = purchase.approval === 'ask' && purchase.orderId === null;
  return isAddressed(request, providerPubkey) || request.welcomesRescue || isAsked;
}

function weigh(context: CustomerContext, offers: readonly EligibleOffer[]): ComparedOffer[] {
  const providers = [...new Set(offers.map(({ providerPubkey }) => providerPubkey))];
  const records = context.records(providers);
  const weighed = offers.map((offer) => ({
    ...offer,
    totalMsat: addMsat(offer.amountMsat, offer.feeLimitMsat),
    exposure: riskOfOffer(offer),
    record: records.get(offer.providerPubkey) ?? null,
  }));
  return weighed.toSorted(byTotal);
}

function byTotal(left: ComparedOffer, right: ComparedOffer): number {
  if (left.totalMsat !== right.totalMsat) return left.totalMsat < right.totalMsat ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}

/** Invoices take long to verify: each offer is checked at most once in a second, however many events arrive. */
export function checkOnce(context: CustomerContext, run: Run, offer: Offer): OfferCheck {
  const limits = offerLimits(context, run);
  const { withdrawn, promisedMsat, bolt11 } = offer;
  const asOf = [limits.now, limits.network, limits.maxAmountMsat, withdrawn, promisedMsat, bolt11].join(' ');
  const known = run.checks.get(offer.id);
  return known?.asOf === asOf ? known : { asOf, outcome: checkOffer(offer, limits) };
}

/** What offers of this purchase are held against now. */
export function offerLimits(context: CustomerContext, run: Run): OfferLimits {
  const { maxAmountMsat, approved } = run.purchase;
  const isApprovedForLess = approved !== null && approved.maxAmountMsat < maxAmountMsat;
  return {
    maxAmountMsat: isApprovedForLess ? approved.maxAmountMsat : maxAmountMsat,
    agreedMsat: run.request.followUp === null ? null : maxAmountMsat,
    perJobMsat: context.caps.perJobMsat,
    exchanges: run.request.exchanges,
    deadlineAt: run.purchase.deadlineAt,
    workBits: shownWork(run.request.event),
    mints: context.ecash?.mintUrls ?? [],
    network: context.network(),
    now: context.now(),
  };
}
