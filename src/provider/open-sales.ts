import { isFinalWork, UNPAID_WORK_MODES, type Sale } from '../ledger/index.ts';
import { msat, readFollowUp, type ExchangeMode, type Msat, type NostrEvent } from '../protocol/index.ts';
import type { Service } from './handler.ts';
import type { ServiceLoad } from './pricing/index.ts';
import { provenWork } from './proven-work.ts';

/**
 * What a sale takes up. `offer`: it is booked and nobody has paid; `waiting`: its work may begin; `working`: it has
 * begun; `delivering`: its result is on its way, or its payment; `ending`: only its money still goes somewhere.
 */
type SaleBurden = 'offer' | 'waiting' | 'working' | 'delivering' | 'ending';

/** What of a sale tells how much it weighs. */
export type WeighedSale = Pick<
  Sale,
  'requestId' | 'customerPubkey' | 'serviceId' | 'request' | 'work' | 'money' | 'exchange' | 'quote'
>;

interface Entry {
  readonly customerPubkey: string;
  readonly serviceId: string;
  readonly burden: SaleBurden;
  /** Proof of work that its request shows, in bits. */
  readonly work: number;
  /** The step of an earlier job that it is; `null` for a job of its own. */
  readonly step: string | null;
  /** What is worked for or delivered on trust. */
  readonly unpaidMsat: bigint;
  /** Whether the ledger has it. */
  readonly isBooked: boolean;
}

/** Customers that are remembered to have paid. */
const MAX_PAYERS = 20_000;
/** What offers count as until they are booked. */
const CLAIMED_OFFERS = 'claimed offers';
/** How much the latest job counts for how long jobs take. */
const LEARNING_RATE = 0.2;

/**
 * The open sales of a provider as far as they weigh on it: how many there are, for whom, and what of it could be given
 * up. Kept in memory along with the ledger, which the first sweep after a start reads in full.
 */
export class OpenSales {
  readonly #entries = new Map<string, Entry>();
  /** Sales of a burden, by burden, by customer and by service. */
  readonly #counts = new Map<string, number>();
  /** Unpaid offers of whom we do not know to have paid, by the work they show, oldest first. */
  readonly #strangersOffers = new Map<number, Set<string>>();
  /** Which request takes a step of an earlier job. */
  readonly #steps = new Map<string, string>();
  readonly #unpaidByCustomer = new Map<string, bigint>();
  readonly #payers = new Set<string>();
  /** How long jobs of a service take lately. */
  readonly #secondsPerJob = new Map<string, number>();
  #unpaidMsat = 0n;

  /** Books a sale that is about to be opened, so that requests arriving meanwhile find its place taken. */
  claim(claim: {
    readonly request: NostrEvent;
    readonly serviceId: string;
    readonly exchange: ExchangeMode;
    readonly amountMsat: Msat;
  }): void {
    const { request, serviceId, exchange, amountMsat } = claim;
    const isUnpaidWork = UNPAID_WORK_MODES.includes(exchange);
    this.#put(request.id, {
      customerPubkey: request.pubkey,
      serviceId,
      burden: isUnpaidWork ? 'waiting' : 'offer',
      work: provenWork(request),
      step: stepOf(request),
      unpaidMsat: isUnpaidWork ? amountMsat : 0n,
      isBooked: this.#entries.get(request.id)?.isBooked ?? false,
    });
  }

  /** Takes over what a sale is now. */
  note(sale: WeighedSale): void {
    if (sale.money === 'settled' && (sale.work === 'delivered' || sale.work === 'closed'))
      this.rememberPayer(sale.customerPubkey);
    const known = this.#entries.get(sale.requestId);
    this.#put(sale.requestId, {
      customerPubkey: sale.customerPubkey,
      serviceId: sale.serviceId,
      burden: burdenOf(sale),
      work: known?.work ?? provenWork(sale.request),
      step: known === undefined ? stepOf(sale.request) : known.step,
      unpaidMsat: unpaidOf(sale),
      isBooked: true,
    });
  }

  /** The sale is over, or was never opened. */
  forget(requestId: string): void {
    this.#put(requestId, null);
  }

  /** Whether another request than this one is being answered, or worked for, as the same step of an earlier job. */
  isStepOpen(request: NostrEvent): boolean {
    const taker = this.#steps.get(stepOf(request) ?? '');
    return taker !== undefined && taker !== request.id;
  }

  has(requestId: string): boolean {
    return this.#entries.has(requestId);
  }

  /** The requests of those that are booked. */
  bookedRequestIds(): string[] {
    return [...this.#entries].flatMap(([requestId, { isBooked }]) => (isBooked ? [requestId] : []));
  }

  /** Sales that are worked on or waited for. */
  size(): number {
    return this.#entries.size - this.#count('ending');
  }

  /** How busy a service is, without the sale of that request. */
  loadOf({ id, concurrency, usualSeconds }: Service, except: string): ServiceLoad {
    const { serviceId, burden } = this.#entries.get(except) ?? {};
    const others = (of: SaleBurden) =>
      this.#count(`${of} ${id}`) - (serviceId === id && burden === of ? 1 : 0);
    const secondsPerJob = this.#secondsPerJob.get(id) ?? usualSeconds;
    return { running: others('working'), waiting: others('waiting'), concurrency, secondsPerJob };
  }

  /** Learns from a job of the service that took so long. */
  learnDuration(serviceId: string, seconds: number): void {
    const before = this.#secondsPerJob.get(serviceId) ?? seconds;
    this.#secondsPerJob.set(serviceId, before + (seconds - before) * LEARNING_RATE);
  }

  offersOf(customerPubkey: string): number {
    return this.#count(`offer ${customerPubkey}`);
  }

  /** Unpaid offers to strangers, and those that are about to be booked for whomever. */
  strangersOffers(): number {
    let count = this.#count(CLAIMED_OFFERS);
    for (const offers of this.#strangersOffers.values()) count += offers.size;
    return count;
  }

  /** What is worked for or delivered on trust, all together, or for one customer; without the sale of that request. */
  unpaidMsat(of: { readonly customerPubkey?: string; readonly except?: string } = {}): Msat {
    const all = of.customerPubkey === undefined ? this.#unpaidMsat : this.#unpaidOf(of.customerPubkey);
    return msat(all - (this.#entries.get(of.except ?? '')?.unpaidMsat ?? 0n));
  }

  /** The unpaid offer of a stranger that is given up first: the one with the least work, of those the oldest. */
  cheapestOffer(): {
    readonly requestId: string;
    readonly customerPubkey: string;
    readonly work: number;
  } | null {
    const levels = [...this.#strangersOffers].filter(([, offers]) => offers.size > 0);
    if (levels.length === 0) return null;
    const [work, offers] = levels.reduce((least, level) => (level[0] < least[0] ? level : least));
    const [requestId = ''] = offers;
    const entry = this.#entries.get(requestId);
    return entry === undefined ? null : { requestId, customerPubkey: entry.customerPubkey, work };
  }

  /** That offer is being given up, and makes room only once. */
  setAside(requestId: string): void {
    for (const offers of this.#strangersOffers.values()) offers.delete(requestId);
  }

  isPayer(customerPubkey: string): boolean {
    return this.#payers.has(customerPubkey);
  }

  /** The customer is no stranger: its offers are given up for nobody. */
  rememberPayer(customerPubkey: string): void {
    if (this.#payers.has(customerPubkey)) return;
    const [oldest] = this.#payers;
    if (this.#payers.size >= MAX_PAYERS && oldest !== undefined) this.#payers.delete(oldest);
    this.#payers.add(customerPubkey);
    if (this.offersOf(customerPubkey) === 0) return;
    for (const offers of this.#strangersOffers.values())
      for (const requestId of offers)
        if (this.#entries.get(requestId)?.customerPubkey === customerPubkey) offers.delete(requestId);
  }

  /** The customer left something unpaid since. */
  forgetPayer(customerPubkey: string): void {
    this.#payers.delete(customerPubkey);
  }

  #put(requestId: string, entry: Entry | null): void {
    const before = this.#entries.get(requestId);
    if (before !== undefined) this.#weigh(before, -1);
    if (before?.step && this.#steps.get(before.step) === requestId) this.#steps.delete(before.step);
    if (entry === null) this.#entries.delete(requestId);
    else {
      this.#entries.set(requestId, entry);
      if (entry.step !== null && entry.burden !== 'ending') this.#steps.set(entry.step, requestId);
      this.#weigh(entry, 1);
    }
    const isStrangers =
      entry?.burden === 'offer' && entry.isBooked && !this.#payers.has(entry.customerPubkey);
    if (!isStrangers) this.#strangersOffers.get(before?.work ?? -1)?.delete(requestId);
    else this.#levelOf(entry.work).add(requestId); // a second time keeps its age
  }

  #weigh({ burden, customerPubkey, serviceId, unpaidMsat, isBooked }: Entry, sign: 1 | -1): void {
    for (const key of [burden, `${burden} ${customerPubkey}`, `${burden} ${serviceId}`]) this.#add(key, sign);
    if (burden === 'offer' && !isBooked) this.#add(CLAIMED_OFFERS, sign);
    if (unpaidMsat === 0n) return;
    this.#unpaidMsat += unpaidMsat * BigInt(sign);
    const left = this.#unpaidOf(customerPubkey) + unpaidMsat * BigInt(sign);
    if (left === 0n) this.#unpaidByCustomer.delete(customerPubkey);
    else this.#unpaidByCustomer.set(customerPubkey, left);
  }

  #levelOf(work: number): Set<string> {
    const level = this.#strangersOffers.get(work) ?? new Set<string>();
    this.#strangersOffers.set(work, level);
    return level;
  }

  #unpaidOf(customerPubkey: string): bigint {
    return this.#unpaidByCustomer.get(customerPubkey) ?? 0n;
  }

  #count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #add(key: string, difference: number): void {
    const count = this.#count(key) + difference;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

function stepOf({ pubkey, tags }: NostrEvent): string | null {
  const followUp = readFollowUp(tags);
  return followUp === null ? null : `${pubkey} ${followUp.requestId} ${followUp.step} ${followUp.number}`;
}

function burdenOf({ work, money }: WeighedSale): SaleBurden {
  if (work === 'received') return 'offer';
  if (work === 'accepted') return money === 'quoted' ? 'offer' : 'waiting';
  if (work === 'working') return 'working';
  return isFinalWork(work) ? 'ending' : 'delivering';
}

/** As the books count it in a customer's record. */
function unpaidOf({ exchange, money, work, quote }: WeighedSale): bigint {
  const isOnTrust = exchange !== 'free' && UNPAID_WORK_MODES.includes(exchange);
  const isUnpaid = money === 'none' || money === 'quoted';
  const isOwed = ['accepted', 'working', 'ready', 'delivered'].includes(work);
  return isOnTrust && isUnpaid && isOwed ? (quote?.amountMsat ?? 0n) : 0n;
}
