import { pause } from '../clock/index.ts';
import { checkInvoice, lookupDirection, type PaymentRecord, type WalletFailureCode } from '../money/index.ts';
import { failure, msat, parseInvoice, satsToMsat, success, type Msat } from '../protocol/index.ts';
import { begin, newOperation } from './begin.ts';
import type { EcashContext, EcashOutcome, FundingWallet, TrustedMintAccess } from './context.ts';
import type { WireMintQuote } from './mint-answers.ts';
import { invalidAnswer } from './mint-failure.ts';
import { purseOutputs, unblind, type UnblindedProof } from './outputs.ts';
import { endDone, endFailed, restoreOutputs, type Settlement } from './settle.ts';
import { endStale } from './stale-counters.ts';
import type { EcashOperation } from './store.ts';

/** Between two looks at a quote that was just paid; the mint may hear of the payment late. */
const FIRST_LOOK_MS = 100;
const LOOKS = 9;

/** After these answers of the Lightning wallet the payment may still succeed. */
const UNKNOWN_ANSWERS: ReadonlySet<WalletFailureCode> = new Set([
  'wallet-timeout',
  'wallet-unreachable',
  'wallet-internal',
]);
/** A wallet that answers so is away, and can say later what a payment cost; whatever else it answers stays. */
const SILENCE: ReadonlySet<WalletFailureCode> = new Set(['wallet-timeout', 'wallet-unreachable']);
/** After an invoice ran out, a payment that was sent at the last moment still shows within this time. */
const EXPIRY_GRACE_SECONDS = 30;

/** Whether there is a wallet that pays for what is minted under that key. */
export function canBuy({ lightning }: EcashContext, key: string): boolean {
  return lightning !== null && lightning.canPayFor?.(key) !== false;
}

/** Asks the mint for an invoice, checks it, and writes down what will be minted for it (NUT-04). */
export async function beginMint(
  context: EcashContext,
  mint: TrustedMintAccess,
  wish: {
    readonly id: string;
    readonly key: string;
    readonly amountSat: bigint;
    readonly feeLimitMsat: Msat;
  },
  signal: AbortSignal,
): Promise<EcashOutcome<EcashOperation>> {
  if (!canBuy(context, wish.key))
    return failure('payment-failed', 'There is no Lightning wallet to pay the mint with.', {
      reason: 'no-wallet',
    });
  const keyset = await mint.keyring.active(signal);
  if (!keyset.ok) return keyset;
  const quote = await mint.client.createMintQuote(wish.amountSat, signal);
  if (!quote.ok) return quote;
  const bolt11 = quote.value.request;
  const invoice = checkInvoice({
    bolt11,
    expected: { amountMsat: satsToMsat(wish.amountSat), network: context.network, now: context.now() },
  });
  if (!invoice.ok)
    return failure('invalid-invoice', invoice.failure.message, { reason: invoice.failure.code });
  const operation = newOperation(context, {
    id: wish.id,
    kind: 'mint',
    mintUrl: mint.client.url,
    amountSat: wish.amountSat,
    outputs: await purseOutputs(context, keyset.value, wish.amountSat),
    quote: quote.value.quote,
    bolt11,
    feeLimitMsat: wish.feeLimitMsat,
  });
  return begin(context, operation);
}

/** Brings a minting to its end: pays where nobody has, waits until the mint saw it, and takes the ecash once. */
export async function finishMint(settlement: Settlement): Promise<EcashOutcome<EcashOperation>> {
  const { context, mint, operation, signal } = settlement;
  const quoteId = operation.quote ?? '';
  let quote: EcashOutcome<WireMintQuote> = await mint.client.mintQuote(quoteId, signal);
  if (quote.ok && quote.value.state === 'UNPAID') {
    const paid = await payOnce(settlement);
    if (!paid.ok) return paid;
    context.checkpoint('invoice-paid');
    quote = await paidQuote(settlement, quoteId);
  }
  if (!quote.ok) return quote;
  if (quote.value.state === 'UNPAID')
    return failure('mint-pending', 'The invoice is paid, but the mint has not seen it yet: ask again later.');
  return takeMinted(settlement, quoteId);
}

async function takeMinted(settlement: Settlement, quoteId: string): Promise<EcashOutcome<EcashOperation>> {
  const { context, mint, operation, keysets, signal } = settlement;
  const answer = await mint.client.mint(quoteId, operation.outputs, signal);
  context.checkpoint('mint-answered');
  if (answer.ok) {
    const proofs = unblind(operation.outputs, answer.value, keysets);
    if (proofs.ok) return endMinted(settlement, proofs.value);
  } else if (answer.failure.code === 'mint-unreachable') return answer;
  const quote = await mint.client.mintQuote(quoteId, signal);
  if (!quote.ok) return quote;
  if (quote.value.state === 'ISSUED') {
    const restored = await restoreOutputs(settlement);
    if (!restored.ok) return restored;
    if (restored.value !== null) return endMinted(settlement, restored.value);
  }
  // It is paid: the operation stays open, as evidence and for another try.
  return answer.ok ? invalidAnswer('it signed wrongly what was paid for.') : answer;
}

/**
 * Books the ecash with what the way to it cost, as far as the Lightning wallet says. One that will say so later is
 * waited for: the fee is booked once, and a guess would stay in the books.
 */
async function endMinted(
  settlement: Settlement,
  proofs: readonly UnblindedProof[],
): Promise<EcashOutcome<EcashOperation>> {
  const { context, operation, signal } = settlement;
  const invoice = parseInvoice(operation.bolt11 ?? '');
  if (!invoice.ok || context.lightning === null) return endDone(settlement, proofs);
  const payment = { paymentHash: invoice.value.paymentHash, direction: 'outgoing' } as const;
  const paid = await lookupDirection(context.lightning, payment, { signal });
  if (paid.ok && paid.value?.state === 'pending') return costUnknown('it is still being settled.');
  if (!paid.ok && SILENCE.has(paid.failure.code)) return costUnknown(paid.failure.message, paid.failure.code);
  const routingFeeMsat = paid.ok && paid.value?.state === 'settled' ? paid.value.feePaidMsat : null;
  return endDone(settlement, proofs, routingFeeMsat === null ? {} : { routingFeeMsat });
}

function costUnknown(why: string, reason?: WalletFailureCode) {
  const message = `The mint has signed, and what the way to it cost is not known yet; ask again later: ${why}`;
  return failure('mint-pending', message, reason === undefined ? {} : { reason });
}

/** Pays the mint's invoice unless our wallet has, or may have; ends the operation when that cannot be any more. */
async function payOnce(settlement: Settlement): Promise<EcashOutcome<void>> {
  const { context, operation, isFirstTry, signal } = settlement;
  const invoice = parseInvoice(operation.bolt11 ?? '');
  if (!invoice.ok || context.lightning === null) return mayBePaid('there is no Lightning wallet to ask.');
  const { paymentHash, expiresAt } = invoice.value;
  const lookedAt = context.now();
  const payment = { paymentHash, direction: 'outgoing' } as const;
  const known = await lookupDirection(context.lightning, payment, { signal });
  if (!known.ok) return mayBePaid(known.failure.message, known.failure.code);
  if (known.value?.state === 'settled') return success(undefined);
  if (!isGone(known.value)) return mayBePaid('it is under way.');
  if (lookedAt < expiresAt) {
    const stale = await endStale(settlement);
    return stale ?? pay(settlement, context.lightning, paymentHash);
  }
  if (!isFirstTry && lookedAt <= expiresAt + EXPIRY_GRACE_SECONDS)
    return mayBePaid('its invoice has just run out.');
  const lapsed = failure('quote-expired', 'The invoice of the mint expired unpaid: mint anew.');
  return endFailed(settlement, lapsed.failure);
}

async function pay(
  settlement: Settlement,
  lightning: FundingWallet,
  paymentHash: string,
): Promise<EcashOutcome<void>> {
  const { operation, isFirstTry, signal } = settlement;
  const feeLimitMsat = msat(operation.feeLimitMsat ?? 0n);
  const paid = await lightning.pay({ bolt11: operation.bolt11 ?? '', feeLimitMsat }, { signal });
  if (paid.ok) return success(undefined);
  const { code, message } = paid.failure;
  // A refusal is final only if it answers the one call there was: an earlier call may reach the wallet late.
  if (!isFirstTry || UNKNOWN_ANSWERS.has(code)) return mayBePaid(message, code);
  const seen = await lookupDirection(lightning, { paymentHash, direction: 'outgoing' }, { signal });
  if (!seen.ok || !isGone(seen.value)) return mayBePaid(message, code);
  const { reason = code } = paid.failure.data ?? {};
  return endFailed(settlement, failure('payment-failed', message, { reason }).failure);
}

function isGone(record: PaymentRecord | null): boolean {
  return record === null || ['failed', 'canceled', 'expired'].includes(record.state);
}

function mayBePaid(why: string, reason?: WalletFailureCode) {
  const message = `Nobody knows yet whether the mint is paid; ask again later: ${why}`;
  return failure('mint-pending', message, reason === undefined ? {} : { reason });
}

/** The quote once the mint has seen the payment, or as it is after the last look. */
async function paidQuote(
  { mint, signal }: Settlement,
  quoteId: string,
): Promise<EcashOutcome<WireMintQuote>> {
  for (let look = 0; ; look++) {
    const quote = await mint.client.mintQuote(quoteId, signal);
    if (!quote.ok || quote.value.state !== 'UNPAID' || look === LOOKS) return quote;
    await pause(FIRST_LOOK_MS * 2 ** look, signal);
  }
}
