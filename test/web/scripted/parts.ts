import type { EngineCalls, EngineTopics, RunResult, RunState } from '../../../web/engine/contract.ts';
import type { JobRow, WorkbenchState } from '../../../web/engine/work-contract.ts';
import type { ComparedOffer } from '../../../src/customer/index.ts';
import type { ListedService } from '../../../src/directory/index.ts';
import { EXCHANGE_RISKS, msat, type NostrEvent } from '../../../src/protocol/index.ts';

/** What the engine tells in one test. */
export interface Scene {
  readonly topics: { readonly [Topic in keyof EngineTopics]?: EngineTopics[Topic]['state'] };
  /** What was written about each of several requests, in the place of the topic. */
  readonly words?: Readonly<Record<string, EngineTopics['words']['state']>>;
  readonly calls?: { readonly [Name in keyof EngineCalls]?: EngineCalls[Name]['output'] };
}

/** Unix seconds. */
export const NOW = Math.floor(Date.now() / 1000);
/** An event that everything is about. */
export const ID = 'a'.repeat(64);
/** Two keys. */
export const CUSTOMER = 'b'.repeat(64);
export const PROVIDER = 'c'.repeat(64);

/** Somebody with a wallet of play money, called so. */
export function signedIn(name: string): Scene['topics'] {
  return {
    session: {
      step: 'signed-in',
      session: { pubkey: CUSTOMER, by: 'extension', name, canSign: true },
    },
    wallet: {
      by: 'nwc',
      network: 'regtest',
      isPlayMoney: true,
      balanceMsat: msat(5_000_000n),
      budgetMsat: null,
      spentMsat: msat(0n),
      reachable: true,
    },
    'ecash-held': null,
    relays: [{ url: 'wss://relay.example', connected: true, trouble: null }],
    services: { listing: { services: [], setAside: [], silentRelays: [] }, looking: false },
  };
}

/** An event of the customer's. */
export function event(kind: number, content: string, input = ''): NostrEvent {
  return {
    id: ID,
    pubkey: CUSTOMER,
    created_at: NOW,
    kind,
    tags: [['i', input, 'text']],
    content,
    sig: 'd'.repeat(128),
  };
}

/** A run that waits for offers, or one that brought this. */
export function runWith(result: DeliveredParts | null, input = ''): RunState {
  return {
    about: input,
    purchase: {
      requestId: ID,
      customerPubkey: CUSTOMER,
      request: event(5050, '', input),
      relays: ['wss://relay.example'],
      state: result === null ? 'requested' : 'received',
      maxAmountMsat: msat(10_000n),
      deadlineAt: NOW + 600,
      approval: 'ask',
      approved: null,
      orderId: null,
      offer: null,
      result: null,
      preimage: null,
      feePaidMsat: null,
      refund: null,
      failure: null,
      openedAt: NOW - 20,
      updatedAt: NOW,
      version: 1,
    },
    together: [],
    comparison: null,
    happenings: [{ at: NOW - 19, what: { type: 'sent', relays: ['wss://relay.example'] } }],
    errors: [],
    partials: [],
    result:
      result === null
        ? null
        : { file: null, verdict: null, event: event(6050, ''), actions: [], reviewed: false, ...result },
    resultTrouble: null,
    usualSeconds: 4,
    worstSeconds: 9,
    invoiceToPay: null,
    picture: null,
    events: [event(5050, '', input)],
  };
}

/** What a delivered result is made of. */
export type DeliveredParts = Partial<RunResult> & Pick<RunResult, 'content' | 'mediaType'>;

/** A service of which nothing but a heartbeat is known. */
export function service(index: number, announced: Partial<ListedService['announcement']>): ListedService {
  return {
    address: `31990:${PROVIDER}:${index}`,
    announcement: {
      event: event(31_990, ''),
      pubkey: PROVIDER,
      identifier: `${index}`,
      kinds: [5001],
      name: `Service ${index}`,
      about: 'Condenses texts.',
      picture: null,
      seller: null,
      byHand: false,
      amount: { pricing: 'fixed', msat: msat(10_000n), raw: '10000' },
      lud16: null,
      operatorPubkey: null,
      supportsEncryption: true,
      supportsEncryptedFiles: true,
      acceptsNutzaps: false,
      personalized: false,
      subscription: false,
      nip90Params: new Map(),
      topics: [],
      createdAt: NOW - 1000,
      ...announced,
    },
    priceMsat: msat(10_000n),
    liveness: {
      step: 'heartbeat',
      steps: [{ step: 'heartbeat', at: NOW, evidenceId: ID, by: 'provider' }],
      lastSignAt: NOW,
    },
    record: {
      providerPubkey: PROVIDER,
      paidJobs: 0,
      own: {
        delivered: 0,
        paidAndDelivered: 0,
        paidAndUndelivered: 0,
        refunded: 0,
        failed: 0,
        paidMsat: msat(0n),
        lostMsat: msat(0n),
        usualSeconds: null,
        worstSeconds: null,
      },
      others: {
        customers: 0,
        knownCustomers: 0,
        delivered: 0,
        paidAndDelivered: 0,
        failed: 0,
        paidComplaints: 0,
        usualSeconds: null,
        worstSeconds: null,
      },
      usualSeconds: null,
      worstSeconds: null,
      secondsFrom: null,
      reliability: null,
      ratings: { mean: null, customers: 0, knownCustomers: 0, unpaid: 0 },
      latest: { answer: null, delivery: null, paidDelivery: null },
      evidenceIds: [],
    },
    relays: ['wss://relay.example'],
    favourite: false,
  };
}

/** An offer for ten sats, to be held until delivery. */
export function offer(): ComparedOffer {
  return {
    id: ID,
    event: event(7000, ''),
    providerPubkey: PROVIDER,
    exchange: 'hold',
    amountMsat: msat(10_000n),
    feeLimitMsat: msat(1_000n),
    totalMsat: msat(11_000n),
    bolt11: 'lnbcrt100n1',
    ecash: { mints: [], htlc: null },
    delivered: false,
    withdrawn: false,
    createdAt: NOW - 15,
    isPromise: false,
    promisedMsat: null,
    sample: null,
    words: null,
    reveal: null,
    usualSeconds: 4,
    worstSeconds: 60,
    validUntil: NOW + 600,
    conditions: [],
    rescue: null,
    plan: null,
    exposure: EXCHANGE_RISKS.hold,
    record: service(0, {}).record,
  };
}

/** A request that somebody is asked to answer. */
export function jobRow(): JobRow {
  return {
    requestId: ID,
    kind: 5001,
    about: 'Condense the story of the first vending machine.',
    customerPubkey: CUSTOMER,
    work: 'received',
    money: 'none',
    amountMsat: msat(50_000n),
    dueAt: NOW + 7200,
    askedAt: NOW - 60,
    encrypted: true,
    followUp: null,
    unread: 1,
    troubled: null,
  };
}

/** A workbench with a skill and nothing to do. */
export function bench(): WorkbenchState {
  return {
    ownerPubkey: CUSTOMER,
    workerPubkey: PROVIDER,
    linked: false,
    name: 'Ada, proof-reader',
    skills: [
      {
        id: 'proof-reading',
        kind: 5001,
        name: 'Proof reading',
        about: 'I read with care.',
        fromMsat: msat(1_000n),
      },
    ],
    presentUntil: NOW + 3600,
    trouble: null,
    mishap: null,
    inbox: [],
    offered: [],
    active: [],
    done: [],
    earnedTodayMsat: msat(30_000n),
    owedMsat: msat(0n),
  };
}
