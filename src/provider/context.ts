import type { Checkpoint, Ledger, Sale, SaleChange } from '../ledger/index.ts';
import {
  orThrow,
  sealAnswer,
  type Dialect,
  type Failure,
  type JobRequest,
  type Msat,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { Signer } from '../keys/index.ts';
import type { Wallet } from '../money/index.ts';
import type { EcashDesk } from './ecash-desk.ts';
import type { Service } from './handler.ts';
import type { OpenPaidFetch } from './paid-fetch.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** Bounds of one provider; each has a default that suits a small machine. */
export interface ProviderLimits {
  /** Sales worked on or waited for at once; beyond it requests are refused with `over-capacity`. */
  readonly openSales: number;
  /** Requests of one customer per minute; beyond it they are dropped. */
  readonly requestsPerMinute: number;
  /** How long an offer can be taken. */
  readonly offerSeconds: number;
  /** Jobs that may take longer are not sold by a hold: locked money blocks every node on its way. */
  readonly holdSeconds: number;
  /** Partial content published of a job that is paid only when it is done, in characters. */
  readonly unpaidPartialChars: number;
  /** A request older than this at first sight is not served. */
  readonly maxRequestAgeSeconds: number;
  /** All inputs of one job together. */
  readonly inputBytes: number;
  /** A result's content; larger output fails with `result-too-large`. */
  readonly resultBytes: number;
  /** Partial results and notes published per job. */
  readonly partialsPerJob: number;
  /** How often work is tried before the job fails with `too-many-attempts`. */
  readonly attempts: number;
  /** How long a crashed worker keeps its job before another takes over. */
  readonly leaseSeconds: number;
  /** How often open sales are looked at even though nothing told us to. */
  readonly sweepSeconds: number;
  /** How long money that is owed to a customer waits for its claim; later it counts as unclaimed, and a claim still works. */
  readonly refundClaimSeconds: number;
}

/** The limits of a provider that names none. */
export const DEFAULT_LIMITS: ProviderLimits = {
  openSales: 10_000,
  requestsPerMinute: 120,
  offerSeconds: 300,
  holdSeconds: 600,
  unpaidPartialChars: 1000,
  maxRequestAgeSeconds: 3600,
  inputBytes: 10_000_000,
  resultBytes: 200_000,
  partialsPerJob: 50,
  attempts: 3,
  leaseSeconds: 20,
  sweepSeconds: 10,
  refundClaimSeconds: 30 * 86_400,
};

/** Fetches the bytes behind a URL under guard (no private addresses, size and time limits). */
export type FetchInput = (
  url: string,
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
) => Promise<Outcome<{ readonly contentType: string | null; readonly body: Uint8Array }>>;

/**
 * Has a lightning address (LUD-16) make an invoice for what is owed to its owner. The description hash is that of
 * the metadata which the address showed, so that the invoice can be held against it.
 */
export type ResolveRefundInvoice = (wanted: {
  readonly lud16: string;
  readonly amountMsat: Msat;
  readonly comment: string;
  readonly signal: AbortSignal;
}) => Promise<Outcome<{ readonly bolt11: string; readonly descriptionHash: string }>>;

/** What every stage of a sale works with. */
export interface ProviderContext {
  readonly signer: Signer;
  readonly ledger: Ledger;
  readonly wallet: Wallet | null;
  /** `null` takes and gives no ecash. */
  readonly ecash: EcashDesk | null;
  readonly relays: RelayPool;
  /** Relays the provider chose: where it listens, and whose OK counts as delivered. */
  readonly relayUrls: readonly string[];
  readonly services: readonly Service[];
  readonly dialects: readonly Dialect[];
  /** Our lightning address; `null` sells nothing for zaps. */
  readonly lud16: string | null;
  readonly fetchInput: FetchInput | null;
  /** `null` lets no handler pay for what it fetches. */
  readonly paidFetch: OpenPaidFetch | null;
  /** `null` pays no refund to lightning addresses: each customer has to claim what is owed to it. */
  readonly resolveRefundInvoice: ResolveRefundInvoice | null;
  readonly limits: ProviderLimits;
  readonly trust: TrustPolicy;
  /** Whether the payment for work that its customer cancels midway is kept; otherwise it goes back. */
  readonly keepsPaymentOfCancelledWork: boolean;
  /** Unix seconds. */
  readonly now: () => number;
  readonly checkpoint: Checkpoint;
  /** Told of every committed move of a sale. */
  readonly onChange: (sale: Sale) => void;
  /** Told of trouble that no customer caused: a silent wallet, a relay that refuses a result. */
  readonly onTrouble: (trouble: Failure, sale: Sale | null) => void;
  /** Aborts when the provider closes. */
  readonly signal: AbortSignal;
}

/** Moves a sale and tells of it; `null` when somebody else moved it first, which is not an error. */
export async function move(context: ProviderContext, seen: Sale, change: SaleChange): Promise<Sale | null> {
  const moved = await context.ledger.sales.change(seen, change);
  if (moved.ok) {
    context.onChange(moved.value);
    return moved.value;
  }
  if (moved.failure.code === 'illegal-move') context.onTrouble(moved.failure, seen);
  return null;
}

/** Where an answer to this request goes: our own relays decide, the customer's are told as well. */
export function answerRelays(
  context: ProviderContext,
  requested: readonly string[],
): { readonly relays: readonly string[]; readonly alsoRelays: readonly string[] } {
  const own = new Set(context.relayUrls);
  const alsoRelays = requested.filter((url) => !own.has(url) && isPublicRelay(url)).slice(0, MAX_ALSO_RELAYS);
  return { relays: context.relayUrls, alsoRelays };
}

const MAX_ALSO_RELAYS = 5;

/** A stranger's relay hint may not point us at machines behind our firewall: names over TLS only. */
function isPublicRelay(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const name = hostname.replace(/\.$/, '');
  const isAddress = /^[\d.]+$/.test(name) || name.startsWith('[');
  const isLocalName =
    !name.includes('.') || /\.(local|localhost|internal|intranet|lan|home|arpa)$/.test(name);
  return protocol === 'wss:' && !isAddress && !isLocalName;
}

/**
 * Signs the template and wraps it for the outbox towards this request's customer. What was asked in ciphertext is
 * answered in the same scheme.
 */
export async function answer(
  context: ProviderContext,
  request: Pick<JobRequest, 'customerPubkey' | 'relays' | 'scheme'>,
  template: Parameters<Signer['sign']>[0],
  expiresAt?: number,
): Promise<{
  readonly event: NostrEvent;
  readonly relays: readonly string[];
  readonly alsoRelays: readonly string[];
  readonly expiresAt?: number;
}> {
  const { scheme, customerPubkey: peerPubkey } = request;
  const readable =
    scheme === null
      ? template
      : orThrow(await sealAnswer(template, { peerPubkey, scheme, ciphers: context.signer }));
  const event = await context.signer.sign(readable);
  const where = answerRelays(context, request.relays);
  return expiresAt === undefined ? { event, ...where } : { event, ...where, expiresAt };
}
