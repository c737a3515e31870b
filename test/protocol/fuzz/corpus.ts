import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { secretKeySigner, type Signer } from '../../../src/keys/index.ts';
import {
  buildAnnouncement,
  buildAssertion,
  buildFavourites,
  buildHeartbeat,
  buildJobRequest,
  buildLabelling,
  buildNutzap,
  buildNutzapInfo,
  buildNutzapRedemption,
  buildOperatorStatement,
  buildPing,
  buildPong,
  buildRecommendation,
  buildRelayList,
  buildResult,
  buildReview,
  buildSubscription,
  buildSubscriptionReceipt,
  buildSubscriptionTier,
  buildUnsubscription,
  buildZapReceipt,
  buildZapRequest,
  KIND_CONTRACTS,
  msat,
  orThrow,
  parseZapRequest,
  type EventTemplate,
  type JobContract,
  type NostrEvent,
} from '../../../src/protocol/index.ts';
import { sampleInvoice } from '../../fixtures/signed-invoice.ts';
import { AGENT_FACTS } from '../agent-facts.ts';
import { ANNOUNCEMENT_FACTS } from '../announcement-facts.ts';
import { ANSWER_FACTS } from '../answer-facts.ts';
import { authored, CUSTOMER, hex32, PROVIDER } from '../events.ts';
import { DRAFT_FACTS } from '../first-draft-facts.ts';
import { cancels, delivers, job, quotes, says, START } from '../job-events.ts';
import { REQUEST_FACTS } from '../request-facts.ts';

/** An event and, where it is encrypted, what it decrypts to. */
export interface Specimen {
  readonly event: NostrEvent;
  readonly decrypted?: string;
}

export const [customer, provider, walletService] = [1, 2, 3].map((key) =>
  secretKeySigner(hexToBytes(hex32(key))),
) as [Signer, Signer, Signer];

export const PREIMAGE = hex32(0x42);
export const PAYMENT_HASH = bytesToHex(sha256(hexToBytes(PREIMAGE)));
export const INVOICE = sampleInvoice({ paymentHash: PAYMENT_HASH });
export const LOCK = hex32(0x55);
export const MINT = 'https://mint.example';

const facts = [...REQUEST_FACTS, ...ANSWER_FACTS, ...ANNOUNCEMENT_FACTS, ...AGENT_FACTS].map(
  ({ kind, tags, content = '', decrypted }): Specimen => {
    const event = authored(kind < 6000 ? CUSTOMER : PROVIDER, { kind, created_at: START, tags, content });
    return decrypted === undefined ? { event } : { event, decrypted };
  },
);

const by = (pubkey: string, ...templates: readonly EventTemplate[]): Specimen[] =>
  templates.map((template) => ({ event: authored(pubkey, template) }));

/** A request that keeps to the contract, as far as one can be guessed from it. */
function contractRequest(kind: number, { inputs, params }: JobContract): EventTemplate {
  const written = inputs.flatMap(({ types, min, json, role }) =>
    Array.from({ length: Math.max(min, 1) }, () => ({
      data: json === true ? '{}' : 'words to work on',
      type: types?.[0] ?? 'text',
      relay: null,
      marker: role ?? null,
    })),
  );
  const valued = params
    .filter(({ pattern }) => pattern === undefined)
    .map(({ name, arity, values, suggested, valueType, min }): [string, string[]] => {
      const value = values?.[0] ?? suggested?.[0] ?? (valueType === undefined ? 'x' : String(min ?? 1));
      return [name, Array.from({ length: arity ?? 1 }, () => value)];
    });
  return buildJobRequest({
    kind,
    inputs: written,
    params: new Map(valued),
    outputs: [],
    relays: [],
    createdAt: START,
  });
}

const draftRequests = by(
  CUSTOMER,
  ...DRAFT_FACTS.map(({ tags, content = '' }) => ({ kind: 68_001, created_at: START, tags, content })),
);
const [{ event: draftJob } = { event: job }] = draftRequests;

export const REQUESTS: readonly Specimen[] = [
  ...facts.filter(({ event }) => event.kind < 6000),
  ...KIND_CONTRACTS.flatMap((contract) => by(CUSTOMER, contractRequest(contract.kind, contract))),
  ...by(
    CUSTOMER,
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: hex32(9), type: 'job', relay: 'wss://a.example', marker: 'first' }],
      params: new Map([['max_tokens', ['512']]]),
      outputs: ['text/plain'],
      bidMsat: msat(21_000n),
      relays: ['wss://a.example', 'wss://b.example'],
      targets: [PROVIDER],
      exchanges: ['hold', 'free'],
      expiresAt: START + 60,
      chain: new Map([[hex32(9), hex32(10)]]),
      refundLud16: 'me@wallet.example',
      createdAt: START,
    }),
  ),
  ...draftRequests,
];

export const FEEDBACK: readonly Specimen[] = [
  ...facts.filter(({ event }) => event.kind === 7000),
  ...[
    says(PROVIDER, 1, 'processing'),
    says(PROVIDER, 2, 'error', { error: { code: 'over-capacity', detail: 'busy' } }),
    says(PROVIDER, 2, 'payment-required', { conditions: [{ code: 'pow', detail: '20' }] }),
    quotes(PROVIDER, 3, 21, { bolt11: INVOICE, exchange: 'hold', usualSeconds: 1, worstSeconds: 9 }),
    says(PROVIDER, 4, 'partial', { content: 'do' }),
    quotes(PROVIDER, 4, 21, {
      plan: { title: 'a', milestones: [{ amountMsat: msat(9n), title: 'b' }], revisions: 2 },
    }),
    says(PROVIDER, 4, 'error', { request: draftJob, error: { code: 'handler-failed', detail: 'no sound' } }),
  ].map((event) => ({ event })),
];

export const RESULTS: readonly Specimen[] = [
  ...facts.filter(({ event }) => event.kind >= 6000 && event.kind < 7000),
  { event: delivers(PROVIDER, 5) },
  ...by(
    PROVIDER,
    buildResult({ request: job, content: 'x', amountMsat: msat(1n), bolt11: INVOICE, createdAt: START }),
    buildResult({ request: job, content: 'x', revealHash: PAYMENT_HASH, createdAt: START }),
    buildResult({ request: draftJob, content: 'x', amountMsat: msat(1n), bolt11: INVOICE, createdAt: START }),
  ),
];

export const ANNOUNCEMENTS: readonly Specimen[] = [
  ...facts.filter(({ event }) => event.kind === 31990),
  ...by(
    PROVIDER,
    buildAnnouncement({
      identifier: 'x',
      kinds: [5000, 5050],
      name: 'A fox',
      about: 'Foxes',
      amount: msat(1000n),
      supportsEncryption: true,
      acceptsNutzaps: false,
      nip90Params: new Map([['lang', { required: true, values: ['en'], description: 'which' }]]),
      createdAt: START,
    }),
  ),
];

export const HEARTBEATS: readonly Specimen[] = [
  ...facts.filter(({ event }) => [11998, 30333].includes(event.kind)),
  ...by(PROVIDER, buildHeartbeat({ identifier: 'x', status: 'online', createdAt: START })),
];

const jobResult = delivers(PROVIDER, 5);
/** Payments for the job and a review of its result. */
const STATEMENTS: readonly NostrEvent[] = by(
  CUSTOMER,
  buildReview({
    reviewed: jobResult,
    rating: 0.5,
    payment: { bolt11: INVOICE, preimage: PREIMAGE },
    createdAt: START + 6,
  }),
  {
    kind: 9321,
    created_at: START + 6,
    tags: [
      ['e', jobResult.id],
      ['p', PROVIDER],
      ['u', 'https://mint.example'],
      ['proof', JSON.stringify({ amount: 2, id: '009a1f293253e41e', secret: 's', C: `02${hex32(3)}` })],
    ],
    content: '',
  },
  {
    kind: 9735,
    created_at: START + 6,
    tags: [
      ['e', job.id],
      ['p', PROVIDER],
      ['bolt11', INVOICE],
      ['description', '{}'],
      ['preimage', PREIMAGE],
    ],
    content: '',
  },
).map(({ event }) => event);

/** The events of one job and what surrounds it. */
export const JOB_EVENTS: readonly NostrEvent[] = [
  job,
  cancels(CUSTOMER, 9),
  cancels(PROVIDER, 9),
  delivers(CUSTOMER, 3),
  ...FEEDBACK.map(({ event }) => event),
  ...RESULTS.map(({ event }) => event),
  ...REQUESTS.slice(0, 5).map(({ event }) => event),
  jobResult,
  ...STATEMENTS,
];

const price = { amount: { msat: msat(1000n), raw: ['1000', 'msats'] }, cadence: 'daily' };
const tier = { kind: 37001, pubkey: PROVIDER, identifier: 'x' };
const split = { pubkey: hex32(4), weight: 2 };
const service = { kind: 31990, pubkey: PROVIDER, identifier: 'x' };
const proof = {
  amount: 21n,
  id: '009a1f293253e41e',
  secret: JSON.stringify(['P2PK', { nonce: hex32(1), data: `02${LOCK}` }]),
  C: `02${hex32(2)}`,
  dleq: { e: hex32(3), s: hex32(4), r: hex32(5) },
};

/** What a recipient of nutzaps announces. */
export const NUTZAP_INFO = buildNutzapInfo({
  mints: [{ url: MINT, units: ['sat'] }],
  relays: ['wss://a.example'],
  lockPubkey: LOCK,
  createdAt: START,
});

/** What the room reads besides jobs, one or more for each kind, by the provider. */
export async function otherEvents(): Promise<readonly Specimen[]> {
  const subscription = { id: hex32(6), recipientPubkey: PROVIDER };
  return by(
    PROVIDER,
    buildPing({ providerPubkey: PROVIDER, createdAt: START }),
    buildPong({ ping: { id: hex32(1), senderPubkey: CUSTOMER }, content: 'here', createdAt: START }),
    buildOperatorStatement({ workerPubkey: CUSTOMER, stands: true, createdAt: START }),
    buildRelayList({ read: ['wss://a.example'], write: ['wss://b.example'], createdAt: START }),
    buildSubscriptionTier({
      identifier: 'x',
      title: 'Gold',
      picture: null,
      about: 'all',
      perks: ['more'],
      prices: [price],
      splits: [split],
      verifierPubkeys: [hex32(5)],
      createdAt: START,
    }),
    buildSubscription({
      recipientPubkey: PROVIDER,
      tier,
      tierEventId: hex32(3),
      price,
      splits: [split],
      createdAt: 1,
    }),
    buildUnsubscription({ subscription, createdAt: START }),
    buildSubscriptionReceipt({
      recipientPubkey: PROVIDER,
      subscriberPubkey: CUSTOMER,
      subscriptionId: hex32(6),
      tierIdentifier: 'x',
      validFrom: 1,
      validUntil: 2,
      createdAt: START,
    }),
    NUTZAP_INFO,
    buildNutzap({
      recipientPubkey: PROVIDER,
      mint: MINT,
      unit: 'sat',
      proofs: [proof],
      zapped: { id: hex32(7), kind: 7000 },
      createdAt: START,
    }),
    await buildNutzapRedemption(
      {
        recipientPubkey: provider.pubkey,
        nutzapIds: [hex32(1)],
        senderPubkeys: [CUSTOMER],
        booked: { direction: 'in', amount: 1n, unit: 'sat', createdIds: [hex32(3)] },
        createdAt: START,
      },
      provider.nip44,
    ),
    buildReview({ reviewed: delivers(PROVIDER, 5), rating: 0.75, comment: 'fine', createdAt: START }),
    buildFavourites({ services: [{ address: service, relayHint: null }], createdAt: START }),
    buildRecommendation({
      handledKind: 5050,
      services: [{ address: service, relayHint: 'wss://a.example', platform: 'web' }],
      createdAt: START,
    }),
    buildLabelling({
      labels: [{ namespace: 'coinop', value: 'dead' }],
      targets: [{ tag: 'e', value: hex32(1), relayHint: null }],
      reason: '',
      expiresAt: START + 60,
      createdAt: START,
    }),
    buildAssertion({
      subject: 'pubkey',
      subjectId: PROVIDER,
      rank: 89,
      metrics: new Map([['zap_amt_recd', 21]]),
      topics: ['foxes'],
      relayHint: null,
      createdAt: START,
    }),
  );
}

/** A zap as it should be, signed by all. */
export async function zap(): Promise<{ readonly request: NostrEvent; readonly receipt: NostrEvent }> {
  const request = await customer.sign(
    buildZapRequest({
      recipientPubkey: provider.pubkey,
      amountMsat: msat(21_000n),
      relays: ['wss://a.example'],
      zapped: { id: hex32(7), kind: 7000 },
      createdAt: START,
    }),
  );
  const description = JSON.stringify(request);
  const receipt = await walletService.sign(
    buildZapReceipt({
      zapRequest: orThrow(parseZapRequest(request)),
      description,
      bolt11: sampleInvoice({
        paymentHash: PAYMENT_HASH,
        descriptionHash: bytesToHex(sha256(utf8ToBytes(description))),
      }),
      preimage: PREIMAGE,
      paidAt: START,
    }),
  );
  return { request, receipt };
}
