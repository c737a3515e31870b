import * as fc from 'fast-check';
import type {
  ChosenOffer,
  Ledger,
  NewPurchase,
  Order,
  OutgoingEvent,
  Purchase,
  Sale,
  SaleRefund,
} from '../../src/ledger/index.ts';
import { msat, type Failure, type NostrEvent, type Outcome } from '../../src/protocol/index.ts';

export const PROVIDER = 'aa'.repeat(32);
export const CUSTOMER = 'cc'.repeat(32);
export const RELAY = 'wss://relay.example';

let made = 0;

/** 32 bytes of hex that nothing else in this process has. */
export function freshHex(): string {
  return (++made).toString(16).padStart(64, '0');
}

/** An event of the right shape; ledgers store events, they do not verify them. */
export function someEvent(fields: Partial<NostrEvent> = {}): NostrEvent {
  return {
    id: freshHex(),
    pubkey: CUSTOMER,
    created_at: 1_700_000_000,
    kind: 5050,
    tags: [['i', 'hello', 'text']],
    content: 'naïve ☕',
    sig: 'ee'.repeat(64),
    ...fields,
  };
}

export function outgoing(fields: Partial<OutgoingEvent> = {}): OutgoingEvent {
  return { event: someEvent(), relays: [RELAY], ...fields };
}

/** The value of an outcome that must not be a failure. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`${outcome.failure.code}: ${outcome.failure.message}`);
  return outcome.value;
}

/** The code of an outcome that must be a failure. */
export function failureOf(outcome: Outcome<unknown>): Failure['code'] {
  if (outcome.ok) throw new Error('this must have failed');
  return outcome.failure.code;
}

/** An invoice made by hold, not yet paid. */
export function someQuote(amountMsat = 21_000n) {
  return {
    amountMsat: msat(amountMsat),
    validUntil: 1_700_000_300,
    usualSeconds: 2,
    worstSeconds: 20,
    paymentHash: freshHex(),
    preimage: freshHex(),
    bolt11: 'lnbcrt210n1example',
  };
}

/** A refund by an invoice that was not paid yet. */
export function someRefund(): SaleRefund {
  return {
    via: 'claim',
    amountMsat: msat(21_000n),
    bolt11: 'lnbcrt210n1refund',
    paymentHash: freshHex(),
    feePaidMsat: null,
  };
}

export async function openedSale(ledger: Ledger, serviceId = 'echo'): Promise<Sale> {
  return (await ledger.sales.open({ providerPubkey: PROVIDER, serviceId, request: someEvent() })).sale;
}

/** A free sale, ready for a worker. */
export async function acceptedSale(ledger: Ledger): Promise<Sale> {
  return valueOf(await ledger.sales.change(await openedSale(ledger), { work: 'accepted' }));
}

/** A sale whose money is held, ready for a worker. */
export async function lockedSale(ledger: Ledger, serviceId = 'echo'): Promise<Sale> {
  const opened = await openedSale(ledger, serviceId);
  const quoted = await ledger.sales.change(opened, {
    work: 'accepted',
    money: 'quoted',
    exchange: 'hold',
    quote: someQuote(),
  });
  return valueOf(await ledger.sales.change(valueOf(quoted), { money: 'locked', lockedAt: 1_700_000_005 }));
}

/** The claim of one worker. */
export function claimBy(owner: string, limit = 1) {
  return { providerPubkey: PROVIDER, serviceIds: ['echo'], owner, leaseSeconds: 30, limit };
}

export function someOffer(fields: Partial<ChosenOffer> = {}): ChosenOffer {
  return {
    event: someEvent({ kind: 7000, pubkey: PROVIDER }),
    providerPubkey: PROVIDER,
    exchange: 'hold',
    amountMsat: msat(10_000n),
    feeLimitMsat: msat(1_000n),
    bolt11: 'lnbcrt100n1example',
    paymentHash: freshHex(),
    ...fields,
  };
}

export async function openedPurchase(ledger: Ledger, customerPubkey = CUSTOMER): Promise<Purchase> {
  const { purchase } = await ledger.purchases.open({
    request: someEvent({ pubkey: customerPubkey }),
    relays: [RELAY],
    maxAmountMsat: msat(1_000_000n),
    deadlineAt: 1_700_000_600,
    publish: [],
  });
  return purchase;
}

/** The failure with its data; `undefined` when there is none. */
export function whyNot(outcome: Outcome<unknown>): Failure | undefined {
  return outcome.ok ? undefined : outcome.failure;
}

/** A purchase to be booked, which asks for approval. */
export function newPurchase(told: Partial<NewPurchase> = {}): NewPurchase {
  return {
    request: someEvent({ pubkey: CUSTOMER }),
    relays: [RELAY],
    maxAmountMsat: msat(1_000_000n),
    deadlineAt: 1_700_000_600,
    approval: 'ask',
    publish: [],
    ...told,
  };
}

/** An order that may cost 25 sats, fees included. */
export async function openedOrder(ledger: Ledger, orderId = freshHex()): Promise<Order> {
  const plan = { orderId, customerPubkey: CUSTOMER, plan: '{}', maxTotalMsat: msat(25_000n), deadlineAt: 9 };
  return valueOf(await ledger.orders.open(plan)).order;
}

/** A purchase whose offer was approved and can be paid. */
export async function approvedPurchase(
  ledger: Ledger,
  offer: ChosenOffer = someOffer(),
  customerPubkey = CUSTOMER,
): Promise<Purchase> {
  const opened = await openedPurchase(ledger, customerPubkey);
  const offered = valueOf(await ledger.purchases.change(opened, { state: 'offered', offer }));
  return valueOf(await ledger.purchases.change(offered, { state: 'approved' }));
}

/** A step of a random walk: any state, or the n-th that the table lists from where the walk stands. */
export type Step<State> = State | number;

/** Steps of which about half are legal, so that walks get far and still try what is forbidden. */
export function stepsAmong<State extends string>(states: readonly State[]): fc.Arbitrary<Step<State>> {
  return fc.oneof(fc.constantFrom(...states), fc.nat({ max: 5 }));
}

/** Where a step leads from that state; it stays where the table lists nothing. */
export function takeStep<State extends string>(
  moves: Readonly<Record<State, readonly State[]>>,
  from: State,
  step: Step<State> | undefined,
): State {
  if (typeof step !== 'number') return step ?? from;
  const listed = moves[from];
  return listed[step % listed.length] ?? from;
}
