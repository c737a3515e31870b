import { pause } from '../../clock/index.ts';
import type { NostrEvent } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { createIntakeLane } from '../intake-lane.ts';

/** Earlier events are asked for in pages of this many, so that a flood of junk hides nothing, and at most so many pages. */
const PAGE = 500;
const MAX_PAGES = 40;
/** How long a wallet or mint that does not answer is left alone before it is asked again. */
const ASK_AGAIN_MS = 5000;
/** More events than this do not wait for a wallet or mint; the next start finds them again. */
const MAX_WAITING = 1000;
/** Live events overlap the pages by this much: relays and clocks differ. */
const OVERLAP_SECONDS = 600;

/**
 * Hears the events of a kind that tell of payments to our key, those of as long ago as a refund may be claimed
 * first, until the signal aborts. `take` says `false` when the event could not be judged because a wallet or mint
 * did not answer; it is shown the event again then. Resolves when what the relays had stored was handed over;
 * `idle` waits for what is under way then.
 */
export async function listenForPaidEvents(
  context: ProviderContext,
  kind: number,
  take: (event: NostrEvent) => Promise<boolean>,
  told: { readonly onError: (error: unknown) => void; readonly signal: AbortSignal },
): Promise<{ readonly idle: () => Promise<void> }> {
  const { signal } = told;
  const waiting = new Map<string, NostrEvent>();
  const lane = createIntakeLane({
    handle: async (event) => {
      if (await take(event)) return;
      if (waiting.size < MAX_WAITING) waiting.set(event.id, event);
    },
    onError: told.onError,
    onOverflow: () =>
      context.onTrouble({ code: 'flooded', message: 'More payments are told of than can be checked.' }, null),
    signal,
  });
  const timer = setInterval(() => {
    const again = [...waiting.values()];
    waiting.clear();
    for (const event of again) lane.add(event);
  }, ASK_AGAIN_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  const to = { kinds: [kind], '#p': [context.signer.pubkey] };
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: [{ ...to, since: context.now() - OVERLAP_SECONDS }],
    onEvent: (event) => lane.add(event),
    signal,
  });
  void handOverStored(context, to, (event) => lane.add(event), signal).catch(told.onError);
  return { idle: () => lane.idle() };
}

/** Newest first, page by page; no faster than they are looked at. */
async function handOverStored(
  context: ProviderContext,
  to: { readonly kinds: readonly number[]; readonly '#p': readonly string[] },
  handOver: (event: NostrEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const since = context.now() - context.limits.refundClaimSeconds;
  let until: number | null = null;
  for (let page = 0; page < MAX_PAGES && !signal.aborted; page++) {
    const filter = { ...to, since, limit: PAGE, ...(until === null ? {} : { until }) };
    const events = await context.relays.query(context.relayUrls, [filter], { signal });
    for (const event of events) handOver(event);
    const oldest = Math.min(...events.map(({ created_at }) => created_at));
    if (events.length < PAGE || oldest === until) return;
    until = oldest;
    await pause(0, signal);
  }
}
