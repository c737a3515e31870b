import type { Purchase } from '../../../src/ledger/index.ts';
import { msat, ZERO_MSAT } from '../../../src/protocol/index.ts';
import type { RunHappening, RunState, SessionState } from '../../../web/engine/contract.ts';
import { silence, STRIPES } from './files.ts';
import {
  bench,
  CUSTOMER,
  event,
  ID,
  jobRow,
  NOW,
  offer,
  PROVIDER,
  runWith,
  service,
  signedIn,
  type DeliveredParts,
  type Scene,
} from './parts.ts';

const OTHER = 'e'.repeat(64);
/** What is asked for. */
export const TASK = 'The first vending machine stood in a temple in Alexandria.';

/** The states in which people meet the pages of the app. */
export const SCREENS: Readonly<Record<string, () => Scene>> = {
  'signed-out': () => withSession({ step: 'signed-out' }),
  'signing-in': () =>
    withSession({
      step: 'waiting',
      by: 'nostrconnect',
      connectUri: `nostrconnect://${ID}?relay=wss%3A%2F%2Frelay.example&secret=abc`,
      approveAt: 'https://signer.example/approve',
    }),
  stuck: () => withSession({ step: 'stuck', why: 'locked', pubkey: CUSTOMER }),
  'signed-in': () => ({
    topics: { ...market(), runs: [], workbench: { ...bench(), skills: [], workerPubkey: null } },
    calls: {
      'directory.provider': {
        ok: true,
        value: {
          pubkey: PROVIDER,
          services: [service(0, {})],
          record: service(0, {}).record,
          liveness: service(0, {}).liveness,
          operators: [],
        },
      },
    },
  }),
  failing: () => failing('blob-refused'),
  'failing-strangely': () => failing('struck-by-lightning'),
  'wallet-by-phone': () => ({ topics: { ...market(), wallet: BY_PHONE } }),
  requested: () => run({ state: 'requested' }),
  offers: () => ({
    topics: {
      ...market(),
      run: {
        ...runWith(null, TASK),
        comparison: {
          requestId: ID,
          state: 'requested',
          collecting: true,
          offers: [
            offer(),
            {
              ...offer(),
              id: OTHER,
              providerPubkey: OTHER,
              exchange: 'reveal',
              totalMsat: msat(12_000n),
              words: 'Two pages at five sats each, in plain words.',
            },
          ],
          refused: [{ offer: offer(), code: 'above-max' }],
          left: [],
          choice: { offerId: ID, why: ['cheapest'] },
        },
      },
    },
  }),
  'little-budget': () => ({
    topics: {
      ...SCREENS['offers']?.().topics,
      wallet: {
        by: 'nwc',
        network: 'regtest',
        isPlayMoney: true,
        balanceMsat: msat(5_000_000n),
        budgetMsat: msat(12_000n),
        spentMsat: msat(5_000n),
        reachable: true,
      },
    },
  }),
  'taken-free': () =>
    run({ state: 'offered', offer: { ...OFFER, ...PROMISE, amountMsat: ZERO_MSAT, exchange: 'free' } }),
  'taken-promise': () =>
    run(
      { state: 'offered', offer: { ...OFFER, ...PROMISE, exchange: 'sample' } },
      {
        happenings: [
          ...HAPPENED,
          { at: NOW - 12, what: { type: 'state', state: 'offered' } },
          { at: NOW - 11, what: { type: 'progress', providerPubkey: PROVIDER, note: '50 %' } },
        ],
      },
    ),
  paying: () =>
    run(
      { state: 'paying' },
      { invoiceToPay: { bolt11: `lnbcrt100n1${'q'.repeat(200)}`, amountMsat: msat(10_000n) } },
    ),
  working: () =>
    run(
      { state: 'locked' },
      {
        partials: [{ providerPubkey: PROVIDER, content: 'Half of it.' }],
        happenings: [
          ...HAPPENED,
          { at: NOW - 9, what: { type: 'state', state: 'locked' } },
          { at: NOW - 8, what: { type: 'progress', providerPubkey: PROVIDER, note: '50 %' } },
          {
            at: NOW - 7,
            what: { type: 'error', providerPubkey: OTHER, code: 'busy', detail: 'Too much to do.' },
          },
        ],
      },
    ),
  'money-under-way': () => run({ state: 'locked', offer: { ...OFFER, exchange: 'prepay' } }),
  unreconciled: () => run({ state: 'unreconciled', deadlineAt: NOW - 600 }),
  undelivered: () =>
    run({
      state: 'undelivered',
      failure: { code: 'undelivered', message: 'Nothing came before the deadline.' },
    }),
  'no-offer': () => run({ state: 'no-offer' }),
  'unseen-at-end': () => {
    const failure = { code: 'offers-failed', message: 'The payment failed; nothing was spent.' };
    const { topics } = run({ state: 'expired', failure });
    return { topics: { ...topics, wallet: BY_PHONE } };
  },
  refunded: () => run({ state: 'refunded' }),
  'result-opening': () => run({ state: 'received', result: event(6050, '') }),
  'result-closed': () => ({
    ...run(
      { state: 'received', result: event(6050, '') },
      { resultTrouble: { code: 'unreadable', message: 'No server has the file.' } },
    ),
    calls: { 'market.resend': { ok: false, failure: { code: 'no-answer', message: 'Nobody answered.' } } },
  }),
  text: () => delivered({ content: 'The machine took a coin.', mediaType: 'text/plain' }),
  markdown: () =>
    delivered({
      content:
        '# Machines\n\nA [link](https://example.com), a list:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n' +
        '## Coins\n\nThe machine took a coin.\n\n> And gave some water.\n\n'.repeat(6),
      mediaType: 'text/markdown',
    }),
  json: () =>
    delivered({ content: '{"answer": 42, "of": ["life", {"all": true}]}', mediaType: 'application/json' }),
  image: () => delivered(file('image/png', STRIPES)),
  audio: () => delivered(file('audio/wav', silence())),
  video: () => delivered(file('video/mp4', new Uint8Array(44))),
  list: () =>
    delivered({
      content: JSON.stringify([
        ['p', PROVIDER],
        ['e', ID],
      ]),
      mediaType: 'application/json',
      actions: [{ action: 'follow', pubkeys: [PROVIDER, OTHER] }],
    }),
  events: () => delivered({ content: JSON.stringify([event(1, 'A note.')]), mediaType: 'application/json' }),
  runs: () => ({
    topics: {
      ...market(),
      runs: [
        {
          requestId: ID,
          kind: 5001,
          about: TASK,
          state: 'received',
          amountMsat: msat(10_000n),
          providerPubkey: PROVIDER,
          openedAt: NOW - 600,
          updatedAt: NOW - 500,
          encrypted: true,
        },
      ],
    },
  }),
  workbench: () => ({
    topics: {
      ...market(),
      workbench: {
        ...bench(),
        inbox: [jobRow()],
        offered: [{ ...jobRow(), requestId: OTHER, work: 'accepted', money: 'quoted' }],
        active: [{ ...jobRow(), requestId: PROVIDER, work: 'working', money: 'locked' }],
        done: [{ ...jobRow(), requestId: CUSTOMER, work: 'failed', money: 'refunded' }],
      },
      earnings: [
        {
          requestId: ID,
          skillId: 'proof-reading',
          kind: 5001,
          customerPubkey: CUSTOMER,
          askedAt: NOW - 600,
          endedAt: NOW - 60,
          work: 'closed',
          money: 'settled',
          exchange: 'prepay',
          amountMsat: msat(10_000n),
        },
      ],
    },
  }),
};

const BY_PHONE = {
  by: 'qr',
  network: 'bitcoin',
  isPlayMoney: false,
  balanceMsat: null,
  budgetMsat: null,
  spentMsat: ZERO_MSAT,
  reachable: true,
} as const;

const HAPPENED: readonly RunHappening[] = [
  { at: NOW - 19, what: { type: 'sent', relays: ['wss://relay.example'] } },
  { at: NOW - 15, what: { type: 'offer', providerPubkey: PROVIDER, amountMsat: msat(10_000n) } },
];

/** Somebody with a wallet, who sees some services. */
export function market(): Scene['topics'] {
  const services = [service(0, {}), service(1, { kinds: [5100], name: 'Pictures' })];
  return {
    ...signedIn('Ada'),
    host: { playMoney: true },
    signer: null,
    words: [],
    services: {
      looking: false,
      listing: {
        services,
        setAside: [{ service: service(2, {}), reason: { code: 'dead', message: 'No sign of life.' } }],
        silentRelays: ['wss://silent.example'],
      },
    },
  };
}

function failing(code: string): Scene {
  const failure = { code, message: 'It came to nothing.', data: { status: 507 } };
  return { topics: market(), calls: { 'directory.provider': { ok: false, failure } } };
}

function withSession(session: SessionState): Scene {
  const { wallet: _, ...topics } = market();
  const wallet = {
    by: null,
    network: null,
    isPlayMoney: false,
    balanceMsat: null,
    budgetMsat: null,
    spentMsat: ZERO_MSAT,
    reachable: false,
  };
  return { topics: { ...topics, session, wallet, runs: [] } };
}

function run(purchase: Partial<Purchase>, more: Partial<RunState> = {}): Scene {
  const begun = runWith(null, TASK);
  return {
    topics: {
      ...market(),
      run: {
        ...begun,
        purchase: { ...begun.purchase, ...TAKEN, ...purchase },
        happenings: HAPPENED,
        ...more,
      },
    },
  };
}

function delivered(result: DeliveredParts): Scene {
  const done = runWith(result, TASK);
  return {
    topics: {
      ...market(),
      run: {
        ...done,
        purchase: { ...done.purchase, ...TAKEN, preimage: 'f'.repeat(64) },
        happenings: HAPPENED,
      },
    },
  };
}

const OFFER: NonNullable<Purchase['offer']> = {
  event: event(7000, ''),
  providerPubkey: PROVIDER,
  amountMsat: msat(10_000n),
  feeLimitMsat: msat(1_000n),
  exchange: 'hold',
  bolt11: 'lnbcrt100n1',
  paymentHash: 'f'.repeat(64),
};

/** Of an offer whose invoice comes later, or never. */
const PROMISE = { bolt11: null, paymentHash: null } as const;

const TAKEN: Pick<Purchase, 'offer' | 'feePaidMsat'> = { offer: OFFER, feePaidMsat: msat(1_000n) };

function file(mediaType: string, bytes: Uint8Array<ArrayBuffer>): DeliveredParts {
  return { content: '', mediaType, file: { blob: new Blob([bytes], { type: mediaType }), name: 'result' } };
}
