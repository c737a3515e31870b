import type { PurchaseState } from '../../ledger/index.ts';
import type { Choice } from '../buying-policy.ts';
import { isDeliveredFree } from '../collect.ts';
import type { ComparedOffer } from '../compared-offer.ts';
import type { OrderPlan } from './plan.ts';
import type { OrderVerdict } from './verdict.ts';

/** What is known of one purchase of an order when it is decided what comes next. */
export interface PurchaseFacts {
  readonly requestId: string;
  readonly state: PurchaseState;
  /** Whom its request addresses; nobody in particular when empty. */
  readonly targets: readonly string[];
  /** Whose offer it took; `null` while it has none. */
  readonly providerPubkey: string | null;
  /** When that was approved, unix seconds. */
  readonly approvedAt: number | null;
  /** How long that provider said it takes. */
  readonly usualSeconds: number | null;
  readonly worstSeconds: number | null;
  /** What it may still cost before it is reserved: amount and fee limit of an approved offer, else nothing. */
  readonly pledgedMsat: bigint;
  /** How it ended, where it did without a result. */
  readonly failureCode: string | null;
  /** Offers that may be taken, of any purchase whose answers were heard. */
  readonly offers: readonly ComparedOffer[];
  readonly openedAt: number;
  /** Unix seconds. */
  readonly deadlineAt: number;
}

/** Everything by which it is decided what an order does next. */
export interface OrderFacts {
  readonly plan: OrderPlan;
  /** Oldest first. */
  readonly purchases: readonly PurchaseFacts[];
  /** The largest group of results that are the same, by request id, oldest first. */
  readonly agreement: readonly string[];
  /** Cap less what was spent or is on its way. */
  readonly roomMsat: bigint;
  /** How much longer better offers are worth waiting for, in milliseconds. */
  readonly compareForMs: number;
  readonly choose: (offers: readonly ComparedOffer[]) => Choice | null;
  /** Until when purchases are begun, unix seconds. */
  readonly deadlineAt: number;
  /** Unix seconds. */
  readonly now: number;
}

/** What an order does next. */
export type OrderMove =
  | { readonly type: 'decide'; readonly verdict: OrderVerdict }
  | {
      readonly type: 'approve';
      readonly requestId: string;
      readonly offer: ComparedOffer;
      readonly why: readonly string[];
    }
  /** Opens one more purchase, addressed to these providers, or to anybody. */
  | { readonly type: 'ask'; readonly targets: readonly string[] }
  | { readonly type: 'wait'; readonly forMs: number };

/** A provider that was asked by name and has not answered by then does not keep another from being asked. */
const SILENT_SECONDS = 15;
/** An offer that named no time is late after this. */
const PATIENCE_SECONDS = 30;
/** A result that is on its way at the deadline of its purchase is still waited for. */
const RESULT_GRACE_SECONDS = 30;
const LONGEST_WAIT_MS = 60_000;

const AT_WORK: ReadonlySet<PurchaseState> = new Set(['offered', 'approved', 'paying', 'locked', 'paid']);
const DELIVERED: ReadonlySet<PurchaseState> = new Set(['received', 'reviewed']);

/**
 * What an order does next. A pure function of what is known: the same after a restart, and whatever woke it.
 *
 * It pays for as many jobs at once as its plan says, one more while one of them is late where it hedges, and replaces
 * those that came to nothing as often as it may. No provider is paid twice, and nothing is begun that the room does not
 * pay for. It is decided by the first results that agree, or when nothing more can come.
 */
export function nextMove(facts: OrderFacts): OrderMove {
  const { plan, purchases, agreement, now } = facts;
  const delivered = purchases.filter(({ state }) => DELIVERED.has(state));
  const atWork = purchases.filter((purchase) => AT_WORK.has(purchase.state) && !isGivenUp(purchase, now));
  const [winner] = agreement;
  if (winner !== undefined && agreement.length >= plan.agree)
    return { type: 'decide', verdict: fulfilled(facts, winner, delivered.length) };
  const late = atWork.filter((purchase) => now >= lateAt(plan, purchase));
  const wanted = plan.ask + Math.min(late.length, 1);
  const missing = wanted - delivered.length - atWork.length;
  const begun = missing > 0 && now < facts.deadlineAt ? beginMore(facts, missing) : null;
  if (begun !== null) return begun;
  if (atWork.length === 0) return { type: 'decide', verdict: failed(facts, delivered) };
  return waitFor(facts, atWork);
}

/** Approves the best offer, or asks others for more; `null` when nothing more can be begun. */
function beginMore(facts: OrderFacts, missing: number): OrderMove | null {
  const { plan, purchases, compareForMs, now } = facts;
  if (purchases.filter(isTaken).length >= mostTaken(plan)) return null;
  const waiting = purchases.filter(({ state }) => state === 'requested');
  const offers = takeable(facts, waiting);
  const choice = offers.length === 0 ? null : facts.choose(offers);
  const offer = offers.find(({ id }) => id === choice?.offerId);
  const isHere = offer !== undefined && isDeliveredFree(offer); // nothing is left to wait for
  if (offers.length > 0 && compareForMs > 0 && !isHere) return { type: 'wait', forMs: compareForMs };
  const from = waiting.find((purchase) => purchase.offers.some(({ id }) => id === offer?.id));
  if (choice !== null && offer !== undefined && from !== undefined)
    return { type: 'approve', requestId: from.requestId, offer, why: choice.why };
  const promising = waiting.filter(
    ({ targets, openedAt }) => targets.length === 0 || now < openedAt + SILENT_SECONDS,
  );
  const targets = nextTargets(facts, missing - promising.length);
  if (targets !== null) return { type: 'ask', targets };
  if (waiting.length === 0) return null;
  const named = promising.filter((purchase) => purchase.targets.length > 0);
  const moments = [facts.deadlineAt, ...named.map(({ openedAt }) => openedAt + SILENT_SECONDS)];
  return waitUntil(moments, now);
}

/** Whom to ask next when so many requests are short; `null` when there is nobody, or enough were asked. */
function nextTargets(facts: OrderFacts, short: number): readonly string[] | null {
  const { plan, purchases } = facts;
  const { targets = [], encrypted } = plan.wish;
  const asked = new Set(purchases.flatMap((purchase) => purchase.targets));
  const fresh = targets.filter((target) => !asked.has(target));
  if (encrypted === true && fresh[0] !== undefined) return [fresh[0]]; // each needs a request of its own
  if (short <= 0 || purchases.length >= mostTaken(plan) + plan.rescues + targets.length) return null;
  if (targets.length > 0) {
    const again = purchases.every(isTaken)
      ? targets.filter((target) => !usedProviders(purchases).has(target))
      : [];
    const pool = fresh.length > 0 ? fresh : again;
    if (pool[0] !== undefined) return plan.ask > 1 || encrypted === true ? [pool[0]] : pool;
    if (plan.wish.welcomesRescue !== true) return null;
  }
  // Who offered before is asked by name, so that nobody else works for nothing.
  const known = takeable(facts, purchases).filter(({ providerPubkey }) => !asked.has(providerPubkey));
  const choice = known.length === 0 ? null : facts.choose(known);
  const best = known.find(({ id }) => id === choice?.offerId);
  if (best !== undefined) return [best.providerPubkey];
  if (targets.length > 0) return null;
  const untargeted = purchases.filter((purchase) => purchase.targets.length === 0);
  return untargeted.every(isTaken) ? [] : null;
}

/** Offers of providers that the order has not paid or hired yet, and that the room pays for. */
function takeable(
  { purchases, roomMsat }: OrderFacts,
  among: readonly PurchaseFacts[],
): readonly ComparedOffer[] {
  const used = usedProviders(purchases);
  const leftMsat = purchases.reduce((left, { pledgedMsat }) => left - pledgedMsat, roomMsat);
  return among
    .flatMap(({ offers }) => offers)
    .filter(({ providerPubkey, totalMsat }) => !used.has(providerPubkey) && totalMsat <= leftMsat);
}

/** How many purchases may take an offer, those that fail included. */
function mostTaken({ ask, rescues, hedgeAfter }: OrderPlan): number {
  return ask + rescues + (hedgeAfter === null ? 0 : 1);
}

function isTaken({ providerPubkey }: PurchaseFacts): boolean {
  return providerPubkey !== null;
}

function usedProviders(purchases: readonly PurchaseFacts[]): ReadonlySet<string> {
  return new Set(purchases.flatMap(({ providerPubkey }) => providerPubkey ?? []));
}

/** When a job that is at work is late enough for a second one, unix seconds. */
function lateAt({ hedgeAfter }: OrderPlan, purchase: PurchaseFacts): number {
  const { approvedAt, usualSeconds, worstSeconds } = purchase;
  if (hedgeAfter === null || approvedAt === null) return Infinity;
  const told = hedgeAfter === 'usual' ? (usualSeconds ?? worstSeconds) : (worstSeconds ?? usualSeconds);
  return approvedAt + (typeof hedgeAfter === 'number' ? hedgeAfter : (told ?? PATIENCE_SECONDS));
}

/** Held money may stay held for hours after the deadline: nobody waits for that. */
function isGivenUp({ deadlineAt }: PurchaseFacts, now: number): boolean {
  return now > deadlineAt + RESULT_GRACE_SECONDS;
}

function waitFor({ plan, now }: OrderFacts, atWork: readonly PurchaseFacts[]): OrderMove {
  const moments = atWork.flatMap((purchase) => [
    lateAt(plan, purchase),
    purchase.deadlineAt + RESULT_GRACE_SECONDS + 1,
  ]);
  return waitUntil(moments, now);
}

/** Until the next of these moments, but not too long: an order is cheap to look at. */
function waitUntil(moments: readonly number[], now: number): OrderMove {
  const next = Math.min(...moments.filter((moment) => moment > now));
  return { type: 'wait', forMs: Math.min(LONGEST_WAIT_MS, (next - now) * 1000) };
}

function fulfilled({ plan, agreement }: OrderFacts, requestId: string, delivered: number): OrderVerdict {
  const why =
    plan.agree > 1
      ? `${agreement.length} of ${delivered} results are the same`
      : 'the first result that came';
  return { type: 'fulfilled', requestId, why: [why] };
}

/** Why nothing more can come. */
function failed(facts: OrderFacts, delivered: readonly PurchaseFacts[]): OrderVerdict {
  const { plan, purchases } = facts;
  const requestIds = delivered.map(({ requestId }) => requestId);
  if (delivered.length > 0)
    return {
      type: 'failed',
      code: 'disagreement',
      message: `Fewer than ${plan.agree} of ${delivered.length} results are the same: judge by yourself, or ask more providers.`,
      requestIds,
    };
  const isLeft = purchases.some(
    ({ failureCode, offers }) => failureCode === 'not-approved' || offers.length > 0,
  );
  if (purchases.some(({ state }) => state === 'over-budget') || (isLeft && !purchases.some(isTaken)))
    return {
      type: 'failed',
      code: 'over-budget',
      message: 'The caps, or the policy, allow none of the offers: raise them, or ask other providers.',
      requestIds,
    };
  return purchases.some(isTaken)
    ? {
        type: 'failed',
        code: 'undelivered',
        message: 'No provider that was tried delivered: allow more tries, more money or more time.',
        requestIds,
      }
    : {
        type: 'failed',
        code: 'no-offer',
        message: 'No offer could be taken: allow more time, a higher price or other providers.',
        requestIds,
      };
}
