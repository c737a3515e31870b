import { pumpOutbox, type Outbox, type RelayAnswer } from '../ledger/index.ts';
import { isJobResultKind, JOB_FEEDBACK_KIND, type NostrEvent } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';

/** A provider whose events are sent from an outbox, beside those of others that share it. */
export interface Sender {
  readonly context: ProviderContext;
  readonly onPublished: (event: NostrEvent) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Told what relays said to its events. */
  readonly onAnswers: (answers: readonly RelayAnswer[]) => void;
}

interface Pump {
  readonly senders: Set<Sender>;
  readonly closing: AbortController;
  readonly pumping: Promise<void>;
}

const OUTBOX_CONCURRENCY = 16;
const pumps = new WeakMap<Outbox, Pump>();

/**
 * Sends what the outbox holds. Several providers of one process may write to the same books: one pump sends the events
 * of all of them, each through the relays of its author, and tells each what became of its own. Call what is returned
 * to leave; the last to leave ends the pump, and waits until it has stopped.
 */
export function joinPump(sender: Sender): () => Promise<void> {
  const { outbox } = sender.context.ledger;
  const pump = pumps.get(outbox) ?? startPump(outbox, sender);
  pump.senders.add(sender);
  return async () => {
    pump.senders.delete(sender);
    if (pump.senders.size > 0) return;
    if (pumps.get(outbox) === pump) pumps.delete(outbox);
    pump.closing.abort();
    await pump.pumping;
  };
}

/** Answers to jobs go where their author's answers go now, whatever relays it had, or another machine has, when they were made. */
function standInsFor({ kind, pubkey }: NostrEvent, senders: readonly Sender[]): readonly string[] {
  if (!isJobResultKind(kind) && kind !== JOB_FEEDBACK_KIND) return [];
  return senders.find(({ context }) => context.signer.pubkey === pubkey)?.context.relayUrls ?? [];
}

function startPump(outbox: Outbox, first: Sender): Pump {
  const senders = new Set([first]);
  const closing = new AbortController();
  /** What earlier lives left under other keys is sent by whoever is there. */
  const senderOf = (event: NostrEvent): Sender =>
    [...senders].find(({ context }) => context.signer.pubkey === event.pubkey) ?? [...senders][0] ?? first;
  const pumping = pumpOutbox({
    outbox,
    publish: async (event, relays, signal) => {
      const sender = senderOf(event);
      const answers = await sender.context.relays.publish(event, relays, { signal });
      sender.onAnswers(answers);
      return answers;
    },
    standIns: (event) => standInsFor(event, [...senders]),
    onPublished: ({ event }) => senderOf(event).onPublished(event),
    onTrouble: (error) => senders.forEach((sender) => sender.onTrouble(error)),
    now: first.context.now,
    signal: closing.signal,
    concurrency: OUTBOX_CONCURRENCY,
    checkpoint: first.context.checkpoint,
  });
  const pump = { senders, closing, pumping };
  pumps.set(outbox, pump);
  return pump;
}
