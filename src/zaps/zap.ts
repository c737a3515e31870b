import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Signer } from '../keys/index.ts';
import {
  checkInvoice,
  feeLimitOf,
  payReserved,
  type InvoiceCheckCode,
  type PaymentFailureCode,
  type SpendingLimits,
  type SpendingRefusal,
  type Wallet,
} from '../money/index.ts';
import {
  buildZapRequest,
  failure,
  findTag,
  formatAddress,
  success,
  type EventCheck,
  type Invoice,
  type Msat,
  type NostrEvent,
  type Outcome,
  type VerifiedZap,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { parsePayAddress } from './pay-address.ts';
import {
  requestZapInvoice,
  resolvePayEndpoint,
  type PayClient,
  type PayEndpoint,
  type PayEndpointFailureCode,
} from './pay-endpoint.ts';
import { awaitReceipt } from './receipt-wait.ts';

/** Who zaps, and with what. */
export interface ZapSender extends PayClient {
  readonly signer: Signer;
  readonly wallet: Wallet;
  readonly spend: SpendingLimits;
  /** Where the receipt is looked for. */
  readonly relays: RelayPool;
  readonly verify: EventCheck;
  /** Unix seconds. */
  readonly now: () => number;
}

/** What to zap. */
export interface ZapOrder {
  /** The recipient's `lud16` or `lud06`: a lightning address or an LNURL. */
  readonly payTo: string;
  readonly amountMsat: Msat;
  /** An event, whose author is paid, or a person, whatever event of anybody's the zap is about. */
  readonly target: { readonly event: NostrEvent } | { readonly pubkey: string; readonly about?: NostrEvent };
  /** Where the receipt should be published. */
  readonly relays: readonly string[];
  /** Public words for the recipient. */
  readonly comment?: string;
  /** How long to wait for the receipt after paying; not at all unless told. */
  readonly receiptTimeoutMs?: number;
  /** Told when it is paid, before the receipt is waited for. */
  readonly onPaid?: () => void;
}

/** A zap that was paid. */
export interface SentZap {
  readonly zapRequest: NostrEvent;
  readonly paymentHash: string;
  /** Our proof of payment; the receipt is only the recipient's word. */
  readonly preimage: string;
  readonly feePaidMsat: Msat;
  /** `null` when none was awaited or none came. */
  readonly receipt: VerifiedZap | null;
}

/**
 * Why nothing was sent, or not surely: see the codes of its parts. `zaps-not-offered`: the address takes payments,
 * but its server knows no zaps. `amount-out-of-range`: `data` has what it takes.
 */
export type ZapFailureCode =
  | 'malformed-pay-address'
  | 'zaps-not-offered'
  | 'amount-out-of-range'
  | PayEndpointFailureCode
  | InvoiceCheckCode
  | SpendingRefusal
  | PaymentFailureCode;

/**
 * Zaps an event or a person (NIP-57): asks the recipient's server for an invoice that commits to exactly our zap
 * request, checks it, pays it once within the limits, and waits for the receipt if told to.
 */
export async function zap(
  sender: ZapSender,
  order: ZapOrder,
  signal: AbortSignal,
): Promise<Outcome<SentZap, ZapFailureCode>> {
  const agreed = await agreeOnZap(sender, order, signal);
  if (!agreed.ok) return agreed;
  const { endpoint, zapRequest, invoice } = agreed.value;
  const { bolt11, paymentHash, expiresAt } = invoice;
  const { wallet, now, spend } = sender;
  const feeLimitMsat = feeLimitOf(order.amountMsat);
  const reserved = await spend.reserve({
    amountMsat: order.amountMsat,
    feeLimitMsat,
    counterparty: recipientOf(order),
    purpose: 'zap',
    paymentHash,
    bolt11,
  });
  if (!reserved.ok) return reserved;
  const reservation = reserved.value;
  const paid = await payReserved({
    wallet,
    reservation,
    bolt11,
    paymentHash,
    feeLimitMsat,
    expiresAt,
    now,
    signal,
  });
  if (!paid.ok) return paid;
  order.onPaid?.();
  const receipt = await findReceipt(sender, order, endpoint, bolt11, signal);
  return success({ zapRequest, paymentHash, ...paid.value, receipt });
}

/** What agreeing on a zap takes: nothing that pays. */
export type ZapAsker = Pick<ZapSender, 'fetch' | 'network' | 'signer' | 'now'>;

/** A zap that can be paid: the invoice commits to the request. */
export interface AgreedZap {
  readonly endpoint: PayEndpoint;
  readonly zapRequest: NostrEvent;
  readonly invoice: Invoice;
}

/** Asks the recipient's server for the invoice of a zap and checks it, for whoever pays it by other means. */
export async function agreeOnZap(
  asker: ZapAsker,
  order: ZapOrder,
  signal: AbortSignal,
): Promise<Outcome<AgreedZap, ZapFailureCode>> {
  const endpoint = await findEndpoint(asker, order, signal);
  if (!endpoint.ok) return endpoint;
  const zapRequest = await signZapRequest(asker, order, endpoint.value);
  const invoice = await agreeInvoice(asker, order, endpoint.value, zapRequest, signal);
  if (!invoice.ok) return invoice;
  return success({ endpoint: endpoint.value, zapRequest, invoice: invoice.value });
}

async function findEndpoint(
  sender: ZapAsker,
  { payTo, amountMsat }: ZapOrder,
  signal: AbortSignal,
): Promise<Outcome<PayEndpoint, ZapFailureCode>> {
  const address = parsePayAddress(payTo);
  if (!address.ok) return address;
  const endpoint = await resolvePayEndpoint(sender, address.value, signal);
  if (!endpoint.ok) return endpoint;
  const { allowsNostr, nostrPubkey, minMsat, maxMsat } = endpoint.value;
  if (!allowsNostr || nostrPubkey === null)
    return failure('zaps-not-offered', 'The server of this address knows no zaps: pay it in another way.');
  if (amountMsat < minMsat || amountMsat > maxMsat)
    return failure('amount-out-of-range', 'The server of this address does not take this amount.', {
      minMsat: minMsat.toString(),
      maxMsat: maxMsat.toString(),
    });
  return endpoint;
}

function signZapRequest(
  { signer, now }: ZapAsker,
  order: ZapOrder,
  { lnurl }: PayEndpoint,
): Promise<NostrEvent> {
  const { target, amountMsat, relays, comment } = order;
  const template = buildZapRequest({
    recipientPubkey: recipientOf(order),
    amountMsat,
    relays,
    lnurl,
    ...('event' in target ? zappedEvent(target.event) : target.about ? zappedEvent(target.about) : {}),
    ...(comment === undefined ? {} : { comment }),
    createdAt: now(),
  });
  return signer.sign(template);
}

function recipientOf({ target }: ZapOrder): string {
  return 'event' in target ? target.event.pubkey : target.pubkey;
}

function zappedEvent(event: NostrEvent) {
  const { id, kind, pubkey } = event;
  const isAddressable = kind >= 30_000 && kind < 40_000;
  const address = formatAddress({ kind, pubkey, identifier: findTag(event, 'd')?.[1] ?? '' });
  return { zapped: { id, kind }, ...(isAddressable ? { address } : {}) };
}

/** Gets an invoice for the zap request and checks that it is for that request, that amount and that network. */
async function agreeInvoice(
  sender: ZapAsker,
  { amountMsat }: ZapOrder,
  endpoint: PayEndpoint,
  zapRequest: NostrEvent,
  signal: AbortSignal,
): Promise<Outcome<Invoice, ZapFailureCode>> {
  const zapRequestJson = JSON.stringify(zapRequest);
  const bolt11 = await requestZapInvoice(sender, endpoint, { amountMsat, zapRequestJson }, signal);
  if (!bolt11.ok) return bolt11;
  return checkInvoice({
    bolt11: bolt11.value,
    expected: {
      amountMsat,
      network: sender.network,
      now: sender.now(),
      descriptionHash: bytesToHex(sha256(utf8ToBytes(zapRequestJson))),
    },
  });
}

async function findReceipt(
  { relays: pool, network, verify }: ZapSender,
  order: ZapOrder,
  endpoint: PayEndpoint,
  bolt11: string,
  signal: AbortSignal,
): Promise<VerifiedZap | null> {
  const { receiptTimeoutMs: timeoutMs, relays } = order;
  if (timeoutMs === undefined) return null;
  return awaitReceipt(
    { endpoint, recipientPubkey: recipientOf(order), bolt11 },
    { pool, relays, network, verify, timeoutMs, signal },
  );
}
