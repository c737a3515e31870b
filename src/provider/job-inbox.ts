import {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  type Failure,
  type JobMessage,
  type NostrEvent,
} from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import { keepListening } from './keep-listening.ts';
import { createMessageQueue, type WrapOrigin } from './message-queue.ts';
import { createMessageRates } from './message-rates.ts';
import { storedWraps } from './stored-wraps.ts';

/** Of what relays stored, the newest so many wraps are opened: people's chats are wrapped too, and each costs the signer twice. */
const MAX_STORED_WRAPS = 2000;
/** Wraps that are known to have been opened. */
const MAX_OPENED = 50_000;
/** Messages that are acted on side by side: a refund may take as long as a payment does. */
const MAX_TAKING = 256;
/** Clocks of relays and of customers differ by less. */
const CLOCK_SKEW_SECONDS = 900;

const FLOODED: Failure = {
  code: 'flooded',
  message: 'More messages arrive than can be opened; those of customers are read again later.',
};

/**
 * Hears private messages about jobs on the provider's relays until the signal aborts, and hands each to `take`,
 * with its author proven. Those that were sent while nobody listened come first, as far back as a refund may be
 * claimed, also from a relay that did not let us hear them for a while, which is told. In a flood of wraps some are
 * dropped unopened, as nobody can tell from outside whose they are; when it is over, those of customers are read from the
 * relays again. A message may come twice, and after a restart all of them come again. Resolves when every relay that
 * answers has sent what it stored; `idle` waits for what is under way then.
 */
export async function listenForJobMessages(
  context: ProviderContext,
  take: (message: JobMessage) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly idle: () => Promise<void> }> {
  const rates = createMessageRates(context);
  const opened = new Set<string>();
  /** From when on relays are asked again for what was not opened; `null` when nothing was missed. */
  let missedSince: number | null = null;
  let catchingUp: Promise<void> | null = null;
  const taking = new Set<Promise<void>>();

  const open = async (wrap: NostrEvent, origin: WrapOrigin): Promise<void> => {
    if (opened.has(wrap.id)) return;
    remember(opened, wrap.id);
    const isHeard = (claimedPubkey: string) => rates.mayDecrypt(claimedPubkey, origin);
    const message = await openJobMessage(wrap, context.signer, isHeard);
    if (!message.ok || !rates.mayTake(message.value.authorPubkey, origin)) return;
    const { value } = message;
    const taken = take(value)
      .catch((error: unknown) => onError(error, value.requestId))
      .finally(() => taking.delete(taken));
    taking.add(taken);
    if (taking.size >= MAX_TAKING) await Promise.race(taking);
  };
  const onError = (error: unknown, requestId: string | null = null) => {
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    const data = requestId === null ? {} : { data: { requestId } };
    context.onTrouble({ code: 'message-lost', message, ...data }, null);
  };
  const queue = createMessageQueue({
    open,
    onError,
    onDropped: () => {
      if (catchingUp === null) context.onTrouble(FLOODED, null);
      readAgain(context.now() - GIFT_WRAP_BACKDATE_SECONDS - CLOCK_SKEW_SECONDS);
    },
    signal,
  });

  const readAgain = (since: number): void => {
    missedSince = Math.min(since, missedSince ?? since);
    catchingUp ??= catchUp().catch((error: unknown) => {
      catchingUp = null;
      onError(error);
    });
  };

  /** Reads again what was missed, once nothing waits any more. */
  const catchUp = async (): Promise<void> => {
    await queue.idle();
    while (missedSince !== null && !signal.aborted) {
      const since = missedSince;
      missedSince = null;
      for (const relay of context.relayUrls)
        for await (const page of storedWraps(context, { relay, since, signal })) {
          const unopened = page.filter(({ id }) => !opened.has(id));
          await queue.addEarlier(unopened, 'missed');
        }
    }
    catchingUp = null;
  };

  let [isNew, stored] = [false, 0];
  const since = context.now() - context.limits.refundClaimSeconds - GIFT_WRAP_BACKDATE_SECONDS;
  await keepListening(context, {
    what: 'private messages about jobs, such as claims of refunds',
    onAgain: (_relay, deafSince) =>
      readAgain(deafSince === null ? since : deafSince - GIFT_WRAP_BACKDATE_SECONDS - CLOCK_SKEW_SECONDS),
    filters: [{ kinds: [GIFT_WRAP_KIND], '#p': [context.signer.pubkey], since, limit: MAX_STORED_WRAPS }],
    onEvent: (wrap) => {
      if (isNew && rates.mayQueue(wrap)) queue.addNew(wrap);
      if (isNew || stored >= MAX_STORED_WRAPS) return;
      stored += 1;
      void queue.addEarlier([wrap], 'stored');
    },
    signal,
  });
  isNew = true;
  if (stored >= MAX_STORED_WRAPS) readAgain(since); // who floods while nobody listens hides nobody
  return {
    idle: async () => {
      await catchingUp;
      await queue.idle();
      await Promise.all(taking);
    },
  };
}

function remember(ids: Set<string>, id: string): void {
  const [oldest] = ids;
  if (ids.size >= MAX_OPENED && oldest !== undefined) ids.delete(oldest);
  ids.add(id);
}
