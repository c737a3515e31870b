import { pause } from '../../clock/index.ts';
import { success, workAskedFor, type Outcome } from '../../protocol/index.ts';
import type { Customer, PurchaseHandle, PurchaseUpdate } from '../contract.ts';
import type { WishFailureCode } from '../errors.ts';
import type { Wish } from '../wish.ts';
import { MAX_WORK_BITS } from './work.ts';

/** How long offers of others are waited for after somebody has asked for work. */
const PATIENCE_MS = 3000;

/**
 * Buys like `Customer.buy`, and does the proof of work that providers ask of strangers, up to `maxBits`. When such
 * demands came and nothing better within three seconds, the purchase ends before anything was paid, and the wish is asked
 * again with the least work that was asked for: once, so that no provider can have it worked for ever. The handle is
 * that of the purchase that goes on, and comes when there is an offer, or nothing more to wait for. A wish with an idempotency key is bought as it is: its key names one purchase.
 */
export async function buyWithWork(
  customer: Pick<Customer, 'buy' | 'cancel'>,
  wish: Wish,
  {
    maxBits,
    onWork,
  }: {
    readonly maxBits: number;
    /** Told how many bits are about to be worked for, which may take a minute. */
    readonly onWork?: (bits: number) => void;
  },
): Promise<Outcome<PurchaseHandle, WishFailureCode>> {
  const bought = await customer.buy(wish);
  if (!bought.ok || wish.idempotencyKey !== undefined) return bought;
  const least = await leastDemand(bought.value, Math.min(maxBits, MAX_WORK_BITS), wish.workBits ?? 0);
  if (least === null) return bought;
  const cancelled = await customer.cancel(bought.value.requestId, 'Asked again with proof of work.');
  const isOver = cancelled.ok || cancelled.failure.data?.['state'] === 'no-offer';
  if (!isOver) return success(bought.value);
  onWork?.(least);
  return customer.buy({ ...wish, workBits: least });
}

/** The least work that was asked for and can be done, in bits; `null` when something better came, or nothing. */
async function leastDemand(
  handle: PurchaseHandle,
  maxBits: number,
  shownBits: number,
): Promise<number | null> {
  const updates = handle.events()[Symbol.asyncIterator]();
  const over = new AbortController();
  let least: number | null = null;
  let patience: Promise<'out of patience'> | null = null;
  try {
    for (;;) {
      const next = await Promise.race([updates.next(), ...(patience === null ? [] : [patience])]);
      if (next === 'out of patience' || next.done === true) return least;
      if (isBetter(next.value)) return null;
      const bits = demandIn(next.value);
      if (bits === null || bits <= shownBits || bits > maxBits) continue;
      least = Math.min(least ?? bits, bits);
      patience ??= pause(PATIENCE_MS, over.signal).then(() => 'out of patience');
    }
  } finally {
    over.abort();
    void updates.return?.();
  }
}

function isBetter({ type }: PurchaseUpdate): boolean {
  return type === 'offer' || type === 'result' || type === 'awaiting-approval';
}

function demandIn(update: PurchaseUpdate): number | null {
  if (update.type !== 'provider-error' || update.error.code !== 'pow-needed') return null;
  return workAskedFor(update.error.conditions);
}
