import { hex32, PROVIDER } from './events.ts';

/** A kind 68001 as a text of the draft or the software of its time has it, and what must be read from it. */
interface DraftFact {
  readonly says: string;
  readonly content?: string;
  readonly tags: readonly (readonly string[])[];
  readonly reads: Readonly<Record<string, unknown>>;
}

const PRIOR = hex32(0x12);
const url = (data: string) => ({ data, type: 'url', relay: null, marker: null });
const podcast = 'https://bitcoin.review/episode1.mp3';

/** The draft's own examples (July 3, 2023), with real ids for its placeholders, and what later texts of it changed. */
export const DRAFT_FACTS: readonly DraftFact[] = [
  {
    says: 'the first example: a job type and nothing else',
    tags: [['j', 'speech-to-text']],
    reads: { kind: 5000, inputs: [], bid: null, targets: [], expiresAt: null, identifier: null },
  },
  {
    says: 'every tag of the request’s template',
    content: 'for my podcast archive',
    tags: [
      ['j', 'summarization', 'gpt-4'],
      ['input', PRIOR, 'job', 'body'],
      ['relays', 'wss://a.example', 'wss://b.example'],
      ['bid', '10', '["25"]'],
      ['expiration', '1700000060'],
      ['p', PROVIDER],
      ['p', hex32(0xa2)],
      ['d', 'my-summary'],
    ],
    reads: {
      dialect: 'first-draft',
      kind: 5001,
      params: new Map([['model', ['gpt-4']]]),
      inputs: [{ data: PRIOR, type: 'job', relay: null, marker: 'body' }],
      relays: ['wss://a.example', 'wss://b.example'],
      bid: { msat: 25_000n, raw: ['10', '["25"]'] },
      expiresAt: 1_700_000_060,
      targets: [PROVIDER, hex32(0xa2)],
      identifier: 'my-summary',
      content: 'for my podcast archive',
      encrypted: false,
      scheme: null,
    },
  },
  {
    says: 'the transcript of second 900 to 930',
    content: 'I need a transcript of Bitcoin.review',
    tags: [
      ['j', 'speech-to-text'],
      ['params', 'range', '900', '930'],
      ['input', podcast, 'url'],
      ['bid', '5000', '9000'],
    ],
    reads: {
      kind: 5000,
      params: new Map([['range', ['900', '930']]]),
      inputs: [url(podcast)],
      bid: { msat: 9_000_000n, raw: ['5000', '9000'] },
    },
  },
  {
    says: 'its summary, chained',
    content: 'I need a summarization',
    tags: [
      ['j', 'summarization'],
      ['params', 'length', '3 paragraphs'],
      ['input', PRIOR, 'job'],
      ['bid', '300', '900'],
    ],
    reads: {
      kind: 5001,
      params: new Map([['length', ['3 paragraphs']]]),
      inputs: [{ data: PRIOR, type: 'job', relay: null, marker: null }],
      bid: { msat: 900_000n },
    },
  },
  {
    says: 'the translation of a note',
    tags: [
      ['j', 'translation'],
      ['input', PRIOR, 'event'],
      ['params', 'language', 'es_AR'],
      ['bid', '100', '500'],
    ],
    reads: { kind: 5002, params: new Map([['language', ['es_AR']]]), bid: { msat: 500_000n } },
  },
  {
    says: 'parameters in tags of their own name, since the draft does not say in which',
    tags: [
      ['j', 'translation'],
      ['input', 'hola'],
      ['language', 'en'],
      ['param', 'tone', 'formal'],
    ],
    reads: {
      inputs: [{ data: 'hola', type: 'text', relay: null, marker: null }],
      params: new Map([
        ['tone', ['formal']],
        ['language', ['en']],
      ]),
    },
  },
  {
    says: 'a model that is named twice is the one beside the job type',
    tags: [
      ['j', 'speech-to-text', 'whisper-1'],
      ['param', 'model', 'tiny'],
    ],
    reads: { params: new Map([['model', ['whisper-1']]]) },
  },
  {
    says: 'two days later: inputs in `i`, bids in millisats, `exp` and `output`',
    tags: [
      ['j', 'summarize'],
      ['i', PRIOR, 'job', 'wss://a.example', 'body'],
      ['param', 'length', '1 paragraph'],
      ['output', 'text/plain'],
      ['bid', '5000', '9000'],
      ['exp', '1700000060'],
    ],
    reads: {
      kind: 5001,
      inputs: [{ data: PRIOR, type: 'job', relay: 'wss://a.example', marker: 'body' }],
      outputs: ['text/plain'],
      bid: { msat: 9000n },
      expiresAt: 1_700_000_060,
    },
  },
  {
    says: 'our own tags',
    tags: [
      ['j', 'speech-to-text'],
      ['exchange', 'hold', 'free'],
      ['chain', PRIOR, hex32(0x13)],
      ['refund', 'me@wallet.example'],
    ],
    reads: {
      exchanges: ['hold', 'free'],
      chain: new Map([[PRIOR, hex32(0x13)]]),
      refundLud16: 'me@wallet.example',
    },
  },
];

/** Bids as written, and the most that each lets a provider ask; `null` leaves it open. */
export const DRAFT_BIDS: readonly (readonly [tags: readonly (readonly string[])[], most: bigint | null])[] = [
  [[['bid', '10']], 10_000n],
  [[['bid', '10', '25']], 25_000n],
  [[['bid', '10', '["25"]']], 25_000n],
  [[['bid', '10', '[25]']], 25_000n],
  [[['bid', '10', '']], 10_000n],
  [[['bid', '10', '[]']], 10_000n],
  [[['bid', '0', '0']], 0n],
  [[['bid', '25', '10']], null],
  [[['bid', '10', 'much']], null],
  [[['bid', '10', '[[']], null],
  [[['bid', '10', '20', '30']], null],
  [[['bid', '-1']], null],
  [[['bid', '9'.repeat(19)]], null],
  [
    [
      ['bid', '5000'],
      ['i', 'x', 'text'],
    ],
    5000n,
  ],
  [
    [
      ['bid', '5000'],
      ['i', 'x', 'text'],
      ['input', 'y', 'text'],
    ],
    null,
  ],
];
