import {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  type JobMessage,
  type NostrEvent,
} from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import { createIntakeLane } from './intake-lane.ts';

/** Of what relays stored, the newest so many wraps are opened: people's chats are wrapped too, and each costs the signer twice. */
const MAX_STORED_WRAPS = 2000;

/**
 * Hears private messages about jobs on the provider's relays until the signal aborts, and hands each to `take`,
 * with its author proven. Those that were sent while nobody listened come first, as far back as a refund may be
 * claimed. A message may come twice, and after a restart all of them come again. Resolves when every relay that
 * answers has sent what it stored; `idle` waits for what is under way then.
 */
export async function listenForJobMessages(
  context: ProviderContext,
  take: (message: JobMessage) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly idle: () => Promise<void> }> {
  const open = async (wrap: NostrEvent): Promise<void> => {
    const opened = await openJobMessage(wrap, context.signer);
    if (opened.ok) await take(opened.value);
  };
  const report = (code: string, message: string) => context.onTrouble({ code, message }, null);
  const lane = createIntakeLane({
    handle: open,
    onError: (error) => {
      if (!signal.aborted) report('message-lost', error instanceof Error ? error.message : String(error));
    },
    onOverflow: () => report('flooded', 'More messages arrive than can be opened; some are dropped.'),
    signal,
  });
  const since = context.now() - context.limits.refundClaimSeconds - GIFT_WRAP_BACKDATE_SECONDS;
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: [{ kinds: [GIFT_WRAP_KIND], '#p': [context.signer.pubkey], since, limit: MAX_STORED_WRAPS }],
    onEvent: (event) => lane.add(event),
    signal,
  });
  return { idle: () => lane.idle() };
}
