import { wrapFor } from '../keys/index.ts';
import type { Purchase } from '../ledger/index.ts';
import {
  areWords,
  failure,
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  orThrow,
  success,
  wrapJobMessage,
  type JobWords,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { CustomerOptions } from './customer.ts';

const MAX_CHARS = 20_000;
/** Of one job so many messages are shown. */
const MAX_MESSAGES = 500;
/** Wraps that wait for the signer; anybody can send some, and what comes on top is dropped. */
const MAX_WAITING = 256;
/** Within a month a provider reads what was written to it while it was away. */
const WORTH_SECONDS = 30 * 86_400;

/**
 * Hears what providers write in private about a purchase (NIP-59), what stands on the relays first, until the signal
 * aborts. Each wrap costs the signer up to two decryptions, so that this is only done while somebody reads. Only
 * `isHeard` authors count; a message is told once. Resolves when the relays have sent what they stored.
 */
export async function hearWords(
  customer: Pick<CustomerOptions, 'signer' | 'relays'>,
  wanted: {
    readonly purchase: Pick<Purchase, 'requestId' | 'openedAt' | 'relays'>;
    readonly isHeard: (providerPubkey: string) => boolean;
    readonly onWords: (words: JobWords) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { signer, relays } = customer;
  const { purchase, isHeard, onWords, signal } = wanted;
  const told = new Set<string>();
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();
  const open = async (wrap: NostrEvent): Promise<void> => {
    const opened = await openJobMessage(wrap, signer, isHeard);
    if (!opened.ok || signal.aborted) return;
    const message = opened.value;
    if (!areWords(message) || message.requestId !== purchase.requestId) return;
    if (told.has(message.id) || told.size >= MAX_MESSAGES) return;
    told.add(message.id);
    onWords(message);
  };
  const since = purchase.openedAt - GIFT_WRAP_BACKDATE_SECONDS;
  await relays.subscribe({
    relays: purchase.relays,
    filters: [{ kinds: [GIFT_WRAP_KIND], '#p': [signer.pubkey], since }],
    onEvent: (wrap) => {
      if (waiting >= MAX_WAITING) return;
      waiting += 1;
      tail = tail
        .then(() => open(wrap))
        .catch(() => undefined) // a signer that refuses shows nothing
        .finally(() => (waiting -= 1));
    },
    signal,
  });
  await tail;
}

/**
 * Writes in private to a provider about a purchase; the outbox of the ledger sends it to the relays of the request.
 * Fails with `invalid-words`.
 */
export async function writeToProvider(
  customer: Pick<CustomerOptions, 'signer' | 'ledger' | 'now'>,
  purchase: Pick<Purchase, 'requestId' | 'relays'>,
  words: {
    readonly providerPubkey: string;
    readonly type: JobWords['type'];
    readonly text: string;
  },
): Promise<Outcome<JobWords, 'invalid-words'>> {
  const { providerPubkey, type, text } = words;
  if (text.trim() === '' || text.length > MAX_CHARS)
    return failure('invalid-words', `Write 1 to ${MAX_CHARS} characters.`);
  const createdAt = customer.now();
  const draft = { type, text, requestId: purchase.requestId, createdAt };
  const wrap = orThrow(await wrapJobMessage(draft, wrapFor(providerPubkey, customer.signer, createdAt)));
  await customer.ledger.outbox.enqueue([
    { event: wrap, relays: purchase.relays, expiresAt: createdAt + WORTH_SECONDS },
  ]);
  return success({ ...draft, id: wrap.id, authorPubkey: customer.signer.pubkey });
}
