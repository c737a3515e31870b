import { describe, expect, test } from 'vitest';
import {
  announcedParams,
  checkRequest,
  kindContract,
  lacksInput,
  orThrow,
  parseJobRequest,
  type JobRequest,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER } from './events.ts';

const article = ['i', 'a long text', 'text'];
const recording = ['i', 'https://a.example/ep.mp3', 'url', '', 'audio/mp3'];

type TagList = readonly (readonly string[])[];

function requestOf(kind: number, tags: TagList, content = ''): JobRequest {
  return orThrow(parseJobRequest(authored(CUSTOMER, { kind, created_at: 1, tags, content })));
}

/** Checks a request of these tags as its own kind: what a handler gets, or the broken rule. */
function check(kind: number, tags: TagList, contract = kindContract(kind)): unknown {
  const checked = checkRequest(contract, requestOf(kind, tags));
  return checked.ok ? { params: Object.fromEntries(checked.value.params) } : checked.failure;
}

/** Which variant a request is checked as; the broken rule where it breaks one. */
function variant(kind: number, tags: TagList): unknown {
  const checked = checkRequest(kindContract(kind), requestOf(kind, tags));
  return checked.ok ? checked.value.variant : checked.failure.data?.['rule'];
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
    // What Amethyst and Coracle send unasked, and how noStrudel pages.
    [
      5300,
      [
        ['param', 'user', 'a'.repeat(64)],
        ['param', 'max_results', '200'],
        ['i', 'b'.repeat(64), 'event'],
      ],
    ],
    [
      5304,
      [
        ['i', 'not asked for', 'text'],
        ['param', 'own', 'thing'],
      ],
    ],
    [5901, [['i', 'é'.repeat(40), 'text']]],
    [
      5905,
      [
        ['i', '{}', 'text'],
        ['param', 'relays', 'wss://a.example', 'wss://b.example'],
      ],
    ],
    [5250, [['i', 'c'.repeat(64), 'job']]],
    [
      5100,
      [
        ['i', 'https://a.example/x.png', 'url'],
        ['i', 'as a drawing'],
        ['param', 'size', '512x512'],
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
    [5000, [['i', 'words', 'feeling']], { rule: 'input-type', tag: 'i', position: 0 }],
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
    [
      5312,
      [
        ['param', 'target', 'npub1x'],
        ['param', 'limit', '101'],
      ],
      { rule: 'param-range', name: 'limit' },
    ],
    [5312, [['param', 'limit', '5']], { rule: 'param-required', tag: 'param', name: 'target' }],
    [5315, [['param', 'search', 'abc']], { rule: 'param-pattern', name: 'search' }],
    [5901, [['i', 'é'.repeat(41), 'text']], { rule: 'input-size', tag: 'i', position: 0 }],
    [
      5905,
      [
        ['i', '{}', 'text'],
        ['i', 'not JSON', 'text'],
      ],
      { rule: 'input-json', tag: 'i', position: 1 },
    ],
    [
      5905,
      [
        ['i', '{}', 'text'],
        ['param', 'relays'],
      ],
      { rule: 'param-arity', name: 'relays' },
    ],
    [5002, [['i', 'https://a.example', 'url']], { rule: 'input-type', tag: 'i', position: 0 }],
    [5100, [['i', 'https://a.example', 'url']], { rule: 'too-few-inputs', tag: 'i' }],
    [5600, [['param', 'git_address', 'naddr1x']], { rule: 'param-required', name: 'git_ref' }],
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
      message: `Parameter "length" ("param" tag) must be like ^\\d{1,6}\\s{1,3}(word|sentence|paragraph)s?$, not "${'x'.repeat(60)}…".`,
    });
    expect(check(5001, [['i', 'a', 'y'.repeat(5000)]])).toMatchObject({
      message: `Input 1 ("i" tag) of type "${'y'.repeat(60)}…" does not fit: Summarization takes 1 or more of type event, job, text.`,
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

describe('what clients mean is taken for what they send', () => {
  test('the result of another job fits wherever the kind takes input, as far as there is room', () => {
    const job = ['i', 'c'.repeat(64), 'job'];
    expect(check(5400, [job, job])).toHaveProperty('params');
    expect(check(5302, [job])).toHaveProperty('params');
    expect(check(5302, [job, job])).toMatchObject({ data: { rule: 'input-type', position: 1 } });
  });

  test('content is the text that a kind needs when there is no tag, and stays content elsewhere', () => {
    const inputs = (kind: number, tags: TagList, content: string) => {
      const checked = checkRequest(kindContract(kind), requestOf(kind, tags, content));
      return checked.ok ? checked.value.inputs.map(({ data }) => data) : checked.failure.data?.['rule'];
    };
    expect(inputs(5001, [], 'a long text')).toEqual(['a long text']);
    expect(inputs(5001, [article], 'a greeting')).toEqual(['a long text']);
    expect(inputs(5001, [], '  ')).toBe('too-few-inputs');
    expect(inputs(5400, [], '[{"kinds":[1]}]')).toEqual([]);
    expect(inputs(5500, [], 'https://a.example/file')).toBe('too-few-inputs');
  });

  test('a value that came in pieces is put together where that is what the kind means', () => {
    expect(check(5001, [article, ['param', 'length', '100', 'words']])).toEqual({
      params: { length: ['100 words'] },
    });
    expect(check(5001, [article, ['param', 'length', '100', 'pages']])).toMatchObject({
      data: { rule: 'param-arity' },
    });
    expect(check(5050, [['param', 'model', 'a', 'b']])).toMatchObject({ data: { rule: 'param-arity' } });
  });

  test('a request without input is worth answering only where the kind can do without', () => {
    const lacks = (kind: number, tags: TagList = [], content = '') =>
      lacksInput(kindContract(kind), requestOf(kind, tags, content));
    expect([5050, 5001, 5900].map((kind) => lacks(kind))).toEqual([true, true, true]);
    expect(lacks(5050, [['param', 'model', 'x']])).toBe(true);
    expect(lacks(5050, [], 'words')).toBe(false);
    expect(lacks(5900, [['param', 'git_ref', 'x']])).toBe(false);
    const without = [5300, 5301, 5304, 5313, 5400, 5401, 5600, 5910, 5930, 5960, 5999, 5987];
    expect(without.filter((kind) => lacks(kind))).toEqual([]);
  });
});

describe('kinds with several meanings', () => {
  const wasm = ['i', '{"url":"https://a.example/x.wasm","function":"count_vowels"}', 'text'];
  const ci = ['git_address', 'git_ref', 'pipeline_filepath'].map((name) => ['param', name, 'x']);
  const wallet = [
    'i',
    `nostr+walletconnect://${'a'.repeat(64)}?relay=wss%3A%2F%2Fa.example&secret=b`,
    'text',
  ];

  test.each([
    [5600, ci, 'ci'],
    [5600, [wasm], 'wasm'],
    [5600, [['i', '{"function": broken', 'text']], 'input-json'],
    [5600, [['i', 'who sells coffee in Lisbon?', 'text']], null],
    [5900, [['i', 'a'.repeat(64), 'event']], null],
    [5900, ci, 'ci'],
    [5900, [], 'too-few-inputs'],
    [5901, [['i', 'Chancellor on brink', 'text']], null],
    [5901, [wallet], 'wallet'],
    [5910, [['c', 'list-tools']], 'list-tools'],
    [5910, [['c', 'execute-tool']], 'execute-tool'],
    [5910, [['c', 'something-new']], null],
    [5999, [['param', 'cpu', '2']], 'vm'],
    [5999, [['param', 'cpu', 'two']], 'param-type'],
    [5999, [['j', 'paint-fence']], 'job-type'],
    [5999, [['i', 'anything', 'text']], null],
  ] as const)('kind %i with %j is read as %s', (kind, tags, meaning) => {
    expect(variant(kind, tags)).toBe(meaning);
  });
});

test('an announcement names the parameters of the contract', () => {
  expect([...announcedParams(kindContract(5002))]).toEqual([
    ['language', { required: true, values: [], description: expect.stringContaining('ISO 639') }],
  ]);
  expect(announcedParams(kindContract(5000)).get('alignment')).toMatchObject({
    required: false,
    values: ['raw', 'segment', 'word'],
  });
  expect(announcedParams(kindContract(5000)).get('method')?.values).toEqual(['prompt', 'analysis']);
  expect(announcedParams(kindContract(5987)).size).toBe(0);
});
