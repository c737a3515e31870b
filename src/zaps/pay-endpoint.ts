import type { GuardedFetch, UrlFailureCode } from '../http/index.ts';
import { isPayableUrl } from '../money/index.ts';
import {
  failure,
  isHex32,
  isRecord,
  MAX_MSAT,
  msat,
  parseJson,
  success,
  type Failure,
  type LightningNetwork,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { encodeLnurl, type PayAddress } from './pay-address.ts';

/** What an LNURL endpoint says about payments to its owner (LUD-06, NIP-57 B). */
export interface PayEndpoint {
  readonly lnurl: string;
  /** Where invoices are asked for. */
  readonly callback: URL;
  readonly minMsat: Msat;
  readonly maxMsat: Msat;
  /** It answers zap requests with receipts. */
  readonly allowsNostr: boolean;
  /** The key that signs the receipts. */
  readonly nostrPubkey: string | null;
  /** What it says about itself, as it stands: plain invoices commit to it (LUD-06). */
  readonly metadata: string;
  /** How many characters of comment it takes (LUD-12). */
  readonly commentChars: number;
}

/**
 * Why an endpoint is of no use, besides all that can go wrong with a URL. `insecure-url`: money is not agreed over
 * plain http. `malformed-endpoint`: the answer is not that of an LNURL. `endpoint-refused`: it said no; `data.reason`
 * has its words (untrusted).
 */
export type PayEndpointFailureCode =
  UrlFailureCode | 'insecure-url' | 'malformed-endpoint' | 'endpoint-refused';

/** How LNURL servers are asked. */
export interface PayClient {
  readonly fetch: GuardedFetch;
  /** The wallet's network; plain http is spoken with play money only, and only to this machine. */
  readonly network: LightningNetwork;
}

/** Answers have a few hundred bytes; some carry a picture. */
const MAX_ANSWER_BYTES = 262_144;
const MAX_REASON_CHARS = 200;

/** Asks an address how its owner is paid. */
export async function resolvePayEndpoint(
  client: PayClient,
  address: PayAddress,
  signal: AbortSignal,
): Promise<Outcome<PayEndpoint, PayEndpointFailureCode>> {
  const answer = await fetchAnswer(client, address.url, signal);
  if (!answer.ok) return answer;
  const { tag, callback, minSendable, maxSendable, allowsNostr, nostrPubkey } = answer.value;
  const { metadata, commentAllowed } = answer.value;
  const callbackUrl = typeof callback === 'string' ? URL.parse(callback) : null;
  const [minMsat, maxMsat] = [readAmount(minSendable), readAmount(maxSendable)];
  if (tag !== 'payRequest' || callbackUrl === null || minMsat === null || maxMsat === null)
    return malformedEndpoint();
  return success({
    lnurl: encodeLnurl(address.url.href),
    callback: callbackUrl,
    minMsat,
    maxMsat,
    allowsNostr: allowsNostr === true,
    nostrPubkey: isHex32(nostrPubkey) ? nostrPubkey : null,
    metadata: typeof metadata === 'string' ? metadata : '',
    commentChars: typeof commentAllowed === 'number' && commentAllowed > 0 ? commentAllowed : 0,
  });
}

/** Asks for the invoice of a zap. What it says is to be checked before it is paid. */
export async function requestZapInvoice(
  client: PayClient,
  { callback, lnurl }: PayEndpoint,
  zap: { readonly amountMsat: Msat; readonly zapRequestJson: string },
  signal: AbortSignal,
): Promise<Outcome<string, PayEndpointFailureCode>> {
  const url = new URL(callback);
  url.searchParams.set('amount', zap.amountMsat.toString());
  url.searchParams.set('nostr', zap.zapRequestJson);
  url.searchParams.set('lnurl', lnurl);
  return fetchInvoice(client, url, signal);
}

/** Asks for a plain invoice (LUD-06), with as much of the comment as is taken. It is to be checked like a zap's. */
export async function requestPlainInvoice(
  client: PayClient,
  { callback, commentChars }: PayEndpoint,
  payment: { readonly amountMsat: Msat; readonly comment: string },
  signal: AbortSignal,
): Promise<Outcome<string, PayEndpointFailureCode>> {
  const url = new URL(callback);
  url.searchParams.set('amount', payment.amountMsat.toString());
  const comment = payment.comment.slice(0, commentChars);
  if (comment !== '') url.searchParams.set('comment', comment);
  return fetchInvoice(client, url, signal);
}

async function fetchInvoice(
  client: PayClient,
  url: URL,
  signal: AbortSignal,
): Promise<Outcome<string, PayEndpointFailureCode>> {
  const answer = await fetchAnswer(client, url, signal);
  if (!answer.ok) return answer;
  const bolt11 = answer.value['pr'];
  return typeof bolt11 === 'string' ? success(bolt11) : malformedEndpoint();
}

async function fetchAnswer(
  { fetch, network }: PayClient,
  url: URL,
  signal: AbortSignal,
): Promise<Outcome<Readonly<Record<string, unknown>>, PayEndpointFailureCode>> {
  if (!isPayableUrl(url, network)) return insecureUrl();
  const fetched = await fetch(url.href, { signal, maxBytes: MAX_ANSWER_BYTES });
  if (!fetched.ok) return refusalIn(fetched.failure.data?.['text']) ?? fetched;
  if (!isPayableUrl(new URL(fetched.value.url), network)) return insecureUrl();
  const text = new TextDecoder().decode(fetched.value.body);
  const answer = parseJson(text);
  return refusalIn(text) ?? (isRecord(answer) ? success(answer) : malformedEndpoint());
}

/** LNURL servers say no in JSON, with whatever status. */
function refusalIn(
  text: unknown,
): { readonly ok: false; readonly failure: Failure<'endpoint-refused'> } | null {
  const answer = typeof text === 'string' ? parseJson(text) : null;
  if (!isRecord(answer) || answer['status'] !== 'ERROR') return null;
  const reason = String(answer['reason']).slice(0, MAX_REASON_CHARS);
  return failure('endpoint-refused', 'The server of this address makes no invoice for this payment.', {
    reason,
  });
}

function readAmount(value: unknown): Msat | null {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return null;
  const amount = BigInt(value);
  return msat(amount < MAX_MSAT ? amount : MAX_MSAT);
}

function insecureUrl() {
  return failure('insecure-url', 'The address leads to plain http: no money is sent there.');
}

function malformedEndpoint() {
  return failure('malformed-endpoint', 'The server of this address does not answer as LNURL says.');
}
