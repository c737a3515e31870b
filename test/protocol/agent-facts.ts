import { CUSTOMER, hex32, PROVIDER } from './events.ts';
import type { WireFact } from './wire-fact.ts';

const text = (data: string) => ({ data, type: 'text', relay: null, marker: null });

/** Kinds that peers use for something else than others do, and what 2020117 writes around its jobs. */
export const AGENT_FACTS: readonly WireFact[] = [
  {
    fact: 21,
    says: 'a wallet address is left with a provider in the kind of OP_RETURN',
    kind: 5901,
    tags: [['i', 'nostr+walletconnect://x?relay=wss%3A%2F%2Fa.example&secret=b', 'text']],
    reads: { kind: 5901, inputs: [text('nostr+walletconnect://x?relay=wss%3A%2F%2Fa.example&secret=b')] },
  },
  {
    fact: 21,
    says: 'agents translate in the kind of content search, and speak in that of content discovery',
    kind: 5302,
    tags: [
      ['i', 'Translate to Chinese: Hello world', 'text'],
      ['bid', '100000'],
      ['param', 'language', 'zh'],
      ['param', 'min_zap_sats', '50000'],
    ],
    reads: {
      kind: 5302,
      inputs: [text('Translate to Chinese: Hello world')],
      bid: { msat: 100_000n },
      params: new Map([
        ['language', ['zh']],
        ['min_zap_sats', ['50000']],
      ]),
    },
  },
  {
    fact: 21,
    says: 'a generic job is named by a tag',
    kind: 5999,
    tags: [
      ['j', 'paint-fence'],
      ['i', 'white', 'text'],
    ],
    reads: { kind: 5999, dialect: 'nip-90', inputs: [text('white')] },
  },
  {
    fact: 21,
    says: 'a tool call has its arguments in the content',
    kind: 5910,
    tags: [['c', 'execute-tool']],
    content: '{"name":"add","parameters":{"a":1}}',
    reads: { kind: 5910, inputs: [], content: '{"name":"add","parameters":{"a":1}}' },
  },
  {
    fact: 22,
    says: 'a workflow is a request, its steps are tags or content',
    kind: 5117,
    tags: [
      ['step', '0', '5302', PROVIDER, 'Translate to English'],
      ['relays', 'wss://relay.example'],
    ],
    content: '{"steps":[{"kind":5302}],"bid_sats":200}',
    reads: {
      kind: 5117,
      inputs: [],
      bid: null,
      relays: ['wss://relay.example'],
      content: '{"steps":[{"kind":5302}],"bid_sats":200}',
    },
  },
  {
    fact: 22,
    says: 'a contest between providers is a request',
    kind: 5118,
    tags: [],
    content: '{"kind":5100,"input":"Write a tagline","max_providers":3,"bid_sats":100}',
    reads: { kind: 5118, inputs: [], targets: [], bid: null },
  },
  {
    fact: 22,
    says: 'a heartbeat names kinds, prices in sats and room',
    kind: 30333,
    tags: [
      ['d', PROVIDER],
      ['status', 'online'],
      ['capacity', '3'],
      ['kinds', '5302, 5303,1,x'],
      ['price', '5302:10,5303:x,1:5'],
      ['p2p_stats', '{"sessions":5}'],
    ],
    reads: {
      pubkey: PROVIDER,
      identifier: null,
      status: 'online',
      kinds: [5302, 5303],
      capacity: 3,
      pricesMsat: new Map([[5302, 10_000n]]),
      expiresAt: 1_700_000_600,
    },
  },
  {
    fact: 22,
    says: 'a review gives one to five stars, and the kind of the request',
    kind: 31117,
    tags: [
      ['d', hex32(1)],
      ['e', hex32(1)],
      ['p', CUSTOMER],
      ['rating', '5'],
      ['k', '5302'],
    ],
    content: 'Fast and accurate',
    reads: {
      requestId: hex32(1),
      reviewedId: null,
      providerPubkey: CUSTOMER,
      rating: 1,
      reviewedKind: 6302,
      comment: 'Fast and accurate',
    },
  },
  {
    fact: 22,
    says: 'trust is an assertion without a rank',
    kind: 30382,
    tags: [
      ['d', CUSTOMER],
      ['p', CUSTOMER],
      ['assertion', 'dvm-provider'],
    ],
    reads: { subject: 'pubkey', subjectId: CUSTOMER, rank: null },
  },
];
