import { CUSTOMER, hex32, PROVIDER } from './events.ts';
import type { WireFact } from './wire-fact.ts';

const REQUEST = hex32(0x11);
const text = (data: string) => ({ data, type: 'text', relay: null, marker: null });

/** Requests as peers send them. */
export const REQUEST_FACTS: readonly WireFact[] = [
  {
    fact: 5,
    says: 'one bare encrypted tag counts as a list of one',
    kind: 5905,
    tags: [['encrypted'], ['p', PROVIDER]],
    content: 'cipher',
    decrypted: '["i","{}","text"]',
    reads: { inputs: [text('{}')], content: '', encrypted: true },
  },
  {
    fact: 8,
    says: 'encrypted tags join those outside, where 2020117 reads the bid',
    kind: 5050,
    tags: [['encrypted'], ['p', PROVIDER], ['bid', '9000'], ['t', 'x']],
    content: 'cipher',
    decrypted: JSON.stringify([
      ['i', 'secret', 'text'],
      ['param', 'max_tokens', 5],
      ['relays', 'wss://a.example'],
    ]),
    reads: {
      inputs: [text('secret')],
      params: new Map([['max_tokens', ['5']]]),
      bid: { msat: 9000n },
      relays: ['wss://a.example'],
      targets: [PROVIDER],
    },
  },
  {
    fact: 8,
    says: 'an encrypted tag hides the outer ones of its name',
    kind: 5050,
    tags: [['encrypted'], ['i', 'decoy', 'text']],
    content: 'cipher',
    decrypted: '[["i","secret","text"]]',
    reads: { inputs: [text('secret')] },
  },
  {
    fact: 10,
    says: 'a bid is millisatoshis',
    kind: 5050,
    tags: [['bid', '5000']],
    reads: { bid: { msat: 5000n, raw: ['5000'] } },
  },
  {
    fact: 10,
    says: 'a bid with two values is kept as written',
    kind: 5050,
    tags: [['bid', '5', '10000']],
    reads: { bid: { msat: null, raw: ['5', '10000'] } },
  },
  {
    fact: 11,
    says: 'an input of two elements is text',
    kind: 5050,
    tags: [['i', 'what is love']],
    reads: { inputs: [text('what is love')] },
  },
  {
    fact: 11,
    says: 'the types prompt and data are kept',
    kind: 5050,
    tags: [
      ['i', 'a', 'prompt'],
      ['i', 'b', 'data'],
    ],
    reads: {
      inputs: [
        { ...text('a'), type: 'prompt' },
        { ...text('b'), type: 'data' },
      ],
    },
  },
  {
    fact: 11,
    says: 'the relay comes before the marker, in the draft after it',
    kind: 5050,
    tags: [
      ['i', 'a', 'event', 'wss://a.example', 'mark'],
      ['i', 'b', 'event', 'mark', 'wss://a.example'],
      ['i', 'c', 'text', 'mark'],
      ['i', 'd', 'text', '', 'mark'],
    ],
    reads: {
      inputs: [
        { data: 'a', type: 'event', relay: 'wss://a.example', marker: 'mark' },
        { data: 'b', type: 'event', relay: 'wss://a.example', marker: 'mark' },
        { data: 'c', type: 'text', relay: null, marker: 'mark' },
        { data: 'd', type: 'text', relay: null, marker: 'mark' },
      ],
    },
  },
  {
    fact: 12,
    says: 'parameters carry several values, repeat and keep their spelling',
    kind: 5300,
    tags: [
      ['param', 'range', '1', '2'],
      ['param', 'relay', 'a'],
      ['param', 'relay', 'b'],
      ['param', 'top-k', '5'],
      ['param', 'users', '[["p","x"]]'],
      ['param', 'user', CUSTOMER],
      ['param', 'max_results', '200'],
      ['param'],
      ['param', 'empty'],
    ],
    reads: {
      params: new Map([
        ['range', ['1', '2']],
        ['relay', ['a', 'b']],
        ['top-k', ['5']],
        ['users', ['[["p","x"]]']],
        ['user', [CUSTOMER]],
        ['max_results', ['200']],
        ['empty', []],
      ]),
    },
  },
  {
    fact: 13,
    says: 'relays may be one JSON string',
    kind: 5050,
    tags: [['relays', '["wss://A.example/","wss://b.example/path/"]']],
    reads: { relays: ['wss://a.example', 'wss://b.example/path'] },
  },
  {
    fact: 13,
    says: 'a relays tag may have lost its name; what is no relay is dropped',
    kind: 5050,
    tags: [
      ['wss://a.example', 'wss://b.example', 'https://c.example', 'wss://u:p@d.example', 'wss://a.example/'],
    ],
    reads: { relays: ['wss://a.example', 'wss://b.example'] },
  },
  {
    fact: 13,
    says: 'no more relays are taken than a provider should write to',
    kind: 5050,
    tags: [['relays', ...Array.from({ length: 100 }, (_, n) => `wss://r${n}.example`)]],
    reads: { relays: Array.from({ length: 16 }, (_, n) => `wss://r${n}.example`) },
  },
  {
    fact: 14,
    says: 'the content may be words for people or a large input',
    kind: 5400,
    tags: [['param', 'group', 'pubkey']],
    content: '[{"#kinds":[1]}]',
    reads: { content: '[{"#kinds":[1]}]', inputs: [] },
  },
  {
    fact: 15,
    says: 'outputs carry parameters of their MIME type',
    kind: 5100,
    tags: [['output', 'image/png;format=url']],
    reads: { outputs: ['image/png;format=url'] },
  },
  {
    fact: 17,
    says: 'noStrudel pages with the previous request as an event input',
    kind: 5300,
    tags: [
      ['i', REQUEST, 'event'],
      ['expiration', '1700000060'],
    ],
    reads: { inputs: [{ ...text(REQUEST), type: 'event' }], expiresAt: 1_700_000_060 },
  },
  {
    fact: 24,
    says: 'elisym puts the input into the content',
    kind: 5100,
    tags: [
      ['i', 'text', 'text'],
      ['t', 'summary'],
      ['t', 'elisym'],
    ],
    content: 'the real input',
    reads: { inputs: [text('the real input')] },
  },
  {
    fact: 24,
    says: 'elisym encrypts the bare input',
    kind: 5100,
    tags: [
      ['i', 'encrypted', 'text'],
      ['encrypted', 'nip44'],
      ['t', 'elisym'],
      ['p', PROVIDER],
    ],
    content: 'cipher',
    decrypted: 'the secret input',
    reads: { inputs: [text('the secret input')], encrypted: true },
  },
  {
    fact: 24,
    says: 'the words text and encrypted are inputs of their own elsewhere',
    kind: 5050,
    tags: [
      ['i', 'text', 'text'],
      ['i', 'encrypted', 'text'],
    ],
    content: 'please translate',
    reads: { inputs: [text('text'), text('encrypted')] },
  },
];
