import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { parseInvoice, type LightningNetwork } from '../bolt11.ts';
import { parseEvent, type NostrEvent } from '../event.ts';
import type { Msat } from '../msat.ts';
import { failure, success, type Failure, type Outcome } from '../outcome.ts';
import { parseJson } from '../untrusted-json.ts';
import { isPreimageOf } from './preimage.ts';
import { parseZapReceipt, type ZapReceipt } from './zap-receipt.ts';
import { parseZapRequest, type ZapRequest } from './zap-request.ts';

/** Says whether id and signature of an event are true; `verifyEvent`, or something faster. */
export type EventCheck = (event: NostrEvent) => boolean | Promise<boolean>;

/** The text of a zap request has at most this many characters; it travels in a URL. */
const MAX_ZAP_REQUEST_CHARS = 16_384;

/**
 * Why a zap request is not served. `malformed-zap-request`: no event, or one that breaks NIP-57 (`data.cause`,
 * `data.tag`). `bad-signature`: not signed by its author. The rest: it is for another recipient, amount or signer
 * of receipts, or the amount is outside of what is accepted.
 */
export type ZapRequestRefusal =
  | 'malformed-zap-request'
  | 'bad-signature'
  | 'wrong-recipient'
  | 'wrong-amount'
  | 'amount-out-of-range'
  | 'wrong-receipt-signer';

/** A zap request that may be given an invoice, and what the invoice must commit to. */
export interface CheckedZapRequest {
  readonly zapRequest: ZapRequest;
  /** The text to store: the receipt must repeat it exactly. */
  readonly description: string;
  /** SHA-256 of the text, hex: the invoice's description hash. */
  readonly descriptionHash: string;
}

/**
 * Checks a zap request as the LNURL server of its recipient (NIP-57 D), before an invoice is made: the `nostr`
 * query parameter, against the `amount` parameter and what the server announced.
 */
export async function checkZapRequest(
  text: string,
  server: {
    readonly recipientPubkey: string;
    /** The key that signs the receipts. */
    readonly nostrPubkey: string;
    /** The `amount` query parameter. */
    readonly amountMsat: Msat;
    readonly minMsat: Msat;
    readonly maxMsat: Msat;
    readonly verify: EventCheck;
  },
): Promise<Outcome<CheckedZapRequest, ZapRequestRefusal>> {
  const read = readZapRequest(text);
  if (!read.ok) return failure('malformed-zap-request', read.failure.message, causeOf(read.failure));
  const zapRequest = read.value;
  if (zapRequest.recipientPubkey !== server.recipientPubkey)
    return failure('wrong-recipient', 'The zap request is for somebody else.');
  if (zapRequest.amountMsat !== null && zapRequest.amountMsat !== server.amountMsat)
    return failure('wrong-amount', 'The amount of the zap request is not the one that is asked for.');
  if (server.amountMsat < server.minMsat || server.amountMsat > server.maxMsat)
    return failure('amount-out-of-range', 'The amount is outside of what is accepted here.', {
      minMsat: server.minMsat.toString(),
      maxMsat: server.maxMsat.toString(),
    });
  if (zapRequest.receiptPubkey !== null && zapRequest.receiptPubkey !== server.nostrPubkey)
    return failure('wrong-receipt-signer', 'The zap request wants its receipt signed by another key.');
  if (!(await server.verify(zapRequest.event)))
    return failure('bad-signature', 'The zap request is not signed by its author.');
  return success({ zapRequest, description: text, descriptionHash: hashOf(text) });
}

/**
 * Why a zap receipt is not believed. `malformed-receipt`, `malformed-zap-request` and `invalid-invoice` give the
 * cause in `data.cause`; `inconsistent` names the tag (`data.tag`) in which receipt and request disagree.
 */
export type ZapReceiptRefusal =
  | 'malformed-receipt'
  | 'malformed-zap-request'
  | 'invalid-invoice'
  | 'zaps-not-offered'
  | 'wrong-signer'
  | 'bad-signature'
  | 'wrong-recipient'
  | 'inconsistent'
  | 'wrong-description'
  | 'wrong-amount'
  | 'wrong-network'
  | 'wrong-lnurl'
  | 'wrong-preimage';

/** What the recipient's LNURL endpoint says about zaps, as its owner's profile led to it. */
export interface ZapEndpoint {
  readonly allowsNostr: boolean;
  /** The key that signs its receipts; `null` when it names none. */
  readonly nostrPubkey: string | null;
  /** Its address in bech32, where it is known. */
  readonly lnurl?: string;
}

/** A zap as its recipient's wallet reports it. Count each payment hash once. */
export interface VerifiedZap {
  readonly receipt: ZapReceipt;
  readonly zapRequest: ZapRequest;
  readonly paymentHash: string;
  readonly amountMsat: Msat;
  /** The receipt shows the preimage: whoever published it knows it, as the payee always does. */
  readonly preimageShown: boolean;
}

/**
 * Checks a zap receipt by every rule of NIP-57 F and some that NIP-57 only implies: who signed it, who signed the
 * request inside, that the invoice commits to exactly that request, amount, network, and that `p`, `e`, `a` and `P`
 * agree. What remains is the word of the recipient's wallet and no proof: a provider asks its own wallet.
 */
export async function verifyZapReceipt(
  event: NostrEvent,
  expected: {
    readonly recipientPubkey: string;
    readonly endpoint: ZapEndpoint;
    readonly network: LightningNetwork;
    readonly verify: EventCheck;
  },
): Promise<Outcome<VerifiedZap, ZapReceiptRefusal>> {
  const { endpoint } = expected;
  const parsed = parseZapReceipt(event);
  if (!parsed.ok) return failure('malformed-receipt', parsed.failure.message, causeOf(parsed.failure));
  const receipt = parsed.value;
  if (!endpoint.allowsNostr || endpoint.nostrPubkey === null)
    return failure('zaps-not-offered', 'The recipient has no wallet that signs zap receipts.');
  if (receipt.signerPubkey !== endpoint.nostrPubkey)
    return failure('wrong-signer', "The receipt is not signed by the recipient's wallet.");
  if (receipt.recipientPubkey !== expected.recipientPubkey)
    return failure('wrong-recipient', 'The zap went to somebody else.');

  const read = readZapRequest(receipt.description);
  if (!read.ok) return failure('malformed-zap-request', read.failure.message, causeOf(read.failure));
  const zapRequest = read.value;
  const contradiction = findContradiction(receipt, zapRequest);
  if (contradiction !== null)
    return failure('inconsistent', `Receipt and zap request disagree in "${contradiction}".`, {
      tag: contradiction,
    });
  if (isOtherLnurl(zapRequest.lnurl, endpoint.lnurl))
    return failure('wrong-lnurl', 'The zap request was for another lightning address.');

  const invoice = parseInvoice(receipt.bolt11);
  if (!invoice.ok) return failure('invalid-invoice', invoice.failure.message, causeOf(invoice.failure));
  const { descriptionHash, amountMsat, network, paymentHash } = invoice.value;
  if (descriptionHash !== hashOf(receipt.description))
    return failure('wrong-description', 'The invoice was made for something else than this zap request.');
  if (network !== expected.network)
    return failure('wrong-network', `The zap was paid on ${network}, not on ${expected.network}.`);
  if (amountMsat === null || (zapRequest.amountMsat !== null && zapRequest.amountMsat !== amountMsat))
    return failure('wrong-amount', 'The invoice is not over the amount of the zap request.');
  const preimageShown = receipt.preimage !== null && isPreimageOf(receipt.preimage, paymentHash);
  // Some wallets put their own reference where the preimage belongs: that proves nothing and refutes nothing.
  if (!preimageShown && receipt.preimage !== null && /^[0-9a-f]{64}$/i.test(receipt.preimage))
    return failure('wrong-preimage', 'The preimage is not that of the invoice.');

  if (!(await expected.verify(event)) || !(await expected.verify(zapRequest.event)))
    return failure('bad-signature', 'The receipt or the zap request in it is not signed by its author.');
  return success({ receipt, zapRequest, paymentHash, amountMsat, preimageShown });
}

function readZapRequest(text: string): Outcome<ZapRequest> {
  if (text.length > MAX_ZAP_REQUEST_CHARS)
    return failure('too-long', `A zap request has at most ${MAX_ZAP_REQUEST_CHARS} characters.`);
  const event = parseEvent(parseJson(text));
  return event.ok ? parseZapRequest(event.value) : event;
}

function causeOf({ code, data }: Failure): Readonly<Record<string, unknown>> {
  return { ...data, cause: code };
}

function findContradiction(receipt: ZapReceipt, zapRequest: ZapRequest): 'p' | 'e' | 'a' | 'P' | null {
  if (receipt.recipientPubkey !== zapRequest.recipientPubkey) return 'p';
  if (receipt.eventId !== zapRequest.eventId) return 'e';
  if (receipt.address !== zapRequest.address) return 'a';
  const senderHidden = receipt.senderPubkey === null;
  const signerWanted = zapRequest.receiptPubkey ?? receipt.signerPubkey;
  if (!senderHidden && receipt.senderPubkey !== zapRequest.senderPubkey) return 'P';
  return signerWanted === receipt.signerPubkey ? null : 'P';
}

/** Compares two bech32 LNURLs by what they point to; texts that are none say nothing. */
function isOtherLnurl(asked: string | null, known: string | undefined): boolean {
  const [left, right] = [decodeLnurl(asked ?? ''), decodeLnurl(known ?? '')];
  return left !== null && right !== null && left !== right;
}

/** Longest LNURL read, in characters. */
const MAX_LNURL_CHARS = 2_048;

function decodeLnurl(text: string): string | null {
  const decoded = bech32.decodeUnsafe(text, MAX_LNURL_CHARS);
  if (decoded?.prefix !== 'lnurl') return null;
  const bytes = bech32.fromWordsUnsafe(decoded.words);
  return bytes ? (URL.parse(new TextDecoder().decode(bytes))?.href ?? null) : null;
}

function hashOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
