import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  parseEvent,
  parseInvoice,
  parseJson,
  parseZapReceipt,
  parseZapRequest,
  ZAP_RECEIPT_KIND,
  type NostrEvent,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import type { SaleLoop } from '../sale-loop.ts';
import { lookupIncoming } from './invoice.ts';
import { listenForPaidEvents } from './paid-events.ts';
import { saleOfEvent } from './sale-of-event.ts';

/**
 * Hears zap receipts (NIP-57) for our key on the provider's relays until the signal aborts. A receipt only points to
 * a payment: what counts is that our own wallet has received it, for an invoice that was made for exactly this zap
 * request. A zap pays the job whose request, offer or result it tags, as the first draft of NIP-90 has it. Resolves
 * when every relay that answers has sent what it stored; `idle` waits for what is under way then.
 */
export function listenForZaps(
  context: ProviderContext,
  loop: Pick<SaleLoop, 'moneyReceived' | 'broke'>,
  signal: AbortSignal,
): Promise<{ readonly idle: () => Promise<void> }> {
  return listenForPaidEvents(context, ZAP_RECEIPT_KIND, (event) => takeZap(context, loop, event), {
    onError: (error) => loop.broke(error, null),
    signal,
  });
}

/** `false` when the wallet did not answer, so that it is asked again. */
async function takeZap(
  context: ProviderContext,
  loop: Pick<SaleLoop, 'moneyReceived'>,
  event: NostrEvent,
): Promise<boolean> {
  const zap = readZap(event, context.signer.pubkey);
  if (zap === null || !context.wallet) return true;
  const sale = await saleOfEvent(context, zap.eventId);
  if (sale === null) return true;
  const ofSale = await context.ledger.sales.byPaymentHash(zap.paymentHash);
  if (ofSale !== null) return true; // the invoice of an offer or a refund pays only what it was made for
  const found = await lookupIncoming(context.wallet, zap.paymentHash, context.signal);
  if (!found.ok) {
    context.onTrouble(found.failure, sale);
    return false;
  }
  const payment = found.value;
  if (payment?.state !== 'settled') return true;
  await loop.moneyReceived(sale, {
    paymentHash: zap.paymentHash,
    via: 'zap',
    amountMsat: payment.amountMsat,
    receivedAt: payment.settledAt ?? context.now(),
  });
  return true;
}

/** Which payment the receipt points to, and for which event; `null` unless the invoice commits to the zap request. */
function readZap(event: NostrEvent, pubkey: string): { paymentHash: string; eventId: string } | null {
  const receipt = parseZapReceipt(event);
  if (!receipt.ok) return null;
  const { bolt11, description } = receipt.value;
  const asked = parseEvent(parseJson(description));
  const request = asked.ok ? parseZapRequest(asked.value) : asked;
  const invoice = parseInvoice(bolt11);
  if (!request.ok || !invoice.ok || request.value.recipientPubkey !== pubkey) return null;
  const isFor = invoice.value.descriptionHash === bytesToHex(sha256(utf8ToBytes(description)));
  const { eventId } = request.value;
  return isFor && eventId !== null ? { paymentHash: invoice.value.paymentHash, eventId } : null;
}
