import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { pause } from '../../clock/index.ts';
import type { Sale } from '../../ledger/index.ts';
import {
  findTag,
  parseEvent,
  parseInvoice,
  parseJson,
  parseZapReceipt,
  parseZapRequest,
  ZAP_RECEIPT_KIND,
  type NostrEvent,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { createIntakeLane } from '../intake-lane.ts';
import type { SaleLoop } from '../sale-loop.ts';

/** Receipts of earlier zaps that are looked at after a start. */
const MAX_STORED_RECEIPTS = 1000;
/** How long a wallet that does not answer is left alone before it is asked again. */
const ASK_AGAIN_MS = 5000;

/**
 * Hears zap receipts (NIP-57) for our key on the provider's relays until the signal aborts. A receipt only points to
 * a payment: what counts is that our own wallet has received it, for an invoice that was made for exactly this zap
 * request. A zap pays the job whose request, offer or result it tags, as the first draft of NIP-90 has it. Resolves
 * when every relay that answers has sent what it stored; `idle` waits for what is under way then.
 */
export async function listenForZaps(
  context: ProviderContext,
  loop: SaleLoop,
  signal: AbortSignal,
): Promise<{ readonly idle: () => Promise<void> }> {
  const lane = createIntakeLane({
    handle: async (event) => {
      if (await takeZap(context, loop, event)) return;
      void pause(ASK_AGAIN_MS, signal).then(() => lane.add(event));
    },
    onError: (error) => loop.broke(error, null),
    onOverflow: () =>
      context.onTrouble({ code: 'flooded', message: 'More zap receipts arrive than can be checked.' }, null),
    signal,
  });
  const since = context.now() - context.limits.maxRequestAgeSeconds;
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: [
      { kinds: [ZAP_RECEIPT_KIND], '#p': [context.signer.pubkey], since, limit: MAX_STORED_RECEIPTS },
    ],
    onEvent: (event) => lane.add(event),
    signal,
  });
  return { idle: () => lane.idle() };
}

/** `false` when the wallet did not answer, so that it is asked again. */
async function takeZap(context: ProviderContext, loop: SaleLoop, event: NostrEvent): Promise<boolean> {
  const zap = readZap(event, context.signer.pubkey);
  if (zap === null || !context.wallet) return true;
  const sale = await saleOfEvent(context, zap.eventId);
  if (sale === null) return true;
  const ofSale = await context.ledger.sales.byPaymentHash(zap.paymentHash);
  if (ofSale !== null) return true; // the invoice of an offer or a refund pays only what it was made for
  const found = await context.wallet.lookup({ paymentHash: zap.paymentHash }, { signal: context.signal });
  if (!found.ok) {
    context.onTrouble(found.failure, sale);
    return false;
  }
  const payment = found.value;
  if (payment?.direction !== 'incoming' || payment.state !== 'settled') return true;
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

/** The sale whose request, offer or result that event is. */
async function saleOfEvent(context: ProviderContext, eventId: string): Promise<Sale | null> {
  const { ledger, signer } = context;
  const requested = await ledger.sales.get(signer.pubkey, eventId);
  if (requested !== null) return requested;
  const said = await ledger.outbox.get(eventId);
  const requestId = said?.event.pubkey === signer.pubkey ? findTag(said.event, 'e')?.[1] : undefined;
  return requestId === undefined ? null : ledger.sales.get(signer.pubkey, requestId);
}
