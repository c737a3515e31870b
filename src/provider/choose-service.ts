import type { CustomerRecord } from '../ledger/index.ts';
import {
  checkRequest,
  failure,
  kindContract,
  lacksInput,
  MAX_MSAT,
  parseMsat,
  satsToMsat,
  success,
  workCondition,
  type Condition,
  type ExchangeMode,
  type Failure,
  type JobRequest,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import type { TermsByHand } from './by-hand/terms.ts';
import { chooseExchange, sellableBy, type ExchangeRules } from './exchange.ts';
import type { Service } from './handler.ts';
import {
  hasUrls,
  sizeOfRequest,
  type JobSize,
  type Price,
  type PriceFailureCode,
  type RivalOffer,
  type ServiceLoad,
} from './pricing/index.ts';
import { provenWork } from './proven-work.ts';
import { isKnownPayer, NO_RECORD } from './trust-policy.ts';

/** A service that does a request, at a price and by a mode of exchange. */
export interface ChosenService {
  readonly service: Service;
  readonly exchange: ExchangeMode;
  readonly price: Price;
  readonly load: ServiceLoad;
}

/** What decides which service takes a request, and for how much. */
export interface ServiceRules extends ExchangeRules {
  /** `null` while it has not been looked up: then nobody counts as a stranger, and no price that may hang on it is said. */
  readonly record: CustomerRecord | null;
  readonly loadOf: (service: Service) => ServiceLoad;
  /** What was measured of the request since it came; `null` while that is still to be done. */
  readonly size: JobSize | null;
  /** What others ask for the same, cheapest first. */
  readonly rivals: readonly RivalOffer[];
  /** What a person asks for it, where the service is quoted by hand and that is decided. */
  readonly terms?: TermsByHand;
}

/** Why a service does not take a request. */
interface Unfit {
  readonly ok: false;
  readonly failure: Failure;
  /** Whether the customer is told although it named nobody. */
  readonly answer: boolean;
  /** What it would take besides money, machine-readably. */
  readonly conditions?: readonly Condition[];
  /** How far the request came: of several services that do not fit, the nearest one speaks. */
  readonly step: number;
}

/** A service, or why the one that came nearest does not fit. */
export type ServiceChoice = { readonly ok: true; readonly value: ChosenService } | Unfit;

/**
 * The first of these services of one kind that fits the request: that serves its parameters, has room, and costs no more
 * than is bid. Their order is the operator's preference. Throws when there is none to choose from.
 */
export function chooseService(
  request: JobRequest,
  services: readonly Service[],
  rules: ServiceRules,
): ServiceChoice {
  let nearest: Unfit | null = null;
  for (const service of services) {
    const fit = judgeService(request, service, rules);
    if (fit.ok) return fit;
    if (nearest === null || fit.step > nearest.step) nearest = fit;
  }
  if (nearest === null) throw new Error('There is no service to choose.');
  return nearest;
}

/** The most that a request bids: its amount, or the larger of two, as some clients write a range. */
function highestBid({ bid }: Pick<JobRequest, 'bid'>): Msat | null {
  if (bid === null || bid.msat !== null) return bid?.msat ?? null;
  const [one = null, other = null, ...rest] = bid.raw.filter((value) => value !== '').map(parseMsat);
  if (one === null || other === null || rest.length > 0) return null;
  return one > other ? one : other;
}

function judgeService(request: JobRequest, service: Service, rules: ServiceRules): ServiceChoice {
  if (request.followUp !== null) return continueJob(request, service, rules);
  const unserved = unservedParam(request, service);
  if (unserved !== null) return { ...refuse(0, 'not-served', unserved), answer: false };
  const contract = service.contract ?? kindContract(service.kind);
  if (lacksInput(contract, request))
    return refuse(1, 'missing-input', 'The request needs an `i` tag to work on.');
  const checked = checkRequest(contract, request);
  if (!checked.ok) return { ...checked, answer: true, step: 1 };
  if (
    service.quotedByHand === true &&
    service.opensFilesByHand !== true &&
    request.files.some(({ encryption }) => encryption !== null)
  )
    return refuse(1, 'input-unsupported', 'Encrypted files are not opened here; send their text instead.');
  const load = rules.loadOf(service);
  const unworked = lackingWork(request, [service], rules);
  if (unworked !== null) return unworked;
  const { queueLimit = Number.POSITIVE_INFINITY, concurrency } = service;
  if (load.running + load.waiting >= concurrency + queueLimit)
    return refuse(3, 'over-capacity', 'Too many jobs are waiting here; try again later.');
  return priceService(request, service, load, rules);
}

/**
 * What was agreed is neither held against the kind's contract nor refused for want of room: the first step was. Before it
 * is looked up nothing is against the request.
 */
function continueJob(request: JobRequest, service: Service, rules: ServiceRules): ServiceChoice {
  const load = rules.loadOf(service);
  return rules.terms === undefined
    ? success({ service, load, exchange: 'free', price: { amountMsat: service.priceMsat, note: null } })
    : priceByHand(request, { ...service, quotedByHand: true }, load, rules);
}

function priceService(
  request: JobRequest,
  service: Service,
  load: ServiceLoad,
  rules: ServiceRules,
): ServiceChoice {
  const bid = highestBid(request);
  if (bid !== null && bid < service.priceMsat) return tooLow(service.priceMsat);
  if (service.quotedByHand === true) return priceByHand(request, service, load, rules);
  if (isPriceOpen(request, service, rules))
    // Neither the price nor, with it, the mode can be told yet: nothing is against the request so far.
    return success({ service, load, exchange: 'free', price: { amountMsat: service.priceMsat, note: null } });
  const priced = priceOf(request, service, load, rules);
  if (!priced.ok) return { ...priced, answer: false, step: 4 };
  const price = priced.value;
  if (bid !== null && bid < price.amountMsat) return tooLow(price.amountMsat);
  const exchange = chooseExchange(request, service, price.amountMsat, rules);
  return exchange === null
    ? noCommonExchange(request, service, price.amountMsat, rules)
    : success({ service, exchange, price, load });
}

/**
 * What a person asks may lie above the bid: the customer decides. Before anything is asked, the request is worth a
 * person's look if it could be sold at all, however quick the work turns out to be.
 */
function priceByHand(
  request: JobRequest,
  service: Service,
  load: ServiceLoad,
  rules: ServiceRules,
): ServiceChoice {
  const { terms } = rules;
  const amountMsat = terms?.amountMsat ?? highestBid(request) ?? A_SAT;
  const { usualSeconds, worstSeconds } = terms ?? { usualSeconds: 1, worstSeconds: 1 };
  const timed = { ...service, usualSeconds, worstSeconds };
  const exchange = chooseExchange(request, timed, amountMsat, rules);
  const isUnpayable = exchange === 'free' && (terms?.amountMsat ?? 0n) > 0n;
  if (exchange === null || isUnpayable) return noCommonExchange(request, timed, amountMsat, rules);
  const idle = { ...load, running: 0, waiting: 0 }; // the person has counted its other work into the times
  const price = { amountMsat, note: terms?.note ?? null };
  return success({ service: timed, exchange, price, load: idle });
}

/** Any price that every mode of exchange can carry. */
const A_SAT = satsToMsat(1);

function noCommonExchange(
  request: JobRequest,
  service: Service,
  amountMsat: Msat,
  rules: ExchangeRules,
): Unfit {
  const { payable, balanceMsat } = rules;
  const whateverIsPrepaid = { ...rules, balanceMsat: MAX_MSAT };
  if (chooseExchange(request, service, amountMsat, whateverIsPrepaid) === 'balance')
    return { ...balanceTooLow(amountMsat, balanceMsat), answer: false };
  const offered = sellableBy(service, amountMsat).filter((mode) => payable.has(mode));
  const otherwise = (change: Partial<JobRequest>) =>
    chooseExchange({ ...request, ...change }, service, amountMsat, rules) !== null;
  const ecash = otherwise({ mints: [] })
    ? `: ecash is taken of ${namedMints(rules.mints)}, which the request does not name`
    : otherwise({ mints: [], expiresAt: null })
      ? ': the work may take longer than the request lets ecash be locked'
      : '';
  const message = `No way of payment suits both sides${ecash}.`;
  return { ...refuse(5, 'no-common-exchange', message, { offered }), answer: false };
}

/** So many mints are named in a sentence. */
const MAX_NAMED_MINTS = 3;

function namedMints(mints: readonly string[]): string {
  return mints.slice(0, MAX_NAMED_MINTS).join(', ');
}

/** Whether something is still to be found out that the price hangs on: who asks, or what lies behind its URLs. */
function isPriceOpen(request: JobRequest, { pricing }: Service, { size, record }: ServiceRules): boolean {
  if (pricing === undefined || pricing.isFixed) return false;
  return record === null || (size === null && pricing.measuresUrls && hasUrls(request));
}

/** What the service asks for the job. */
function priceOf(
  request: JobRequest,
  { pricing, priceMsat }: Service,
  load: ServiceLoad,
  { size, record, rivals }: ServiceRules,
): Outcome<Price, PriceFailureCode> {
  if (pricing === undefined || pricing.isFixed) return success({ amountMsat: priceMsat, note: null });
  const { rivalry } = pricing;
  return pricing.price({
    request,
    size: size ?? sizeOfRequest(request),
    load,
    record: record ?? NO_RECORD,
    rivals: rivalry === null ? [] : rivals.filter((rival) => rivalry.isRival?.(rival.providerPubkey) ?? true),
  });
}

/** A value that the request asks for and this service does not serve, in words; `null` when there is none. */
function unservedParam(request: JobRequest, { servesParams = new Map() }: Service): string | null {
  for (const [name, served] of servesParams) {
    const asked = request.params.get(name)?.[0];
    if (asked !== undefined && !served.includes(asked))
      return `For "${name}" only ${served.join(', ')} can be asked for.`;
  }
  return null;
}

/**
 * What is to be said to a stranger whose request shows less work than each of the services asks for; `null` when one of
 * them may take it.
 */
export function lackingWork(
  request: JobRequest,
  services: readonly Service[],
  rules: Pick<ServiceRules, 'loadOf' | 'record'>,
): Unfit | null {
  const least = Math.min(...services.map((service) => workAskedOf(service, rules)));
  if (provenWork(request.event) >= least) return null;
  const message = `The request needs ${least} bits of proof of work (NIP-13), as this key has never paid here.`;
  return {
    ...refuse(2, 'pow-needed', message, { bits: least }),
    conditions: [workCondition(least)],
  };
}

/** Strangers have to show work where the service asks for it; who has paid has shown enough. */
function workAskedOf(service: Service, { loadOf, record }: Pick<ServiceRules, 'loadOf' | 'record'>): number {
  const { proofOfWorkBits = 0 } = service;
  if (record === null || isKnownPayer(record)) return 0;
  return typeof proofOfWorkBits === 'number' ? proofOfWorkBits : proofOfWorkBits(loadOf(service));
}

function balanceTooLow(amountMsat: Msat, balanceMsat: Msat): Unfit {
  const shortfallMsat = (amountMsat - balanceMsat).toString();
  const message = `The price is ${amountMsat} msat, of which ${shortfallMsat} msat are not prepaid: top the balance up.`;
  return refuse(5, 'balance-too-low', message, { shortfallMsat });
}

function tooLow(amountMsat: Msat): Unfit {
  const data = { amountMsat: amountMsat.toString() };
  return { ...refuse(4, 'bid-too-low', `The price is ${amountMsat} msat.`, data), answer: false };
}

function refuse(
  step: number,
  code: string,
  message: string,
  data?: Readonly<Record<string, unknown>>,
): Unfit {
  return { ...failure(code, message, data), answer: true, step };
}
