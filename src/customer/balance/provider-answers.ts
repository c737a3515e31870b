import { wrapFor } from '../../keys/index.ts';
import type { OutgoingEvent } from '../../ledger/index.ts';
import {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  orThrow,
  wrapJobMessage,
  type JobMessage,
  type JobMessageDraft,
  type NostrEvent,
} from '../../protocol/index.ts';
import type { CustomerContext } from '../run.ts';

/** Wraps that wait for the signer; anybody can send some, and what comes on top is dropped. */
const MAX_WAITING = 256;
/** Answers to one top-up or withdrawal that are kept. */
const MAX_ANSWERS = 5;

/** What one provider says in private about one top-up or withdrawal. */
export interface ProviderAnswers {
  /** The first answer that fits, of earlier ones too; `null` when none came in that time. */
  next<Found>(find: (message: JobMessage) => Found | undefined, timeoutMs: number): Promise<Found | null>;
}

/** Hears a provider about the top-up or withdrawal of that id, until the signal aborts. Resolves once relays listen. */
export async function hearAnswers(
  context: CustomerContext,
  { providerPubkey, id }: { readonly providerPubkey: string; readonly id: string },
  signal: AbortSignal,
): Promise<ProviderAnswers> {
  const heard: JobMessage[] = [];
  const lookers = new Set<() => void>();
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();
  const open = async (wrap: NostrEvent): Promise<void> => {
    const opened = await openJobMessage(wrap, context.signer);
    if (!opened.ok || heard.length >= MAX_ANSWERS) return;
    if (opened.value.authorPubkey !== providerPubkey || opened.value.requestId !== id) return;
    heard.push(opened.value);
    for (const look of lookers) look();
  };
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: [
      {
        kinds: [GIFT_WRAP_KIND],
        '#p': [context.signer.pubkey],
        since: context.now() - GIFT_WRAP_BACKDATE_SECONDS,
      },
    ],
    onEvent: (wrap) => {
      if (waiting >= MAX_WAITING) return;
      waiting += 1;
      tail = tail
        .then(() => open(wrap))
        .catch(() => undefined) // a signer that cannot decrypt leaves it unheard
        .finally(() => (waiting -= 1));
    },
    signal,
  });
  return {
    next: (find, timeoutMs) =>
      new Promise((resolve) => {
        const end = (found: ReturnType<typeof find> | null) => {
          clearTimeout(timer);
          lookers.delete(look);
          signal.removeEventListener('abort', stop);
          resolve(found ?? null);
        };
        const look = () => {
          for (const message of heard) {
            const found = find(message);
            if (found !== undefined) return end(found);
          }
        };
        const stop = () => end(null);
        const timer = setTimeout(stop, timeoutMs);
        lookers.add(look);
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        else look();
      }),
  };
}

/** A private message for the provider, wrapped for the relays that both know. */
export async function messageFor(
  context: CustomerContext,
  providerPubkey: string,
  draft: JobMessageDraft,
  expiresAt: number,
): Promise<OutgoingEvent> {
  const wrap = await wrapJobMessage(draft, wrapFor(providerPubkey, context.signer, draft.createdAt));
  return { event: orThrow(wrap), relays: context.relayUrls, expiresAt };
}
