import { unixNow } from '../clock/index.ts';
import { type Checkpoint, type Ledger, type Sale } from '../ledger/index.ts';
import type { Signer } from '../keys/index.ts';
import type { Wallet } from '../money/index.ts';
import {
  areWords,
  failure,
  msat,
  normalizeRelayUrl,
  success,
  type Dialect,
  type ExchangeMode,
  type JobWords,
  type Failure,
  type Outcome,
  type Rescue,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { createComplaintDesk } from './aftercare/complaint.ts';
import { createResendDesk } from './aftercare/resend.ts';
import type { AccessPolicy } from './access.ts';
import { createQuoteDesk, type QuoteDesk } from './by-hand/quote-desk.ts';
import { createAdmissionDesk } from './admission-desk.ts';
import { DEFAULT_BALANCE_LIMITS, type BalanceLimits } from './balance/balance-limits.ts';
import { createBalanceDesk } from './balance/desk.ts';
import { hearDraw } from './balance/hear-draw.ts';
import { announceServices, keepHeartbeat } from './announce.ts';
import {
  DEFAULT_LIMITS,
  type ProviderContext,
  type ProviderLimits,
  type ResolveRefundInvoice,
} from './context.ts';
import type { EcashDesk } from './ecash-desk.ts';
import { sellableBy } from './exchange.ts';
import type { Service } from './handler.ts';
import { fetchNothing, type FetchInput } from './input-file.ts';
import { listenForRequests } from './intake.ts';
import { listenForJobMessages } from './job-inbox.ts';
import { hearClaim } from './refund/claim.ts';
import type { FileDesk } from './output/file-desk.ts';
import type { OpenPaidFetch } from './paid-fetch.ts';
import { listenForNutzaps } from './payment/nutzaps.ts';
import { createTokenInbox } from './payment/token-inbox.ts';
import { listenForZaps } from './payment/zaps.ts';
import { OpenSales } from './open-sales.ts';
import { createMeasureDesk, RivalBook } from './pricing/index.ts';
import { answerPings } from './pongs.ts';
import { MAX_WORST_SECONDS } from './quote.ts';
import { createRescueWatch } from './rescue/watch.ts';
import { watchRivals } from './rival-watch.ts';
import { createSaleLoop } from './sale-loop.ts';
import { createRefusalWatch } from './relay-refusals.ts';
import { joinPump } from './shared-pump.ts';
import { createSpokesman } from './spokesman.ts';
import { trustNobody, type TrustPolicy } from './trust-policy.ts';

/** What a provider needs: who it is, its books, its wallet, its relays and what it sells. */
export interface ProviderOptions {
  readonly signer: Signer;
  readonly ledger: Ledger;
  /** `null` sells only what is free. */
  readonly wallet: Wallet | null;
  /** Takes and gives ecash, for `ecash-htlc`, `nutzap` and refunds; without it nothing is sold by these. */
  readonly ecash?: EcashDesk | null;
  readonly relays: RelayPool;
  /** Where it listens and delivers; an OK from any of these counts as delivered. */
  readonly relayUrls: readonly string[];
  readonly services: readonly Service[];
  /**
   * In which dialects requests are heard; NIP-90 unless told. The first draft (68001) needs relays that store kinds
   * above 65535.
   */
  readonly dialects?: readonly Dialect[];
  /** The lightning address that the wallet serves: announced, and paid to by zaps. */
  readonly lud16?: string;
  /** Fetches `url` inputs; without it jobs with such inputs fail with `input-unsupported`. */
  readonly fetchInput?: FetchInput;
  /** Stores files and large texts; without it, or without a server in it, results are what relays take. */
  readonly files?: FileDesk | null;
  /** Lets handlers pay for what they fetch, as far as their service may spend; see `Service.spendUpToMsat`. */
  readonly paidFetch?: OpenPaidFetch;
  /** Asks lightning addresses for invoices to refund; without it customers claim their refunds. */
  readonly resolveRefundInvoice?: ResolveRefundInvoice;
  readonly limits?: Partial<ProviderLimits>;
  /** How much customers may prepay, for services that are sold by `balance`. */
  readonly balances?: Partial<BalanceLimits>;
  /** How far each customer is trusted, for `postpay`, `sample` and `reveal`; nobody is unless told. */
  readonly trust?: TrustPolicy;
  /** Who is served at all, asked anew for each request; everybody unless told. */
  readonly access?: AccessPolicy;
  /** The person's key that runs this provider, named in its announcements; nobody is named unless told. */
  readonly operatorPubkey?: string;
  /** Who sells, as customers read it in announcements and in the profile of our key; nobody is named unless told. */
  readonly sellerName?: string;
  /** Further keys that we sell under: their offers are no rivals' offers, and their jobs are not rescued. */
  readonly ownPubkeys?: readonly string[];
  /** Whether it starts by showing that it is there, see `Provider.setPresent`; it does unless told. */
  readonly isPresent?: boolean;
  /** Unix seconds; the system clock unless told. */
  readonly now?: () => number;
  /** Told of every committed move of a sale. */
  readonly onChange?: (sale: Sale) => void;
  /** Told of each offer that steps in for somebody else; see `Service.rescue`. */
  readonly onRescue?: (by: Rescue, sale: Sale) => void;
  /** Told of what customers write in private about a job, which may come twice. Untrusted; a restart tells all of it again. */
  readonly onWords?: (words: JobWords) => void;
  /**
   * Told of trouble that an operator should know of: a silent wallet, a relay that refuses a result, a `complaint`. About
   * a request without a sale `data.requestId` says which.
   */
  readonly onTrouble?: (trouble: Failure, sale: Sale | null) => void;
  /** For the crash harness; see `PROVIDER_CHECKPOINTS`. */
  readonly checkpoint?: Checkpoint;
}

/** Places where a crash matters, in the order in which a sale passes them. */
export const PROVIDER_CHECKPOINTS = [
  'provider:before-open',
  'provider:after-open',
  'provider:invoice-made',
  'provider:before-quote-commit',
  'provider:payment-seen',
  'provider:before-work',
  'provider:after-work',
  'provider:before-ready-commit',
  'provider:before-delivered-commit',
  'provider:before-settle',
  'provider:settled-by-wallet',
  'provider:before-release',
  'provider:released-by-wallet',
] as const;

/** The same for a job whose result is a file. */
export const PROVIDER_FILE_CHECKPOINTS = ['provider:file-kept', 'provider:file-stored'] as const;

/** The same for a sale whose money goes back. */
export const PROVIDER_REFUND_CHECKPOINTS = [
  'provider:before-refund-commit',
  'provider:before-refund',
  'provider:refunded-by-wallet',
] as const;

/** Why a provider does not start: its services and its wallet do not fit together. */
export type ProviderStartFailure =
  'no-services' | 'duplicate-service' | 'invalid-service' | 'wallet-needed' | 'wallet-cannot-hold';

/** A running provider. */
export interface Provider {
  readonly pubkey: string;
  /** Where a person answers requests for services that are `quotedByHand`. */
  readonly byHand: QuoteDesk;
  /**
   * Shows signs of life (heartbeats, pongs) from now on, or says that nobody is there and then shows none. Requests are
   * heard and jobs go on in either case.
   */
  setPresent(present: boolean): void;
  /**
   * Stops taking requests, lets running work be finished, delivered and paid for `graceMs` (5 s unless told),
   * then ends it. What is left is taken up again by the next start.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Sells the services until closed. Each request becomes a sale that passes intake → quote → payment →
 * work → delivery; every stage is committed before anybody hears of it, and whatever a crash left open is
 * continued here. Resolves once requests are heard on the relays that answer. Fails with a
 * `ProviderStartFailure`, or with the wallet's own code when a wallet that is needed does not answer.
 */
export async function startProvider(options: ProviderOptions): Promise<Outcome<Provider>> {
  const fit = checkServices(options.services);
  if (!fit.ok) return fit;
  const payable = await payableModes(options);
  if (!payable.ok) return payable;

  const closing = new AbortController();
  const intakeClosing = new AbortController();
  let isPresent = options.isPresent ?? true;
  const context = contextOf(options, () => isPresent, closing.signal);
  const onRescue = guardedListener(options.onRescue ?? (() => undefined), () =>
    context.onTrouble(listenerFailure('onRescue'), null),
  );
  const onWords = guardedListener(options.onWords ?? (() => undefined), () =>
    context.onTrouble(listenerFailure('onWords'), null),
  );
  const sales = new OpenSales();
  const ownPubkeys = [context.signer.pubkey, ...(options.ownPubkeys ?? [])];
  const rivals = new RivalBook(ownPubkeys);
  const admission = createAdmissionDesk(context, { payable: payable.value, sales, rivals });
  const loop = createSaleLoop(context, { sales, admission, rivals });
  const leavePump = joinPump({
    context,
    onPublished: (event) => loop.resultPublished(event),
    onTrouble: (error) => loop.broke(error, null),
    onAnswers: createRefusalWatch(context),
  });
  const balances = createBalanceDesk(context);
  context.wallet?.subscribe(({ payment: { paymentHash } }) => {
    loop.paymentNoticed(paymentHash);
    balances.paymentNoticed(paymentHash);
  }, closing.signal);
  loop.start();
  const listening = AbortSignal.any([closing.signal, intakeClosing.signal]);
  const intake = listenForRequests(context, { loop, sales, admission }, listening);
  const rescues = createRescueWatch({ context, admission, sales, loop, ownPubkeys, onRescue });
  const requote = (requestId: string) => {
    if (!rescues.isRescue(requestId)) loop.requote(requestId); // else it would lose its reason, and its least price
  };
  const watching = watchRivals(context, { rivals, sales, requote }, listening);
  const zaps = listenForZaps(context, loop, closing.signal);
  const nutzaps = listenForNutzaps(context, loop, closing.signal);
  const takeToken = createTokenInbox(context, loop);
  const [resend, hearComplaint] = [createResendDesk(context), createComplaintDesk(context)];
  const inbox = listenForJobMessages(
    context,
    async (message) => {
      if (message.type === 'token') takeToken(message);
      if (message.type === 'draw') await hearDraw(context, loop, message);
      await balances.hear(message);
      if (areWords(message)) onWords(message);
      if (message.type === 'resend') await resend(message);
      if (message.type === 'complaint') await hearComplaint(message);
      const sale = message.type === 'refund-claim' ? await hearClaim(context, message) : null;
      if (sale !== null) loop.step(sale.requestId, sale);
    },
    AbortSignal.any([closing.signal, intakeClosing.signal]),
  );
  const shutDown = async (graceMs: number) => {
    intakeClosing.abort();
    await loop.finishRunning(graceMs);
    closing.abort();
    const left = leavePump();
    await (await intake).idle();
    await rescues.idle();
    await (await inbox).idle();
    await loop.stopped();
    await balances.stopped();
    await left;
  };
  let beat: () => void;
  try {
    await Promise.all([
      intake,
      rescues.listen(listening),
      watching,
      zaps,
      nutzaps,
      answerPings(context, listening),
    ]);
    beat = keepHeartbeat(context, await announceServices(context, context.services));
  } catch (error) {
    await shutDown(0);
    throw error;
  }

  let closed: Promise<void> | null = null;
  return success({
    pubkey: context.signer.pubkey,
    byHand: createQuoteDesk(context, { loop, admission }),
    setPresent(present) {
      isPresent = present;
      beat();
    },
    close: ({ graceMs = 5000 } = {}) => (closed ??= shutDown(graceMs)),
  });
}

function contextOf(options: ProviderOptions, isPresent: () => boolean, signal: AbortSignal): ProviderContext {
  const onTrouble = guardedListener(options.onTrouble ?? (() => undefined), () => undefined);
  const listenerFailed = () => onTrouble(listenerFailure('onChange'), null);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const now = options.now ?? unixNow;
  return {
    signer: options.signer,
    ledger: options.ledger,
    wallet: options.wallet,
    ecash: options.ecash ?? null,
    relays: options.relays,
    relayUrls: options.relayUrls.map((url) => normalizeRelayUrl(url) ?? url),
    services: options.services,
    dialects: options.dialects ?? ['nip-90'],
    lud16: options.lud16 ?? null,
    operatorPubkey: options.operatorPubkey ?? null,
    sellerName: options.sellerName ?? null,
    fetchInput: options.fetchInput ?? null,
    files: options.files?.servers.length ? options.files : null,
    paidFetch: options.paidFetch ?? null,
    resolveRefundInvoice: options.resolveRefundInvoice ?? null,
    limits,
    balanceLimits: { ...DEFAULT_BALANCE_LIMITS, ...options.balances },
    trust: options.trust ?? trustNobody,
    access: options.access ?? (() => 'open'),
    measures: createMeasureDesk(options.fetchInput ?? fetchNothing, limits.inputBytes),
    isPresent,
    speaks: createSpokesman({ ledger: options.ledger, signer: options.signer, now, signal }),
    now,
    checkpoint: options.checkpoint ?? (() => undefined),
    onChange: guardedListener(options.onChange ?? (() => undefined), listenerFailed),
    onTrouble,
    signal,
  };
}

const listenerFailure = (listener: string): Failure => ({
  code: 'listener-failed',
  message: `The listener \`${listener}\` threw an error.`,
});

/** What listens to sales must not be able to stop them. */
function guardedListener<Told extends readonly unknown[]>(
  listener: (...told: Told) => void,
  onError: () => void,
): (...told: Told) => void {
  return (...told) => {
    try {
      listener(...told);
    } catch {
      onError();
    }
  };
}

function checkServices(services: readonly Service[]): Outcome<void, ProviderStartFailure> {
  if (services.length === 0) return failure('no-services', 'A provider needs at least one service to sell.');
  const ids = new Set<string>();
  for (const service of services) {
    const problem = serviceProblem(service);
    if (problem)
      return failure('invalid-service', `Service ${service.id}: ${problem}`, { service: service.id });
    if (ids.has(service.id))
      return failure('duplicate-service', `Two services are called ${service.id}; give each its own id.`, {
        service: service.id,
      });
    ids.add(service.id);
  }
  return success(undefined);
}

function serviceProblem(service: Service): string | null {
  if (!Number.isInteger(service.kind) || service.kind < 5000 || service.kind > 5999)
    return `kind ${service.kind} is not a job request kind (5000 to 5999).`;
  if (service.id === '' || service.id.length > 100) return 'the id must have 1 to 100 characters.';
  if (!(service.worstSeconds > 0) || service.worstSeconds > MAX_WORST_SECONDS)
    return `worstSeconds must be 1 to ${MAX_WORST_SECONDS}.`;
  if (!Number.isInteger(service.concurrency) || service.concurrency < 1)
    return 'concurrency must be at least 1.';
  if (service.queueLimit !== undefined && !(service.queueLimit >= 0)) return 'queueLimit must be 0 or more.';
  if (service.pricing !== undefined && service.pricing.fromMsat !== service.priceMsat)
    return 'priceMsat must be the least that its pricing asks.';
  if (service.pricing !== undefined && service.quotedByHand === true)
    return 'it is quoted by hand or by its pricing, not both.';
  return null;
}

/** What may ever ask for money. */
function isPriced({ priceMsat, pricing, quotedByHand, exchanges }: Service): boolean {
  const mayBePaid = quotedByHand === true && exchanges?.every((mode) => mode === 'free') !== true;
  return priceMsat > 0n || pricing !== undefined || mayBePaid;
}

/** Any price at all. */
const A_PRICE = msat(1n);

/** The modes that the services and the wallet allow together. */
async function payableModes(options: ProviderOptions): Promise<Outcome<ReadonlySet<ExchangeMode>>> {
  const priced = options.services.filter(isPriced);
  if (priced.length === 0) return success(new Set<ExchangeMode>(['free']));
  const payable = new Set<ExchangeMode>(['free']);
  if (options.ecash) payable.add('ecash-htlc').add('nutzap');
  if (!options.wallet && !options.ecash)
    return failure(
      'wallet-needed',
      'A service has a price but there is no wallet to be paid to; give an NWC connection.',
    );
  if (options.wallet) {
    const capabilities = await options.wallet.capabilities();
    if (!capabilities.ok) return capabilities;
    for (const mode of ['prepay', 'postpay', 'sample', 'balance'] as const) payable.add(mode);
    if (capabilities.value.hold) payable.add('hold').add('reveal');
    if (options.lud16 !== undefined) payable.add('zap');
  }
  const unpayable = priced.find((service) => !sellableBy(service, A_PRICE).some((mode) => payable.has(mode)));
  if (unpayable)
    return failure(
      'wallet-cannot-hold',
      `Service ${unpayable.id} is sold by hold invoices only, which the wallet cannot make.`,
      { service: unpayable.id },
    );
  return success(payable);
}
