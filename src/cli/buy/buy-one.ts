import {
  buyWithWork,
  type OfferComparison,
  type PurchaseHandle,
  type Receipt,
  type Wish,
} from '../../customer/index.ts';
import { failure, formatSats, success, type Outcome } from '../../protocol/index.ts';
import { isCancellationOf } from '../cancel.ts';
import { sayNextSteps } from '../next-steps.ts';
import type { Output } from '../output.ts';
import type { Progress } from '../progress.ts';
import type { CustomerSession } from '../use-customer.ts';
import { awaitOffers, chooseOffer } from './approval.ts';
import { printOffers } from './offer-rows.ts';
import { showPurchase } from './show-purchase.ts';
import type { BuyArguments } from './wish.ts';

/** What every step of a purchase is done with. */
export interface Buying {
  readonly args: BuyArguments;
  readonly session: CustomerSession;
  readonly progress: Progress;
  /** How many relays are asked. */
  readonly relays: number;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Buys one job; `null` for a dry run, which only shows the offers and withdraws the request. */
export async function buyOne(buying: Buying, wish: Wish): Promise<Outcome<Receipt | null>> {
  const { session, signal } = buying;
  const bought = await ask(buying, wish);
  if (!bought.ok) return bought;
  const purchase = bought.value;
  const looking = new AbortController();
  const expected = {
    kind: wish.kind,
    relays: buying.relays,
    sellers: session.lookForSellers(wish.kind, AbortSignal.any([signal, looking.signal])),
  };
  void showPurchase(purchase, expected, buying.progress); // ends with the purchase, and shows nothing after `stop`
  try {
    return await seeThrough(buying, wish, purchase);
  } finally {
    looking.abort();
    await expected.sellers;
  }
}

/** Asks, and asks once more with the proof of work that providers ask for, as far as it may be done. */
async function ask({ args, session, progress }: Buying, wish: Wish): ReturnType<typeof buyWithWork> {
  const { workBits } = args;
  if (workBits === undefined) return session.customer.buy(wish);
  progress.now(`kind ${wish.kind}: asking, and waiting for what is asked of strangers`);
  return buyWithWork(session.customer, wish, {
    maxBits: workBits,
    onWork: (bits) =>
      progress.now(
        `kind ${wish.kind}: doing ${bits} bits of proof of work, about ${(2 ** bits).toLocaleString('en')} tries`,
      ),
  });
}

async function seeThrough(
  buying: Buying,
  wish: Wish,
  purchase: PurchaseHandle,
): Promise<Outcome<Receipt | null>> {
  const { args, session, progress, output, signal } = buying;
  const { requestId } = purchase;
  const offers = args.approval === 'automatic' ? null : await awaitOffers(purchase);
  if (offers !== null && !signal.aborted) {
    progress.done(`kind ${wish.kind}: ${offers.offers.length} offer(s) that may be taken`);
    if (args.approval === 'dry-run') return endDryRun(buying, offers);
    const atTerminal = process.stdin.isTTY && process.stderr.isTTY && args.input !== '-';
    const chosen = await chooseOffer(session.customer, offers, { atTerminal, output, signal });
    if (!chosen.ok) return chosen;
  }
  const result = await purchase.result();
  if (!result.ok) {
    progress.stop();
    if (result.failure.code === 'cancelled')
      await session.told((event) => isCancellationOf(requestId, event));
    else sayNextSteps(await session.customer.get(requestId), output);
    return result;
  }
  const { amountMsat, providerPubkey } = result.value;
  progress.done(
    `kind ${wish.kind}: ${formatSats(amountMsat)} to ${providerPubkey.slice(0, 8)} for job ${requestId}`,
  );
  return result;
}

async function endDryRun({ session, output }: Buying, comparison: OfferComparison): Promise<Outcome<null>> {
  const { requestId, offers, choice } = comparison;
  await session.customer.cancel(requestId, 'a dry run: nothing is bought');
  await session.told((event) => isCancellationOf(requestId, event));
  printOffers(comparison, output);
  const taken = offers.find(({ id }) => id === choice?.offerId);
  if (taken === undefined || choice === null)
    return failure('no-offer', 'No offer would be taken; nothing was spent.', { requestId });
  output.note(
    `Would take ${taken.id.slice(0, 12)} for ${formatSats(taken.amountMsat)}, with fees at most ` +
      `${formatSats(taken.totalMsat)}: ${choice.why.join(', ')}. Nothing was spent.`,
  );
  return success(null);
}
