import { wrapFor, type Signer } from '../../src/keys/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import {
  buildCancellation,
  buildJobRequest,
  buildPing,
  orThrow,
  wrapJobMessage,
  type JobMessageBody,
  type JobRequestDraft,
  type NostrEvent,
} from '../../src/protocol/index.ts';

/** Whom a flood is aimed at, and what is sold there. */
export interface Target {
  readonly providerPubkey: string;
  readonly relayUrl: string;
  /** Sold for nothing. */
  readonly freeKind: number;
  /** Sold for a hold. */
  readonly pricedKind: number;
  /** A job that somebody else has bought there, and that was delivered. */
  readonly foreignJobId: string;
  /** Unix seconds. */
  readonly now: () => number;
}

/** A customer that means harm. */
export interface Flood {
  readonly name: string;
  /** How many of its events a short test sends. */
  readonly few: number;
  /** The codes that it is told, each at least once; none is silence. */
  readonly told: readonly string[];
  /** Sales that it may leave open at most. */
  readonly mostOpen: number;
  /** Signs so many events. */
  readonly make: (target: Target, count: number) => Promise<NostrEvent[]>;
}

/** What a provider that is flooded bounds itself to in these tests. */
export const FLOODED_LIMITS = {
  openSales: 60,
  offersPerStranger: 10,
  requestsPerMinute: 40,
  refusalsPerMinute: 80,
  inputBytes: 50_000,
} as const;

/** The part of all open sales that unpaid offers to strangers may take. */
const STRANGERS_OFFERS = 48;

/** Tags in one event: nearly as many as relays take. */
const MANY_TAGS = 1900;

/** The floods, each with the end that it must come to. */
export const FLOODS: readonly Flood[] = [
  {
    name: 'offers for thousands of keys, which nobody pays',
    few: 80,
    told: ['over-capacity'],
    mostOpen: STRANGERS_OFFERS,
    make: (target, count) => each(count, () => request(target, newKey(), { kind: target.pricedKind })),
  },
  {
    name: 'offers for one key, which nobody pays',
    few: 80,
    told: ['over-capacity', 'rate-limited'],
    mostOpen: FLOODED_LIMITS.offersPerStranger,
    make: (target, count) => {
      const [key, createdAt] = [newKey(), target.now()]; // of one minute, which is what rates are counted by
      return each(count, () => request(target, key, { kind: target.pricedKind, createdAt }));
    },
  },
  {
    name: 'inputs by the thousand',
    few: 10,
    told: ['too-many-inputs'],
    mostOpen: 0,
    make: (target, count) =>
      each(count, () => request(target, newKey(), { inputs: Array.from({ length: MANY_TAGS }, textInput) })),
  },
  {
    name: 'texts beyond what a job may have',
    few: 10,
    told: ['input-too-large'],
    mostOpen: 0,
    make: (target, count) =>
      each(count, () => request(target, newKey(), { inputs: [textInput('too long '.repeat(6_000))] })),
  },
  {
    name: 'parameters as large as prompts',
    few: 10,
    told: ['schema-violation'],
    mostOpen: 0,
    make: (target, count) =>
      each(count, () => {
        const params = Array.from({ length: 40 }, (_, n) => [`extra${n}`, ['prompt '.repeat(500)]] as const);
        const number = ['max_tokens', ['9'.repeat(50_000)]] as const;
        return request(target, newKey(), { params: new Map([...params, number]) });
      }),
  },
  {
    name: 'ciphertext that nobody can open',
    few: 30,
    told: ['undecryptable'],
    mostOpen: 0,
    make: (target, count) =>
      each(count, () => {
        const draft = { ...requestDraft(target, { kind: target.freeKind }), inputs: [] };
        const { tags, ...template } = buildJobRequest({ ...draft, content: junk(2000) });
        return newKey().sign({ ...template, tags: [...tags, ['encrypted']] });
      }),
  },
  {
    name: 'requests of another time',
    few: 30,
    told: [],
    mostOpen: 0,
    make: (target, count) =>
      each(count, (index) => {
        const now = target.now();
        const times = [
          { createdAt: index },
          { createdAt: now - 100_000 - index },
          { expiresAt: now - 5 },
          { expiresAt: 1 },
        ];
        return request(target, newKey(), times[index % times.length]);
      }),
  },
  {
    name: 'requests that are no Unicode, or mean to steer a terminal',
    few: 20,
    told: ['schema-violation'],
    mostOpen: 0,
    make: (target, count) =>
      each(count, (index) => {
        const values = ['\u0000', '\uD800', '\u202E\u001B[2J', '\uFFFF\uDFFF', '\u200D'.repeat(5000)];
        const params = new Map([['max_tokens', [values[index % values.length] ?? '']]]);
        return request(target, newKey(), { params });
      }),
  },
  {
    name: 'cancellations of the jobs of others',
    few: 10,
    told: [],
    mostOpen: 0,
    make: (target, count) =>
      each(count, async (index) => {
        const { tags, ...template } = buildCancellation({
          requestId: target.foreignJobId,
          requestKind: target.freeKind,
          reason: 'Mine now.',
          createdAt: target.now(),
        });
        const more = Array.from({ length: MANY_TAGS - 10 }, (_, n) => ['e', hex(index * MANY_TAGS + n)]);
        return newKey().sign({ ...template, tags: [...tags, ...more] });
      }),
  },
  {
    name: 'wraps that hold nothing',
    few: 30,
    told: [],
    mostOpen: 0,
    make: (target, count) =>
      each(count, () =>
        newKey().sign({
          kind: 1059,
          created_at: target.now(),
          tags: [['p', target.providerPubkey]],
          content: junk(1500),
        }),
      ),
  },
  ...(['resend', 'refund-claim', 'complaint'] as const).map((type) => ({
    name: `messages of the type ${type} about the job of another`,
    few: 15,
    told: [],
    mostOpen: 0,
    make: (target: Target, count: number) => each(count, () => jobMessage(target, newKey(), messageOf(type))),
  })),
  {
    name: 'pings of thousands of keys',
    few: 30,
    told: [],
    mostOpen: 0,
    make: (target, count) =>
      each(count, () =>
        newKey().sign(buildPing({ providerPubkey: target.providerPubkey, createdAt: target.now() })),
      ),
  },
];

/** A key that nobody has seen before. */
export function newKey(): Signer {
  return fastSecretKeySigner(crypto.getRandomValues(new Uint32Array(8)).reduce(putWord, new Uint8Array(32)));
}

/** A private message about a job, as its author's client would send it. */
export async function jobMessage(
  target: Target,
  author: Signer,
  body: JobMessageBody,
  requestId = target.foreignJobId,
): Promise<NostrEvent> {
  const createdAt = target.now();
  const draft = { ...body, requestId, text: crypto.randomUUID(), createdAt };
  return orThrow(await wrapJobMessage(draft, wrapFor(target.providerPubkey, author, createdAt)));
}

/** Where a request goes. */
type Addressee = Pick<Target, 'providerPubkey' | 'relayUrl' | 'freeKind' | 'now'>;

/** A request for free work there, unless told otherwise. */
export function request(
  target: Addressee,
  key: Signer,
  told: Partial<JobRequestDraft> = {},
): Promise<NostrEvent> {
  return key.sign(buildJobRequest(requestDraft(target, told)));
}

function requestDraft(target: Addressee, told: Partial<JobRequestDraft>): JobRequestDraft {
  return {
    kind: target.freeKind,
    inputs: [textInput()],
    params: new Map(),
    outputs: [],
    relays: [target.relayUrl],
    targets: [target.providerPubkey],
    content: crypto.randomUUID(), // equal requests of one second would be one event
    createdAt: target.now(),
    ...told,
  };
}

function messageOf(type: 'resend' | 'refund-claim' | 'complaint'): JobMessageBody {
  if (type === 'resend') return { type, relays: [] };
  return type === 'complaint' ? { type } : { type, bolt11: `lnbcrt10u1${'q'.repeat(300)}` };
}

function textInput(data: unknown = 'a red fox') {
  return { data: typeof data === 'string' ? data : 'a red fox', type: 'text', relay: null, marker: null };
}

function putWord(bytes: Uint8Array, word: number, index: number): Uint8Array {
  new DataView(bytes.buffer).setUint32(index * 4, word);
  return bytes;
}

async function each<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

function junk(bytes: number): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))));
}

function hex(value: number): string {
  return value.toString(16).padStart(64, '0');
}
