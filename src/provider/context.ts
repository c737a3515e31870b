import type { Checkpoint, Ledger, Sale, SaleChange } from '../ledger/index.ts';
import {
  orThrow,
  satsToMsat,
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
import type { AccessPolicy } from './access.ts';
import type { BalanceLimits } from './balance/balance-limits.ts';
import type { EcashDesk } from './ecash-desk.ts';
import type { Service } from './handler.ts';
import type { FetchInput } from './input-file.ts';
import type { FileDesk } from './output/file-desk.ts';
import type { OpenPaidFetch } from './paid-fetch.ts';
import type { MeasureDesk } from './pricing/index.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** Bounds of one provider; each has a default that suits a small machine. */
export interface ProviderLimits {
  /**
   * Sales worked on or waited for at once; beyond it requests are refused with `over-capacity`. Unpaid offers to
   * strangers take at most four fifths of them, and make room for customers that have paid before.
   */
  readonly openSales: number;
  /** Unpaid offers to one customer that never paid here, at once. */
  readonly offersPerStranger: number;
  /** Unpaid offers to one customer that did. */
  readonly offersPerPayer: number;
  /** Requests of one customer per minute; beyond it they are refused, once in a minute with `rate-limited`. */
  readonly requestsPerMinute: number;
  /** The same for all customers together that never paid here. */
  readonly strangersPerMinute: number;
  /** Refusals told per minute; what is refused beyond them is not answered. */
  readonly refusalsPerMinute: number;
  /** What all customers together may owe for work that is done before it is paid. */
  readonly unpaidMsat: Msat;
  /** How long an offer can be taken. */
  readonly offerSeconds: number;
  /** Jobs that may take longer are not sold by a hold: locked money blocks every node on its way. */
  readonly holdSeconds: number;
  /** Partial content published of a job that is paid only when it is done, in characters. */
  readonly unpaidPartialChars: number;
  /** The share of what was made so far that such partial content shows at most, 0 to 1. */
  readonly unpaidPartialShare: number;
  /** A request older than this at first sight is not served. */
  readonly maxRequestAgeSeconds: number;
  /** All inputs of one job together. */
  readonly inputBytes: number;
  /** A result's text where there is no server for files; larger output fails with `result-too-large`. */
  readonly resultBytes: number;
  /** A result's text where there is one: what is larger is stored there, as relays refuse it. */
  readonly inlineBytes: number;
  /** One file that is a result; a larger one fails with `result-too-large`. */
  readonly fileBytes: number;
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
  offersPerStranger: 200,
  offersPerPayer: 2000,
  requestsPerMinute: 120,
  strangersPerMinute: 60_000,
  refusalsPerMinute: 6000,
  unpaidMsat: satsToMsat(100_000),
  offerSeconds: 300,
  holdSeconds: 600,
  unpaidPartialChars: 1000,
  unpaidPartialShare: 0.5,
  maxRequestAgeSeconds: 3600,
  inputBytes: 10_000_000,
  resultBytes: 200_000,
  inlineBytes: 32_768,
  fileBytes: 32 * 2 ** 20,
  partialsPerJob: 50,
  attempts: 3,
  leaseSeconds: 20,
  sweepSeconds: 10,
  refundClaimSeconds: 30 * 86_400,
};

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
  /** The person's key that runs us, as announcements name it; `null` names nobody. */
  readonly operatorPubkey: string | null;
  /** Who sells, as customers read it; `null` names nobody. */
  readonly sellerName: string | null;
  readonly fetchInput: FetchInput | null;
  /** `null` stores no files: results are what relays take. */
  readonly files: FileDesk | null;
  /** `null` lets no handler pay for what it fetches. */
  readonly paidFetch: OpenPaidFetch | null;
  /** `null` pays no refund to lightning addresses: each customer has to claim what is owed to it. */
  readonly resolveRefundInvoice: ResolveRefundInvoice | null;
  readonly limits: ProviderLimits;
  readonly balanceLimits: BalanceLimits;
  readonly trust: TrustPolicy;
  /** Whether this process answers for all that share its books, where one answer is enough. */
  readonly speaks: () => boolean;
  /** Whether signs of life are given: a person's workbench does so in its hours only. */
  readonly isPresent: () => boolean;
  readonly access: AccessPolicy;
  readonly measures: MeasureDesk;
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

/** What it takes to move a sale and to tell its customer, whoever decides on it. */
export type SaleMover = Pick<
  ProviderContext,
  'signer' | 'ledger' | 'relayUrls' | 'now' | 'onChange' | 'onTrouble'
>;

/** Moves a sale and tells of it; `null` when somebody else moved it first, which is not an error. */
export async function move(
  context: Pick<ProviderContext, 'ledger' | 'onChange' | 'onTrouble'>,
  seen: Sale,
  change: SaleChange,
): Promise<Sale | null> {
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
  context: Pick<ProviderContext, 'relayUrls'>,
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
  context: Pick<ProviderContext, 'signer' | 'relayUrls'>,
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
