import { JOB_FEEDBACK_KIND, type NostrEvent } from '../protocol/index.ts';
import type { Answer } from './offers.ts';
import { hasten } from './payment-watch.ts';
import { tell, type CustomerContext, type Run } from './run.ts';

/** Partial content and notes are shown, not kept: cut where no honest sample ends. */
const MAX_PARTIAL_CHARS = 65_536;
const MAX_NOTE_CHARS = 500;

/**
 * Subscribes to the answers to one request on the relays it was sent to, across reconnects, until the purchase
 * ends. Providers may leave out our key, so the request's id is what is asked for.
 */
export function listen(context: CustomerContext, run: Run): void {
  const { requestId, request, relays } = run.purchase;
  void context.relays.subscribe({
    relays,
    filters: [{ kinds: [JOB_FEEDBACK_KIND, request.kind + 1000], '#e': [requestId] }],
    onEvent: (event) => hearAnswer(context, run, event),
    signal: run.ended.signal,
  });
}

function hearAnswer(context: CustomerContext, run: Run, event: NostrEvent): void {
  const firstError = run.book.errorOf(event.pubkey) === null;
  const answer = run.book.hear(event);
  if (answer === null) return;
  showAnswer(context, run, answer);
  const isChosen = event.pubkey === run.purchase.offer?.providerPubkey;
  // The chosen provider gave up, so held money is about to come back: look, but let nobody make us look all day.
  if (answer.type === 'error' && isChosen && firstError && run.payment !== null) hasten(run.payment);
  run.stepper.poke();
}

function showAnswer(context: CustomerContext, run: Run, answer: Answer): void {
  switch (answer.type) {
    case 'offer':
      return tell(context, run, { type: 'offer', offer: answer.offer });
    case 'error':
      return tell(context, run, { type: 'provider-error', error: answer.error });
    case 'result':
      return tell(context, run, { type: 'result', providerPubkey: answer.result.providerPubkey });
    case 'progress': {
      const { providerPubkey, info, content } = answer.feedback;
      const note = (info ?? content).slice(0, MAX_NOTE_CHARS);
      return tell(context, run, { type: 'progress', providerPubkey, note });
    }
    case 'partial': {
      const { providerPubkey, content } = answer.feedback;
      if (run.purchase.offer !== null && providerPubkey !== run.purchase.offer.providerPubkey) return;
      return tell(context, run, {
        type: 'partial',
        providerPubkey,
        content: content.slice(0, MAX_PARTIAL_CHARS),
      });
    }
  }
}
