import { answerFilter, decryptContent, type NostrEvent } from '../protocol/index.ts';
import type { Offer } from './offer.ts';
import type { Answer } from './offer-book.ts';
import { hasten } from './payment-watch.ts';
import { tell, type CustomerContext, type Run } from './run.ts';
import { isSealedForUs } from './sealed-answer.ts';

/** Partial content and notes are shown, not kept: cut where no honest sample ends. */
const MAX_PARTIAL_CHARS = 65_536;
const MAX_NOTE_CHARS = 500;
/** Encrypted answers waiting for the signer; what comes on top is dropped, for only one provider can send them. */
const MAX_WAITING_SEALED = 256;

/**
 * Subscribes to the answers to one request on the relays it was sent to, across reconnects, until the purchase
 * ends. Providers may leave out our key, so the request's id is what is asked for.
 */
export function listen(context: CustomerContext, run: Run): void {
  const { request, relays } = run.purchase;
  const answers = openAnswers(context, run);
  const stored = context.relays.subscribe({
    relays,
    filters: [answerFilter(request)],
    onEvent: answers.hear,
    signal: run.ended.signal,
  });
  run.caughtUp = stored.then(answers.opened);
}

/** Hears what the relays have of the answers to one request now, and nothing that comes later. */
export async function listenOnce(context: CustomerContext, run: Run): Promise<void> {
  const { request, relays } = run.purchase;
  const answers = openAnswers(context, run);
  const filters = [answerFilter(request)];
  const stored = await context.relays.query(relays, filters, { signal: context.signal });
  for (const event of stored) answers.hear(event);
  await answers.opened();
}

/** `opened` resolves when all that was heard so far is decrypted. */
function openAnswers(
  context: CustomerContext,
  run: Run,
): { readonly hear: (event: NostrEvent) => void; readonly opened: () => Promise<void> } {
  const sealed = sealedInbox(context, run);
  const hear = (event: NostrEvent) =>
    isSealedForUs(run.request, event) ? sealed.hear(event) : hearAnswer(context, run, event);
  const { offer } = run.purchase;
  if (offer !== null) hear(offer.event); // binds its provider, whatever the relays still have
  return { hear, opened: sealed.opened };
}

/** Decrypts one answer after the other, so that partial results are shown in the order in which they came. */
function sealedInbox(context: CustomerContext, run: Run): ReturnType<typeof openAnswers> {
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();
  const open = async (event: NostrEvent): Promise<void> => {
    const opened = await decryptContent(event, event.pubkey, context.signer);
    waiting -= 1;
    if (run.ended.signal.aborted) return;
    if (opened.ok) hearAnswer(context, run, event, opened.value);
    else context.onTrouble(opened.failure, run.purchase);
  };
  const hear = (event: NostrEvent): void => {
    if (waiting >= MAX_WAITING_SEALED) return;
    waiting += 1;
    tail = tail.then(() => open(event)).catch((fault: unknown) => run.stepper.fault(fault));
  };
  return { hear, opened: () => tail };
}

function hearAnswer(context: CustomerContext, run: Run, event: NostrEvent, decrypted?: string): void {
  const firstError = run.book.errorOf(event.pubkey) === null;
  const answer = run.book.hear(event, decrypted);
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
      return showOffer(context, run, answer.offer);
    case 'error':
      return tell(context, run, { type: 'provider-error', error: answer.error });
    case 'result':
      if (answer.offer !== null && run.payment === null) showOffer(context, run, answer.offer);
      return tell(context, run, { type: 'result', providerPubkey: answer.result.providerPubkey });
    case 'progress': {
      const { providerPubkey, info, content } = answer.feedback;
      const note = (info ?? content).slice(0, MAX_NOTE_CHARS);
      return tell(context, run, { type: 'progress', providerPubkey, note });
    }
    case 'partial':
      return showPart(context, run, answer.feedback);
  }
}

function showOffer(context: CustomerContext, run: Run, offer: Offer): void {
  const { providerPubkey, sample } = offer;
  tell(context, run, { type: 'offer', offer });
  if (sample !== null) showPart(context, run, { providerPubkey, content: sample });
}

/** Once a provider is chosen, the parts of others are of no use. */
function showPart(
  context: CustomerContext,
  run: Run,
  { providerPubkey, content }: { readonly providerPubkey: string; readonly content: string },
): void {
  if (run.purchase.offer !== null && providerPubkey !== run.purchase.offer.providerPubkey) return;
  tell(context, run, { type: 'partial', providerPubkey, content: content.slice(0, MAX_PARTIAL_CHARS) });
}
