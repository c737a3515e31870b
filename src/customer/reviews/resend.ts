import { pause } from '../../clock/index.ts';
import type { Purchase, PurchaseState } from '../../ledger/index.ts';
import { failure, resultKindOf, success, type NostrEvent, type Outcome } from '../../protocol/index.ts';
import { openBought } from '../bought-content.ts';
import { takeResult } from '../receive.ts';
import { chosenOffer, move, type CustomerContext, type Run } from '../run.ts';
import { openAnswer } from '../sealed-answer.ts';
import { tellProvider } from '../tell-provider.ts';
import type { ResendFailureCode, ResendOptions, ResentResult } from './contract.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
/** A provider that was away for a day may still want to keep what it sold. */
const WORTH_SECONDS = 86_400;

/** States in which a provider owes a result, or may be on its way to. */
const OWED: ReadonlySet<PurchaseState> = new Set(['paying', 'locked', 'paid', 'undelivered', 'unreconciled']);

/**
 * Finds the result of a purchase again: in the books, else on the relays, else by asking its provider in private to
 * publish it once more. What is found on the way is booked as if it had come by itself.
 */
export async function resendResult(
  context: CustomerContext,
  run: Run,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ResendOptions,
): Promise<Outcome<ResentResult, ResendFailureCode>> {
  const { result, state, offer } = run.purchase;
  if (result !== null) return opened(context, run, result, 'ledger');
  const isFreeWork = state === 'offered' && offer?.exchange === 'free';
  if (offer === null || !(OWED.has(state) || isFreeWork))
    return failure('nothing-bought', 'No provider owes a result for this purchase.', { state });

  const done = new AbortController();
  const until = [done.signal, context.signal, ...(signal === undefined ? [] : [signal])];
  const waiting = AbortSignal.any(until);
  const search = searchFor(context, run, () => done.abort(), waiting);
  try {
    await search.stored;
    const found = run.purchase.result;
    if (found !== null) return await opened(context, run, found, 'relays');
    if (!waiting.aborted) await run.stepper.exclusive(() => askProvider(context, run));
    await pause(timeoutMs, waiting);
  } finally {
    done.abort();
    await search.idle();
  }
  const sent = run.purchase.result;
  if (sent !== null) return opened(context, run, sent, 'provider');
  return failure(
    'no-answer',
    'The provider did not publish the result again; dispute or review the purchase.',
  );
}

/** Takes the first result of the chosen provider that its relays show, stored or new, until the signal aborts. */
function searchFor(
  context: CustomerContext,
  run: Run,
  onFound: () => void,
  signal: AbortSignal,
): { readonly stored: Promise<void>; readonly idle: () => Promise<void> } {
  const { request, requestId } = run.purchase;
  const { providerPubkey } = chosenOffer(run);
  let taking: Promise<void> = Promise.resolve();
  const take = async (event: NostrEvent): Promise<void> => {
    if (run.purchase.result === null) await run.stepper.exclusive(() => takeFound(context, run, event));
    if (run.purchase.result === null) return;
    run.stepper.poke();
    onFound();
  };
  const stored = context.relays.subscribe({
    relays: relaysOf(context, run.purchase),
    filters: [{ kinds: [resultKindOf(request.kind)], authors: [providerPubkey], '#e': [requestId] }],
    onEvent: (event) => {
      taking = taking.then(() => take(event)).catch((fault: unknown) => run.stepper.fault(fault));
    },
    signal,
  });
  return { stored: stored.then(() => taking), idle: () => taking };
}

async function takeFound(context: CustomerContext, run: Run, event: NostrEvent): Promise<void> {
  const decrypted = await openAnswer(context, run.request, event);
  if (!decrypted.ok) return;
  run.book.hear(event, decrypted.value);
  await takeResult(context, run);
}

async function askProvider(context: CustomerContext, run: Run): Promise<void> {
  if (run.purchase.result !== null) return;
  const relays = relaysOf(context, run.purchase);
  const where = { relays, expiresAt: context.now() + WORTH_SECONDS };
  await move(context, run, {
    publish: [await tellProvider(context, run, { type: 'resend', relays }, where)],
  });
}

/** Where the request went, and where we listen by now. */
function relaysOf(context: CustomerContext, { relays }: Purchase): readonly string[] {
  return [...new Set([...relays, ...context.relayUrls])];
}

async function opened(
  context: CustomerContext,
  run: Run,
  resultEvent: NostrEvent,
  source: ResentResult['source'],
): Promise<Outcome<ResentResult, 'unreadable'>> {
  const content = await openBought(context, run, resultEvent);
  if (content.ok) return success({ content: content.value, resultEvent, source });
  return failure('unreadable', 'The result was paid, and the key that the payment brought does not open it.');
}
