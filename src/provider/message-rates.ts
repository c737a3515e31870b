import type { NostrEvent } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import { createMinuteCounts } from './minute-counts.ts';
import type { WrapOrigin } from './message-queue.ts';

/** A key that wraps is made for one wrap; whoever keeps it for a while may do so this often a minute. */
const WRAPS_PER_KEY = 60;
/** Messages in a minute of all who never asked for a job here. */
const STRANGERS_MESSAGES = 600;
/** Messages in a minute of one key. */
const MESSAGES_PER_KEY = 600;
/** Clocks differ by less. */
const MAX_CLOCK_AHEAD_SECONDS = 900;

/** Says which private messages are worth what the next step costs. */
export interface MessageRates {
  /** Before anything is decrypted: whether the wrap that has just come is worth a place in the queue. */
  mayQueue(wrap: NostrEvent): boolean;
  /** After the first decryption: whether whom the seal names, which is not proven yet, is listened to. */
  mayDecrypt(claimedPubkey: string, origin: WrapOrigin): Promise<boolean>;
  /** With the author proven: whether it may say one more thing now. */
  mayTake(authorPubkey: string, origin: WrapOrigin): boolean;
}

/**
 * Makes the bounds. Customers have room of their own that no flood of strangers takes; what stood on relays while nobody
 * listened is bounded by its number, not by the minute in which we read it.
 */
export function createMessageRates({
  ledger,
  signer,
  now,
}: Pick<ProviderContext, 'ledger' | 'signer' | 'now'>): MessageRates {
  const countIn = createMinuteCounts();
  return {
    mayQueue: ({ pubkey, created_at }) =>
      created_at <= now() + MAX_CLOCK_AHEAD_SECONDS && countIn(`wraps:${pubkey}`, now()) <= WRAPS_PER_KEY,
    async mayDecrypt(claimedPubkey, origin) {
      if (origin === 'stored' || (await ledger.sales.isCustomer(signer.pubkey, claimedPubkey))) return true;
      return origin === 'new' && countIn('strangers', now()) <= STRANGERS_MESSAGES;
    },
    mayTake: (authorPubkey, origin) =>
      origin !== 'new' || countIn(`messages:${authorPubkey}`, now()) <= MESSAGES_PER_KEY,
  };
}
