import { describe, expect, test } from 'vitest';
import {
  buildJobRequest,
  checkRequest,
  createKindCatalogue,
  KIND_CONTRACTS,
  kindContract,
  kindJsonSchema,
  parseJobRequest,
  type KindContract,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER } from './events.ts';

const article = ['i', 'a long text', 'text'];
const recording = ['i', 'https://a.example/ep.mp3', 'url', '', 'audio/mp3'];

/** Checks a request of these tags as its own kind: what a handler gets, or the broken rule. */
function check(kind: number, tags: readonly (readonly string[])[], contract = kindContract(kind)): unknown {
  const read = parseJobRequest(authored(CUSTOMER, { kind, created_at: 1, tags, content: '' }));
  if (!read.ok) throw new Error(read.failure.message);
  const checked = checkRequest(contract, read.value);
  return checked.ok ? { params: Object.fromEntries(checked.value.params) } : checked.failure;
}

describe('requests are checked against their kind', () => {
  test.each([
    [
      5000,
      [
        recording,
        ['output', 'text/plain'],
        ['param', 'range', '300', '360.5'],
        ['param', 'alignment', 'raw'],
      ],
    ],
    [5000, [recording, ['param', 'model', 'somebody-elses-model'], ['param', 'language', 'de']]],
    [
      5001,
      [
        article,
        ['i', 'b'.repeat(64), 'event'],
        ['i', 'c'.repeat(64), 'job'],
        ['param', 'length', '10 paragraphs'],
      ],
    ],
    [5001, [['i', 'typed as prompt', 'prompt']]],
    [5050, []],
    [
      5300,
      [
        ['param', 'user', 'a'.repeat(64)],
        ['param', 'max_results', '200'],
      ],
    ],
    [
      5987,
      [
        ['i', 'anything', 'whatever'],
        ['param', 'any', 'thing'],
      ],
    ],
  ] as const)('kind %i with %j fits', (kind, tags) => {
    expect(check(kind, tags)).toHaveProperty('params');
  });

  test.each([
    [5000, [], { rule: 'too-few-inputs', tag: 'i' }],
    [5000, [['i', 'words', 'text']], { rule: 'input-type', tag: 'i', position: 0 }],
    [5000, [recording, ['param', 'range', '300']], { rule: 'param-arity', tag: 'param', name: 'range' }],
    [5000, [recording, ['param', 'range', 'a', 'b']], { rule: 'param-type', tag: 'param', name: 'range' }],
    [
      5000,
      [recording, ['param', 'alignment', 'loose']],
      { rule: 'param-values', tag: 'param', name: 'alignment' },
    ],
    [5000, [recording, ['alignment', 'loose']], { rule: 'param-values', tag: 'param', name: 'alignment' }],
    [5001, [article, ['i', 'https://a.example', 'url']], { rule: 'input-type', tag: 'i', position: 1 }],
    [5001, [article, ['param', 'length', 'short']], { rule: 'param-pattern', tag: 'param', name: 'length' }],
    [5001, [article, ['param', 'length']], { rule: 'param-arity', tag: 'param', name: 'length' }],
    [
      5001,
      [article, ['param', 'length', '9 words'], ['param', 'length', '8 words']],
      { rule: 'param-arity', tag: 'param', name: 'length' },
    ],
    [5050, [['param', 'top-k', '1.5']], { rule: 'param-type', tag: 'param', name: 'top_k' }],
    [
      5300,
      [
        ['i', 'a', 'text'],
        ['i', 'b', 'text'],
      ],
      { rule: 'input-type', tag: 'i', position: 1 },
    ],
  ] as const)('kind %i with %j breaks %j', (kind, tags, data) => {
    expect(check(kind, tags)).toMatchObject({ code: 'schema-violation', data });
  });

  test('the message says what is wanted and keeps a stranger’s text short', () => {
    expect(check(5001, [article, ['param', 'length', 'x'.repeat(5000)]])).toMatchObject({
      message: `Parameter "length" must be like ^\\d{1,6} (words|paragraphs)$, not "${'x'.repeat(60)}…".`,
    });
    expect(check(5001, [['i', 'a', 'y'.repeat(5000)]])).toMatchObject({
      message: `Input 1 of type "${'y'.repeat(60)}…" does not fit: Summarization takes 1 or more of type event, job, text.`,
    });
  });

  test('fact 12: both spellings of a parameter come out under one name', () => {
    expect(
      check(5050, [
        ['param', 'top-k', '5'],
        ['param', 'top_p', '0.9'],
        ['param', 'own', 'x'],
      ]),
    ).toEqual({
      params: { top_k: ['5'], top_p: ['0.9'], own: ['x'] },
    });
    expect(
      check(5050, [
        ['param', 'top-k', '5'],
        ['param', 'top_k', '6'],
      ]),
    ).toMatchObject({
      data: { rule: 'param-arity' },
    });
  });

  test('equal repetitions count once, repeatable parameters add up', () => {
    expect(check(5001, [article, ['param', 'length', '9 words'], ['param', 'length', '9 words']])).toEqual({
      params: { length: ['9 words'] },
    });
    expect(
      check(5400, [
        ['param', 'relay', 'wss://a.example'],
        ['param', 'relay', 'wss://b.example'],
      ]),
    ).toEqual({
      params: { relay: ['wss://a.example', 'wss://b.example'] },
    });
  });

  test('an alignment outside of param counts, unless there is one inside', () => {
    expect(check(5000, [recording, ['alignment', 'word']])).toEqual({ params: { alignment: ['word'] } });
    expect(check(5000, [recording, ['alignment', 'word'], ['param', 'alignment', 'raw']])).toEqual({
      params: { alignment: ['raw'] },
    });
  });

  test('defaults are filled in', () => {
    expect(check(5300, [])).toEqual({ params: { max_results: ['100'] } });
  });

  test('a request is not checked by the contract of another kind', () => {
    expect(check(5050, [article], kindContract(5001))).toMatchObject({ data: { rule: 'kind' } });
  });
});

/** A kind that uses what the shipped contracts do not. */
const strict: KindContract = {
  kind: 5999,
  name: 'Strict',
  status: 'implementation',
  source: 'this test',
  inputs: [
    { types: ['text'], min: 1, max: 1, marker: null, description: 'One text.' },
    { types: ['url'], min: 0, max: 2, marker: 'role', description: 'Up to two pictures.' },
  ],
  params: [{ name: 'cpu', description: 'Cores.', required: true, arity: 1, valueType: 'integer' }],
  outputs: ['text/plain'],
};

describe('the catalogue is data', () => {
  test('contracts can be added, and unknown kinds take everything', () => {
    const catalogue = createKindCatalogue([...KIND_CONTRACTS, strict]);
    expect(catalogue.contracts.map(({ kind }) => kind)).toEqual([5000, 5001, 5050, 5300, 5400, 5999]);
    expect(catalogue.contract(5999)).toBe(strict);
    expect(catalogue.contract(5123)).toMatchObject({ kind: 5123, status: 'unknown', params: [] });
    expect(check(5999, [article], strict)).toMatchObject({ data: { rule: 'param-required', name: 'cpu' } });
    expect(check(5999, [article, article, ['param', 'cpu', '1']], strict)).toMatchObject({
      data: { rule: 'input-type', position: 1 },
    });
  });

  test('a contract gives the JSON Schema of its requests', () => {
    expect(kindJsonSchema(strict)).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Strict',
      type: 'object',
      properties: {
        inputs: {
          type: 'array',
          minItems: 1,
          maxItems: 3,
          items: {
            anyOf: [
              {
                type: 'object',
                description: 'One text.',
                properties: { data: { type: 'string' }, type: { enum: ['text'] } },
                required: ['data', 'type'],
                additionalProperties: false,
              },
              {
                type: 'object',
                description: 'Up to two pictures.',
                properties: {
                  data: { type: 'string' },
                  type: { enum: ['url'] },
                  marker: { type: 'string', description: 'role' },
                },
                required: ['data', 'type'],
                additionalProperties: false,
              },
            ],
          },
        },
        params: {
          type: 'object',
          properties: { cpu: { description: 'Cores.', type: 'integer' } },
          required: ['cpu'],
        },
        output: { type: 'string', description: 'MIME type wanted.', examples: ['text/plain'] },
      },
      required: ['inputs', 'params'],
      additionalProperties: false,
    });
    expect(kindJsonSchema(kindContract(5000))).toMatchObject({
      properties: {
        inputs: {
          minItems: 1,
          items: { anyOf: [{ properties: { type: { enum: ['url', 'event', 'job'] } } }] },
        },
        params: {
          properties: {
            range: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
            alignment: { type: 'string', enum: ['raw', 'segment', 'word'] },
          },
        },
      },
      required: ['inputs'],
    });
    expect(kindJsonSchema(kindContract(5300))).toMatchObject({
      properties: { params: { properties: { max_results: { type: 'integer', default: 100 } } } },
      required: [],
    });
    expect(kindJsonSchema(kindContract(5400))).toMatchObject({
      properties: {
        params: { properties: { relay: { type: 'array', items: { type: 'string' }, minItems: 1 } } },
      },
    });
  });

  test.each(KIND_CONTRACTS)('the contract of kind $kind takes a request that keeps to it', (contract) => {
    const inputs = contract.inputs
      .filter(({ min }) => min > 0)
      .map(({ types }) => ({ data: 'x', type: types?.[0] ?? 'text', relay: null, marker: null }));
    const outputs = contract.outputs.slice(0, 1);
    const draft = { kind: contract.kind, inputs, outputs, params: new Map(), relays: [], createdAt: 1 };
    const read = parseJobRequest(authored(CUSTOMER, buildJobRequest(draft)));
    expect(read.ok && checkRequest(contract, read.value)).toMatchObject({ ok: true });
  });
});
