import { pause } from '../clock/index.ts';
import type { ComparedOffer } from '../customer/index.ts';
import type { Msat } from '../protocol/index.ts';
import type { FollowedPurchase } from './purchases.ts';

/** How an offer is chosen. */
export interface OfferSearch {
  /** The most that it may ask. */
  readonly budgetMsat: Msat;
  /** Taken if it still stands. */
  readonly preferredId?: string;
  /** Whether it may be taken at all. */
  readonly accepts: (offer: ComparedOffer) => boolean;
  /** Offers that turned out not to be takeable. */
  readonly except?: ReadonlySet<string>;
  /** How long offers are awaited. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/**
 * The offer to take of a purchase that waits for approval: the preferred one, else the policy's choice, else the
 * cheapest within the budget; `null` when there is none by the end of the wait, or the purchase ended.
 */
export async function chooseOffer(
  purchase: FollowedPurchase,
  search: OfferSearch,
): Promise<ComparedOffer | null> {
  const waiting = new AbortController();
  const signal = AbortSignal.any([search.signal, waiting.signal]);
  await Promise.race([pause(search.waitMs, signal), untilCompared(purchase, search, signal)]);
  waiting.abort();
  return search.signal.aborted ? null : bestStanding(purchase, search);
}

/**
 * Resolves when the preferred offer is here, the offers were compared, or none can come any more. Where they were
 * compared before, and none is left to take, nothing is worth waiting for: providers do not offer twice by themselves.
 */
async function untilCompared(
  { handle }: FollowedPurchase,
  { preferredId }: OfferSearch,
  signal: AbortSignal,
): Promise<void> {
  const hasPreferred = () => handle.comparison().offers.some(({ id }) => id === preferredId);
  if (hasPreferred()) return;
  for await (const { type } of handle.events()) {
    if (signal.aborted || handle.comparison().state !== 'requested') return;
    if (type === 'offer' && hasPreferred()) return;
    if (type === 'awaiting-approval') return;
  }
}

function bestStanding({ handle }: FollowedPurchase, search: OfferSearch): ComparedOffer | null {
  const { choice, state } = handle.comparison();
  if (state !== 'requested') return null;
  const affordable = affordableOffers(handle, search);
  const byId = (offerId: string | undefined) => affordable.find(({ id }) => id === offerId);
  return byId(search.preferredId) ?? byId(choice?.offerId) ?? affordable[0] ?? null;
}

function affordableOffers(
  handle: FollowedPurchase['handle'],
  { budgetMsat, except, accepts }: OfferSearch,
): readonly ComparedOffer[] {
  const { offers } = handle.comparison();
  return offers.filter(
    (offer) => offer.amountMsat <= budgetMsat && except?.has(offer.id) !== true && accepts(offer),
  );
}
