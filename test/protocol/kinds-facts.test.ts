import { describe, expect, test } from 'vitest';
import {
  KIND_CONTRACTS,
  type InputContract,
  type JobContract,
  type KindStatus,
  type ParamContract,
} from '../../src/protocol/index.ts';
import { KIND_FACTS } from './kinds-facts.ts';

/** A contract or variant in the notation of the facts. */
interface Reading {
  readonly reading: string;
  readonly status: KindStatus;
  readonly job: JobContract;
}

const readings: readonly Reading[] = KIND_CONTRACTS.flatMap((contract) => [
  { reading: `${contract.kind}`, status: contract.status, job: contract },
  ...(contract.variants ?? []).map((variant) => ({
    reading: `${contract.kind} ${variant.id}`,
    status: variant.status,
    job: variant,
  })),
]);

/**
 * Where our contracts differ from their sources on purpose, by reading: what the source says → what we say;
 * nothing on one side for what only the other has. Most let more through.
 */
const DELIBERATE: Readonly<Record<string, readonly (readonly [fact: string, ours: string, why: string])[]>> =
  {
    '5000': [
      ['url|event|job 1-*', 'url|event|job|text 1-*', 'the page names no types'],
      ['range x2', 'range x2 number', 'the page says seconds'],
      ['language {en-US} =en-US', 'language {en-US}', 'the default of one provider'],
    ],
    '5001': [
      [
        'length ~^\\d+ (words|paragraphs)$',
        'length ~^\\d{1,6}\\s{1,3}(word|sentence|paragraph)s?$',
        'our own summaries take sentences too',
      ],
    ],
    '5050': [['text 0-*', 'text|url|event|job 0-*', 'the page names no types but prompt']],
    '5100': [
      ['size ~^\\d+x\\d+$', 'size ~^\\d{1,5}[x:]\\d{1,5}$', 'a provider announces 1024:1024'],
      ['upscale {2,3,4} =4', 'upscale {2,3,4}', 'the default is for given pictures only'],
    ],
    '5205': [['x', '', 'seen once, and meant for 5206']],
    '5300': [
      ['', 'event 0-1', 'noStrudel pages'],
      ['p/user', 'p/user ~^[0-9a-f]{64}$', 'it is a key'],
    ],
    '5301': [['p/user', 'p/user ~^[0-9a-f]{64}$', 'it is a key']],
    '5312': [['limit integer <=100 =5', 'limit integer >=1 <=100 =5', 'none is no limit']],
    '5313': [['limit integer <=100 =5', 'limit integer >=1 <=100 =5', 'none is no limit']],
    '5314': [['limit integer <=1000 =5', 'limit integer >=1 <=1000 =5', 'none is no limit']],
    '5315': [
      ['search!', 'search! ~.{4}', 'the documents say longer than three characters'],
      ['limit integer <=100 =5', 'limit integer >=1 <=100 =5', 'none is no limit'],
    ],
    '5400': [['relay! +', 'relay? +', 'both examples of the page leave it out']],
    '5970': [['pow! integer', 'pow! integer >=0 <=256', 'an id has 256 bits']],
    ...Object.fromEntries(
      ['5930', '5931', '5932', '5933', '5935', '5936'].map((kind) => [
        kind,
        [
          ['', 'any 0-*', 'reserved only: nothing says what it takes'],
          ['application/json', '', 'reserved only: nothing says what it gives'],
        ],
      ]),
    ),
  };

describe('the catalogue says what the sources say', () => {
  test('every kind of the sources is there, and no other', () => {
    const kinds = new Set(KIND_FACTS.map(({ reading }) => Number(reading.slice(0, 4))));
    expect(KIND_CONTRACTS.map(({ kind }) => kind)).toEqual([...kinds]);
  });

  test.each(KIND_FACTS.filter(({ status }) => status !== 'observed'))('$reading', (fact) => {
    const ours = readings.find(({ reading }) => reading === fact.reading);
    expect(ours?.status).toBe(fact.status);
    const said = [...parts(fact.inputs), ...parts(fact.params), ...parts(fact.outputs)];
    for (const [before, after] of DELIBERATE[fact.reading] ?? []) {
      if (before !== '') {
        expect(said).toContain(before);
        said.splice(said.indexOf(before), 1);
      }
      if (after !== '') said.push(after);
    }
    expect(ours && notation(ours.job).toSorted()).toEqual(said.toSorted());
  });

  test.each(KIND_FACTS.filter(({ status }) => status === 'observed'))(
    '$reading is only named',
    ({ reading }) => {
      const ours = readings.find((each) => each.reading === reading);
      expect(ours).toMatchObject({ status: 'observed', job: { params: [], outputs: [] } });
      expect(ours && notation(ours.job)).toEqual(['any 0-*']);
    },
  );

  test('every contract names its source and what the job is', () => {
    for (const { kind, name, about, source } of KIND_CONTRACTS) {
      expect([kind, name, about, source]).not.toContain('');
      expect(source).not.toBeNull();
    }
  });

  test('ambiguous kinds have all their meanings', () => {
    const ambiguous = KIND_CONTRACTS.flatMap(({ kind, variants = [] }) =>
      variants.length > 0 ? [[kind, ...variants.map(({ id }) => id)]] : [],
    );
    expect(ambiguous).toEqual([
      [5600, 'ci', 'wasm'],
      [5900, 'ci'],
      [5901, 'wallet'],
      [5910, 'list-tools', 'execute-tool'],
      [5999, 'vm', 'job-type'],
    ]);
  });
});

function parts(line: string): string[] {
  return line === '' ? [] : line.split('; ');
}

function notation({ inputs, params, outputs }: JobContract): string[] {
  return [...inputs.map(inputNotation), ...params.map(paramNotation), ...outputs];
}

function inputNotation({ types, min, max, role, json, maxBytes }: InputContract): string {
  return [
    `${types?.join('|') ?? 'any'} ${min}-${max ?? '*'}`,
    ...(role === undefined ? [] : [`@${role}`]),
    ...(json === true ? ['json'] : []),
    ...(maxBytes === undefined ? [] : [`<=${maxBytes}B`]),
  ].join(' ');
}

function paramNotation(param: ParamContract): string {
  const { name, aliases = [], arity, valueType, min, max, pattern } = param;
  const values = param.values ?? param.suggested;
  const need = param.required ? '!' : param.expected === true ? '?' : '';
  return [
    `${[name, ...aliases].join('/')}${need}`,
    ...(arity === 1 ? [] : [`x${arity ?? '*'}`]),
    ...(param.repeatable === true ? ['+'] : []),
    ...(valueType === undefined ? [] : [valueType]),
    ...(min === undefined ? [] : [`>=${min}`]),
    ...(max === undefined ? [] : [`<=${max}`]),
    ...(pattern === undefined ? [] : [`~${pattern}`]),
    ...(values === undefined ? [] : [`{${values.join(',')}}`]),
    ...(param.default === undefined ? [] : [`=${param.default.join(' ')}`]),
  ].join(' ');
}
