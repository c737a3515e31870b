import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { checkInvoice, invoicesPerMinute, type Wallet } from '../money/index.ts';
import {
  checkZapRequest,
  failure,
  formatSats,
  parseMsat,
  success,
  type CheckedZapRequest,
  type EventCheck,
  type Invoice,
  type LightningNetwork,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { isPublicRelay } from './public-relay.ts';
import type { ZapRecords } from './zap-records.ts';

/** Somebody who is paid at a lightning address. */
export interface PayRecipient {
  readonly pubkey: string;
  /** What the payer's wallet shows. */
  readonly description: string;
}

/** What a pay server needs. */
export interface PayServerOptions {
  /** Where it is reached from outside, such as `https://pay.example`. */
  readonly origin: string;
  /** Who has the name before the `@`; `null` when nobody has. */
  readonly recipientOf: (name: string) => PayRecipient | null | Promise<PayRecipient | null>;
  readonly wallet: Wallet;
  /** The wallet's network. */
  readonly network: LightningNetwork;
  /** The key that signs the receipts, as `followZaps` has it. */
  readonly receiptPubkey: string;
  readonly records: ZapRecords;
  readonly verify: EventCheck;
  readonly minMsat: Msat;
  readonly maxMsat: Msat;
  /** Where every receipt goes, besides the relays that the zap request names. */
  readonly relays: readonly string[];
  /** `host:port` pairs of relays that receipts may be sent to although their address is private. */
  readonly allowRelayHosts?: readonly string[];
  /** Invoices made per minute; 600 unless told. */
  readonly invoicesPerMinute?: number;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Answers the requests of LNURL-pay (LUD-06, LUD-16) with zaps (NIP-57). Knows no framework. */
export interface PayServer {
  /** The response, or `null` when the path is not one of ours. */
  handle(request: Request): Promise<Response | null>;
}

const DEFAULT_INVOICES_PER_MINUTE = 600;
const INVOICE_SECONDS = 600;
/** More relays of one zap request are not told: strangers choose them. */
const MAX_ASKED_RELAYS = 5;
const MAX_COMMENT_CHARS = 1_000;
const PATH = /^\/\.well-known\/lnurlp\/([a-z0-9._+-]{1,64})(\/callback)?$/;

type Answer = Outcome<Readonly<Record<string, unknown>>>;

/**
 * Serves lightning addresses. Each invoice commits to the exact zap request it was asked for with, and is booked
 * before it is handed out; `followZaps` publishes the receipts.
 */
export function createPayServer(options: PayServerOptions): PayServer {
  const { origin, wallet, network, now, minMsat, maxMsat } = options;
  const mayAsk = invoicesPerMinute(options.invoicesPerMinute ?? DEFAULT_INVOICES_PER_MINUTE, now);

  return {
    async handle(request) {
      const { pathname, searchParams } = new URL(request.url);
      const [, name, callback] = PATH.exec(pathname) ?? [];
      if (name === undefined) return null;
      if (request.method !== 'GET') return respond(405, failure('method-not-allowed', 'Use GET.'));
      const recipient = await options.recipientOf(name);
      if (recipient === null) return respond(404, failure('unknown-name', 'Nobody is paid under this name.'));
      if (callback === undefined) return respond(200, success(describe(name, recipient)));
      return respond(200, await makeInvoice(name, recipient, searchParams));
    },
  };

  function describe(name: string, recipient: PayRecipient) {
    return {
      tag: 'payRequest',
      callback: `${origin}/.well-known/lnurlp/${name}/callback`,
      minSendable: Number(minMsat),
      maxSendable: Number(maxMsat),
      metadata: metadataOf(name, recipient),
      allowsNostr: true,
      nostrPubkey: options.receiptPubkey,
    };
  }

  function metadataOf(name: string, { description }: PayRecipient): string {
    return JSON.stringify([
      ['text/plain', description],
      ['text/identifier', `${name}@${new URL(origin).host}`],
    ]);
  }

  async function makeInvoice(
    name: string,
    recipient: PayRecipient,
    params: URLSearchParams,
  ): Promise<Answer> {
    const amountMsat = parseMsat(params.get('amount') ?? '');
    if (amountMsat === null || amountMsat < minMsat || amountMsat > maxMsat)
      return failure(
        'amount-out-of-range',
        `Send between ${formatSats(minMsat)} and ${formatSats(maxMsat)}, in millisats.`,
      );
    const text = params.get('nostr');
    const asked = text === null ? null : await readZapRequest(text, recipient, amountMsat);
    if (asked !== null && !asked.ok) return asked;
    if (!mayAsk()) return failure('too-many-invoices', 'Too many want to pay: try again in a minute.');

    const zap = asked === null ? null : asked.value;
    const descriptionHash = zap?.descriptionHash ?? hashOf(metadataOf(name, recipient));
    const invoice = await askWallet(amountMsat, descriptionHash);
    if (invoice === null)
      return failure('wallet-unavailable', 'No payments can be taken now: try again later.');
    if (zap !== null) {
      const booked = await book(invoice, zap, amountMsat);
      if (!booked.ok) return booked;
    }
    return success({ pr: invoice.bolt11, routes: [] });
  }

  async function readZapRequest(
    text: string,
    { pubkey: recipientPubkey }: PayRecipient,
    amountMsat: Msat,
  ): Promise<Outcome<CheckedZapRequest>> {
    const { receiptPubkey: nostrPubkey, verify } = options;
    const rules = { recipientPubkey, nostrPubkey, amountMsat, minMsat, maxMsat, verify };
    const checked = await checkZapRequest(text, rules);
    return checked.ok && checked.value.zapRequest.comment.length > MAX_COMMENT_CHARS
      ? failure('comment-too-long', `A comment has at most ${MAX_COMMENT_CHARS} characters.`)
      : checked;
  }

  /** Makes the invoice and checks that it is what the wallet was asked for; not every wallet can commit to a hash. */
  async function askWallet(amountMsat: Msat, descriptionHash: string): Promise<Invoice | null> {
    const made = await wallet.makeInvoice({ amountMsat, descriptionHash, expirySeconds: INVOICE_SECONDS });
    const checked = checkInvoice({
      bolt11: (made.ok && made.value.bolt11) || '',
      expected: { amountMsat, descriptionHash, network, now: now() },
    });
    return checked.ok ? checked.value : null;
  }

  function book(
    { paymentHash, bolt11, expiresAt }: Invoice,
    { zapRequest, description }: CheckedZapRequest,
    amountMsat: Msat,
  ) {
    const allowed = options.allowRelayHosts ?? [];
    const asked = zapRequest.relays
      .filter((relay) => isPublicRelay(relay, allowed))
      .slice(0, MAX_ASKED_RELAYS);
    const relays = [...new Set([...options.relays, ...asked])];
    return options.records.add({ paymentHash, bolt11, amountMsat, description, relays, expiresAt });
  }
}

function hashOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** LNURL answers in JSON that any web page may read; failures as LUD-01 writes them, and with our code. */
function respond(status: number, answer: Answer): Response {
  const body = answer.ok
    ? answer.value
    : { status: 'ERROR', reason: answer.failure.message, code: answer.failure.code };
  const headers = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' };
  return Response.json(body, { status, headers });
}
