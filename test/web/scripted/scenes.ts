import type {
  EngineCalls,
  EngineTopics,
  RunResult,
  RunState,
  RunSummary,
} from '../../../web/engine/contract.ts';
import type { ListedService } from '../../../src/directory/index.ts';
import { msat, type NostrEvent } from '../../../src/protocol/index.ts';

/** What the engine tells in one test. */
export interface Scene {
  readonly topics: { readonly [Topic in keyof EngineTopics]?: EngineTopics[Topic]['state'] };
  readonly calls?: { readonly [Name in keyof EngineCalls]?: EngineCalls[Name]['output'] };
}

const NOW = Math.floor(Date.now() / 1000);
const ID = 'a'.repeat(64);
const CUSTOMER = 'b'.repeat(64);
const PROVIDER = 'c'.repeat(64);

/** Markup that would show that it was taken for markup: each way sets `pwned`. */
export const MARKUP =
  '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>' +
  '<svg onload="globalThis.pwned=1"></svg><iframe srcdoc="<script>parent.pwned=1</script>"></iframe>';

/** A right-to-left override and its friends: what is read is not what is there. */
export const DISGUISED = 'invoice\u202Efdp.exe\u2066\u200B\u0007';

export const SCENES: Readonly<Record<string, () => Scene>> = {
  'markup-text': () => resultScene({ content: MARKUP, mediaType: 'text/plain' }),
  'markup-markdown': () =>
    resultScene({
      mediaType: 'text/markdown',
      content: [
        '# Title',
        MARKUP,
        '[script](javascript:globalThis.pwned=1) [page](data:text/html,<script>pwned=1</script>)',
        '[good](https://example.com/page) [vb](vbscript:msgbox) [file](file:///etc/passwd)',
        '![tracker](https://tracker.example/pixel.png)',
        '<a href="javascript:globalThis.pwned=1" onclick="globalThis.pwned=1">html link</a>',
      ].join('\n\n'),
    }),
  'javascript-address': () =>
    resultScene({ content: 'javascript:globalThis.pwned=1', mediaType: 'text/plain' }),
  'web-address': () =>
    resultScene({ content: 'https://example.com/a\nhttps://example.com/b.png', mediaType: 'text/plain' }),
  'giant-text': () => resultScene({ content: 'giant words '.repeat(250_000), mediaType: 'text/plain' }),
  'giant-line': () => resultScene({ content: 'x'.repeat(3_000_000), mediaType: 'text/markdown' }),
  'deep-markdown': () => resultScene({ content: '>'.repeat(60_000), mediaType: 'text/markdown' }),
  'deep-json': () =>
    resultScene({ content: `${'['.repeat(50_000)}${']'.repeat(50_000)}`, mediaType: 'application/json' }),
  'wide-json': () =>
    resultScene({
      mediaType: 'application/json',
      content: JSON.stringify({
        rows: Array.from({ length: 20_000 }, (_, index) => ({ index, html: MARKUP })),
        ['k'.repeat(10_000)]: 'long key',
        ['__proto__x']: DISGUISED,
      }),
    }),
  disguised: () => resultScene({ content: `Open ${DISGUISED} now`, mediaType: 'text/plain' }),
  'huge-picture': () => resultScene(pictureOf(60_000, 60_000)),
  'broken-picture': () => resultScene(pictureOf(20, 20)),
  'html-file': () =>
    resultScene({
      content: '',
      mediaType: 'text/html',
      file: { blob: new Blob([MARKUP], { type: 'text/html' }), name: '../../\u202Egnp.html' },
    }),
  'list-of-10000': () =>
    resultScene({
      mediaType: 'application/json',
      content: JSON.stringify(
        Array.from({ length: 10_000 }, (_, index) => ['p', index.toString(16).padStart(64, '0')]),
      ),
    }),
  'poisoned-words': () => ({
    topics: {
      ...signedIn(),
      run: {
        ...runWith(null),
        errors: [
          {
            providerPubkey: PROVIDER,
            code: MARKUP,
            detail: MARKUP.repeat(500),
            conditions: [],
            createdAt: NOW,
          },
        ],
        partials: [{ providerPubkey: PROVIDER, content: `${MARKUP}${'partial '.repeat(40_000)}` }],
        happenings: [
          { at: NOW, what: { type: 'progress', providerPubkey: PROVIDER, note: DISGUISED.repeat(2000) } },
          {
            at: NOW,
            what: { type: 'error', providerPubkey: PROVIDER, code: MARKUP, detail: MARKUP.repeat(500) },
          },
        ],
        invoiceToPay: { bolt11: 'lnbc1"><script>globalThis.pwned=1</script>', amountMsat: msat(1000n) },
      },
    },
  }),
  'poisoned-services': () => ({
    topics: {
      ...signedIn(),
      services: {
        looking: false,
        listing: {
          services: [
            poisonedService(0, MARKUP),
            poisonedService(1, 'N'.repeat(10_000)),
            poisonedService(2, DISGUISED),
          ],
          setAside: [],
          silentRelays: [],
        },
      },
    },
    calls: {
      'directory.provider': {
        ok: true,
        value: {
          pubkey: PROVIDER,
          services: [poisonedService(0, MARKUP)],
          record: poisonedService(0, '').record,
          liveness: poisonedService(0, '').liveness,
        },
      },
    },
  }),
  'runs-of-10000': () => ({
    topics: { ...signedIn(), runs: Array.from({ length: 10_000 }, (_, index) => summary(index)) },
  }),
  'list-action': () =>
    resultScene({
      content: '[]',
      mediaType: 'application/json',
      actions: [
        {
          action: 'unfollow',
          pubkeys: Array.from({ length: 400 }, (_, n) => n.toString(16).padStart(64, '0')),
        },
      ],
    }),
};

function signedIn(): Scene['topics'] {
  return {
    session: {
      step: 'signed-in',
      session: { pubkey: CUSTOMER, by: 'extension', name: `${MARKUP}${DISGUISED}`, canSign: true },
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
    relays: [{ url: 'wss://relay.example', connected: true, trouble: null }],
    services: { listing: { services: [], setAside: [], silentRelays: [] }, looking: false },
  };
}

function resultScene(result: Partial<RunResult> & Pick<RunResult, 'content' | 'mediaType'>): Scene {
  return { topics: { ...signedIn(), run: runWith(result) } };
}

function event(kind: number, content: string): NostrEvent {
  return {
    id: ID,
    pubkey: CUSTOMER,
    created_at: NOW,
    kind,
    tags: [['i', MARKUP, 'text']],
    content,
    sig: 'd'.repeat(128),
  };
}

function runWith(result: (Partial<RunResult> & Pick<RunResult, 'content' | 'mediaType'>) | null): RunState {
  return {
    purchase: {
      requestId: ID,
      customerPubkey: CUSTOMER,
      request: event(5050, ''),
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
    comparison: null,
    happenings: [{ at: NOW - 19, what: { type: 'sent', relays: ['wss://relay.example'] } }],
    errors: [],
    partials: [],
    result:
      result === null
        ? null
        : { file: null, verdict: null, event: event(6050, ''), actions: [], reviewed: false, ...result },
    usualSeconds: 4,
    worstSeconds: 9,
    invoiceToPay: null,
    picture: null,
    events: [event(5050, MARKUP)],
  };
}

/** A PNG that states this size and holds nothing. */
function pictureOf(
  width: number,
  height: number,
): Partial<RunResult> & Pick<RunResult, 'content' | 'mediaType'> {
  const head = new DataView(new ArrayBuffer(33));
  head.setUint32(0, 0x89504e47);
  head.setUint32(4, 0x0d0a1a0a);
  head.setUint32(8, 13);
  head.setUint32(12, 0x49484452);
  head.setUint32(16, width);
  head.setUint32(20, height);
  return {
    content: '',
    mediaType: 'image/png',
    file: { blob: new Blob([head.buffer], { type: 'image/png' }), name: null },
  };
}

function summary(index: number): RunSummary {
  return {
    requestId: index.toString(16).padStart(64, '0'),
    kind: 5001,
    about: `run ${index} ${MARKUP}`,
    state: 'received',
    amountMsat: msat(10_000n),
    providerPubkey: PROVIDER,
    openedAt: NOW - index,
    updatedAt: NOW - index,
    encrypted: index % 2 === 0,
  };
}

function poisonedService(index: number, name: string): ListedService {
  return {
    address: `31990:${PROVIDER}:${index}`,
    announcement: {
      event: event(31_990, ''),
      pubkey: PROVIDER,
      identifier: `${index}`,
      kinds: Array.from({ length: 300 }, (_, kind) => 5000 + kind),
      name,
      about: `${MARKUP}${DISGUISED}${'a'.repeat(20_000)}`,
      picture: 'javascript:globalThis.pwned=1',
      amount: { pricing: 'unknown', msat: null, raw: MARKUP },
      lud16: MARKUP,
      supportsEncryption: true,
      acceptsNutzaps: false,
      personalized: false,
      subscription: false,
      nip90Params: new Map(
        Array.from({ length: 2000 }, (_, at) => [
          `${MARKUP}${at}`,
          {
            required: false,
            values: Array.from({ length: 500 }, () => DISGUISED),
            description: MARKUP.repeat(100),
          },
        ]),
      ),
      topics: Array.from({ length: 5000 }, () => MARKUP),
      createdAt: 8_640_000_000_001,
    },
    priceMsat: null,
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
    relays: Array.from({ length: 8 }, () => MARKUP),
    favourite: false,
  };
}
