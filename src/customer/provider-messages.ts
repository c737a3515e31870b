import {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  type JobMessage,
} from '../protocol/index.ts';
import type { CustomerContext, Run } from './run.ts';

/** Of one provider's messages about one job so many count. */
const MAX_MESSAGES = 5;
/** Wraps that wait for the signer; anybody can send some, and what comes on top is dropped. */
const MAX_WAITING = 256;

/**
 * Hears what the chosen provider says in private about a purchase, until the signal aborts. `take` says whether a
 * message counts; each is shown once.
 */
export function hearProvider(
  context: CustomerContext,
  run: Run,
  hearing: {
    readonly relays: readonly string[];
    readonly take: (message: JobMessage) => boolean;
    readonly signal: AbortSignal;
  },
): void {
  const { relays, take, signal } = hearing;
  const seen = new Set<string>();
  const { requestId, openedAt } = run.purchase;

  const open = async (wrap: Parameters<typeof openJobMessage>[0]): Promise<void> => {
    const opened = await openJobMessage(wrap, context.signer);
    if (!opened.ok || signal.aborted || seen.size >= MAX_MESSAGES) return;
    const message = opened.value;
    const isFromProvider = message.authorPubkey === run.purchase.offer?.providerPubkey;
    if (!isFromProvider || message.requestId !== requestId || seen.has(message.id)) return;
    if (take(message)) seen.add(message.id);
  };

  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();
  void context.relays.subscribe({
    relays,
    filters: [
      {
        kinds: [GIFT_WRAP_KIND],
        '#p': [context.signer.pubkey],
        since: openedAt - GIFT_WRAP_BACKDATE_SECONDS,
      },
    ],
    onEvent: (wrap) => {
      if (waiting >= MAX_WAITING) return;
      waiting += 1;
      tail = tail
        .then(() => open(wrap))
        .catch((fault: unknown) => run.stepper.fault(fault))
        .finally(() => (waiting -= 1));
    },
    signal,
  });
}
