import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { failure, isHex32, parseInvoice, type Invoice, type Msat } from '../protocol/index.ts';
import { begin, newOperation, selectFromPurse } from './begin.ts';
import type { EcashContext, EcashOutcome, TrustedMintAccess } from './context.ts';
import type { WireMeltQuote } from './mint-answers.ts';
import { invalidAnswer } from './mint-failure.ts';
import { blankOutputs, unblind, type UnblindedProof } from './outputs.ts';
import {
  endDone,
  endFailed,
  inputStandings,
  restoreOutputs,
  sumOf,
  witnessedInputs,
  type Settlement,
} from './settle.ts';
import { endStale } from './stale-counters.ts';
import type { EcashOperation } from './store.ts';

/** Asks the mint what an invoice costs, chooses pieces, and writes the payment down (NUT-05). */
export async function beginMelt(
  context: EcashContext,
  mint: TrustedMintAccess,
  wish: { readonly id: string; readonly bolt11: string; readonly feeLimitMsat: Msat },
  signal: AbortSignal,
): Promise<EcashOutcome<EcashOperation>> {
  const amount = payableSats(context, wish.bolt11);
  if (!amount.ok) return amount;
  const quote = await mint.client.createMeltQuote(wish.bolt11, signal);
  if (!quote.ok) return quote;
  const amountSat = BigInt(quote.value.amount);
  const reserveSat = BigInt(quote.value.fee_reserve ?? 0);
  if (amountSat !== amount.value) return invalidAnswer('it asks for another amount than the invoice.');
  const givesChange = await mint.keyring.givesChange(signal);
  if (!givesChange.ok) return givesChange;
  return context.inTurn('choose', async () => {
    const chosen = await selectFromPurse(context, mint, amountSat + reserveSat, signal);
    if (!chosen.ok) return chosen;
    const { proofs, netSat, feeSat } = chosen.value.selection;
    const keepsSat = feeSat + (givesChange.value ? reserveSat : netSat - amountSat);
    if (keepsSat * 1000n > wish.feeLimitMsat) return feeTooHigh(keepsSat, givesChange.value);
    const keyset = await mint.keyring.active(signal);
    if (!keyset.ok) return keyset;
    const operation = newOperation(context, {
      id: wish.id,
      kind: 'melt',
      mintUrl: mint.client.url,
      amountSat,
      outputs: await blankOutputs(context, keyset.value, netSat - amountSat),
      quote: quote.value.quote,
      bolt11: wish.bolt11,
      feeLimitMsat: wish.feeLimitMsat,
    });
    return begin(context, operation, { ownYs: proofs.map(({ y }) => y) });
  });
}

function feeTooHigh(keepsSat: bigint, givesChange: boolean) {
  const message = givesChange
    ? 'The mint may keep more in fees than was allowed.'
    : 'The mint gives no change (NUT-08) and would keep more than was allowed: send it the exact pieces.';
  return failure('fee-too-high', message, { feeSat: keepsSat.toString() });
}

/** What an invoice costs in whole sats, rounded up; refused when it is broken, expired or of another network. */
function payableSats(context: EcashContext, bolt11: string): EcashOutcome<bigint> {
  const invoice = parseInvoice(bolt11);
  if (!invoice.ok) return failure('invalid-invoice', invoice.failure.message);
  const { network, amountMsat, expiresAt } = invoice.value;
  if (network !== context.network)
    return failure(
      'invalid-invoice',
      `This wallet pays on ${context.network}, the invoice is for ${network}.`,
    );
  if (amountMsat === null || expiresAt <= context.now())
    return failure('invalid-invoice', 'The invoice names no amount or has expired.');
  return { ok: true, value: (amountMsat + 999n) / 1000n };
}

/** Brings a payment to its end; while the mint says that it is under way, or nothing, it stays open. */
export async function finishMelt(settlement: Settlement): Promise<EcashOutcome<EcashOperation>> {
  const { context, mint, operation, signal } = settlement;
  const quoteId = operation.quote ?? '';
  const before = await mint.client.meltQuote(quoteId, signal);
  if (!before.ok) return before;
  if (before.value.state !== 'UNPAID') return judge(settlement, before.value);
  const stale = await endStale(settlement);
  if (stale !== null) return stale;
  const answer = await mint.client.melt(quoteId, witnessedInputs(settlement), operation.outputs, signal);
  context.checkpoint('mint-answered');
  if (!answer.ok && answer.failure.code === 'mint-unreachable') return answer;
  const after = await mint.client.meltQuote(quoteId, signal);
  if (!after.ok) return after;
  if (after.value.state !== 'UNPAID') return judge(settlement, after.value);

  const standings = await inputStandings(settlement);
  if (!standings.ok) return standings;
  if (standings.value.some(({ state }) => state === 'PENDING')) return stillPaying();
  const spentYs = standings.value.flatMap(({ y, state }) => (state === 'SPENT' ? [y] : []));
  if (spentYs.length > 0) {
    const unproven = failure('unproven-payment', 'The mint took the ecash and says that it did not pay.');
    return endFailed(settlement, unproven.failure, { spentYs });
  }
  const refused = answer.ok
    ? failure('payment-failed', 'The mint could not pay the invoice.').failure
    : answer.failure;
  return endFailed(settlement, refused);
}

/** Books a payment that the mint says it made: only the preimage proves it. */
async function judge(settlement: Settlement, quote: WireMeltQuote): Promise<EcashOutcome<EcashOperation>> {
  if (quote.state !== 'PAID') return stillPaying();
  const change = await changeOf(settlement, quote);
  if (!change.ok) return change;
  const { operation, inputs } = settlement;
  const invoice = parseInvoice(operation.bolt11 ?? '');
  const preimage = quote.payment_preimage ?? '';
  if (!invoice.ok || !opens(preimage, invoice.value)) {
    const spentYs = inputs.map(({ y }) => y);
    const unproven = failure(
      'unproven-payment',
      'The mint says that it paid, and shows no preimage of the invoice.',
    );
    return endFailed(settlement, unproven.failure, { spentYs, made: change.value });
  }
  const keptSat = sumOf(inputs) - operation.amountSat - sumOf(change.value);
  return endDone(settlement, change.value, { preimage, feeSat: keptSat > 0n ? keptSat : 0n });
}

function stillPaying() {
  return failure('mint-pending', 'The mint is paying the invoice: ask again later.');
}

function opens(preimage: string, { paymentHash }: Invoice): boolean {
  return isHex32(preimage) && bytesToHex(sha256(hexToBytes(preimage))) === paymentHash;
}

/** The change that the quote carries, or that the mint restores where the quote forgot it (NUT-08). */
async function changeOf(
  settlement: Settlement,
  quote: WireMeltQuote,
): Promise<EcashOutcome<UnblindedProof[]>> {
  const signatures = quote.change ?? [];
  const { outputs } = settlement.operation;
  if (signatures.length > 0 && signatures.length <= outputs.length) {
    const change = unblind(outputs.slice(0, signatures.length), signatures, settlement.keysets);
    if (change.ok) return change;
  }
  const restored = await restoreOutputs(settlement);
  return restored.ok ? { ok: true, value: restored.value ?? [] } : restored;
}
