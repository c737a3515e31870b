import {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  type NostrEvent,
} from '../protocol/index.ts';
import { hasten, type RefundWatch } from './refund-watch.ts';
import type { CustomerContext, Run } from './run.ts';

/** Of one provider's messages about one job so many count. */
const MAX_MESSAGES = 5;
/** Wraps that wait for the signer; anybody can send some, and what comes on top is dropped. */
const MAX_WAITING = 256;

/**
 * Hears what the chosen provider says in private about the refund of a purchase, on the relays of its request, until
 * the purchase ends. Each one that counts is noted, and a reason to look.
 */
export function hearRefundMessages(context: CustomerContext, run: Run, watch: RefundWatch): void {
  const seen = new Set<string>();
  const { requestId, openedAt, relays } = run.purchase;

  const open = async (wrap: NostrEvent): Promise<void> => {
    const opened = await openJobMessage(wrap, context.signer);
    if (!opened.ok || run.ended.signal.aborted || seen.size >= MAX_MESSAGES) return;
    const message = opened.value;
    const isFromProvider = message.authorPubkey === run.purchase.offer?.providerPubkey;
    if (!isFromProvider || message.requestId !== requestId || seen.has(message.id)) return;
    if (message.type === 'refund-offer') watch.unansweredOffers += 1;
    else if (message.type === 'refund-paid') watch.paidHashes.add(message.paymentHash);
    else return;
    seen.add(message.id);
    hasten(watch);
    run.stepper.poke();
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
    signal: run.ended.signal,
  });
}
