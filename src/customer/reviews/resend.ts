import { pause } from '../../clock/index.ts';
import type { Purchase, PurchaseState } from '../../ledger/index.ts';
import {
  failure,
  jobMessageId,
  resultKindOf,
  success,
  type NostrEvent,
  type Outcome,
} from '../../protocol/index.ts';
import { openBought } from '../bought-content.ts';
import { hearProvider } from '../provider-messages.ts';
import { takeResult } from '../receive.ts';
import { deliveredContent } from '../result-file.ts';
import { chosenOffer, move, type CustomerContext, type Run } from '../run.ts';
import { openAnswer } from '../sealed-answer.ts';
import { messageAbout, tellProvider } from '../tell-provider.ts';
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
  options: ResendOptions,
): Promise<Outcome<ResentResult, ResendFailureCode>> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  const { result, state, offer } = run.purchase;
  if (result !== null) return reopened(context, run, result, options);
  const isFreeWork = state === 'offered' && offer?.exchange === 'free';
  if (offer === null || !(OWED.has(state) || isFreeWork))
    return failure('nothing-bought', 'No provider owes a result for this purchase.', { state });

  const done = new AbortController();
  const until = [done.signal, context.signal, ...(signal === undefined ? [] : [signal])];
  const waiting = AbortSignal.any(until);
  if (run.file?.ready === false) run.file = null; // its file is looked for anew, and at once
  const search = searchFor(context, run, () => done.abort(), waiting);
  let refusal: string | null = null;
  const onRefused = (reason: string): void => {
    refusal = reason;
    done.abort();
  };
  try {
    await search.stored;
    const found = run.purchase.result;
    if (found !== null) return await opened(context, run, found, 'relays');
    if (!waiting.aborted) await run.stepper.exclusive(() => askProvider(context, run, onRefused, waiting));
    await untilWhole(run, timeoutMs, waiting);
  } finally {
    done.abort();
    await search.idle();
  }
  const sent = run.purchase.result;
  if (sent !== null) return opened(context, run, sent, 'provider');
  if (refusal !== null) return refused(refusal);
  return failure(
    'no-answer',
    'The provider did not publish the result again; dispute or review the purchase.',
  );
}

/** A result that is in the books. Where no server has its file, its provider is asked to store it again. */
async function reopened(
  context: CustomerContext,
  run: Run,
  result: NostrEvent,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ResendOptions,
): Promise<Outcome<ResentResult, ResendFailureCode>> {
  const known = await opened(context, run, result, 'ledger');
  if (known.ok || known.failure.data === undefined) return known; // the key does not open it
  const done = new AbortController();
  const until = [done.signal, context.signal, ...(signal === undefined ? [] : [signal])];
  const waiting = AbortSignal.any(until);
  let refusal: string | null = null;
  const onRefused = (reason: string): void => {
    refusal = reason;
  };
  try {
    await run.stepper.exclusive(() => askProvider(context, run, onRefused, waiting));
    for (let waitedMs = 0; waitedMs < timeoutMs && !waiting.aborted && refusal === null;) {
      await pause(FILE_LOOK_MS, waiting);
      waitedMs += FILE_LOOK_MS;
      const again = await opened(context, run, result, 'provider');
      if (again.ok) return again;
    }
  } finally {
    done.abort();
  }
  return refusal === null ? known : refused(refusal);
}

/** How often a file that its provider was asked for is looked for. */
const FILE_LOOK_MS = 2000;

function refused(reason: string) {
  const words = REFUSALS.get(reason) ?? 'The provider refused to publish it again.';
  return failure('resend-refused', words, { reason });
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
    if (run.purchase.result === null || run.file?.ready === false) return;
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

/** Why a provider says that it does not publish a result again. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['not-delivered', 'The provider says that it has not delivered the job: wait, or dispute the purchase.'],
  ['not-paid', 'The provider says that it was not paid: compare your books with your wallet, then dispute.'],
  ['too-soon', 'The provider published it a moment ago: look again in a minute.'],
]);

async function askProvider(
  context: CustomerContext,
  run: Run,
  onRefused: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const relays = relaysOf(context, run.purchase);
  const draft = messageAbout(context, run, { type: 'resend', relays });
  const parties = {
    authorPubkey: context.signer.pubkey,
    receiverPubkey: chosenOffer(run).providerPubkey,
  };
  const ourId = jobMessageId(draft, parties);
  hearProvider(context, run, {
    relays,
    signal,
    take: (message) => {
      if (message.type !== 'resend-refused' || message.about !== ourId) return false;
      onRefused(message.reason);
      return true;
    },
  });
  const where = { relays, expiresAt: context.now() + WORTH_SECONDS };
  await move(context, run, { publish: [await tellProvider(context, run, draft, where)] });
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
  if (!content.ok)
    return failure(
      'unreadable',
      'The result was paid, and the key that the payment brought does not open it.',
    );
  const delivered = await deliveredContent(context, run.purchase.requestId, resultEvent, content.value);
  if (delivered.ok) return success({ ...delivered.value, resultEvent, source });
  return failure('unreadable', delivered.failure.message, delivered.failure.data);
}

/** How often it is looked whether all of a result is there. */
const LOOK_MS = 500;

/** Waits until the result is booked with its file, as long as that takes at most. */
async function untilWhole(run: Run, timeoutMs: number, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; waitedMs < timeoutMs && !signal.aborted; waitedMs += LOOK_MS) {
    if (run.purchase.result !== null && run.file?.ready !== false) return;
    await pause(LOOK_MS, signal);
  }
}
