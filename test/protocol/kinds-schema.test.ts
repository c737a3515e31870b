import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  buildJobRequest,
  checkRequest,
  KIND_CONTRACTS,
  kindContract,
  kindJsonSchema,
  orThrow,
  parseJobRequest,
  type JobContract,
  type KindContract,
  type ParamContract,
  type VariantSigns,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER } from './events.ts';

/** A request as a form fills it in, after the schema. */
interface FilledForm {
  readonly inputs?: readonly { readonly data: string; readonly type: string; readonly marker?: string }[];
  readonly params?: Readonly<Record<string, unknown>>;
  readonly output?: string;
}

/** Whether an independent reader of JSON Schema lets the form through. */
function validates(contract: KindContract, form: FilledForm): boolean {
  const schema = JSON.parse(JSON.stringify(kindJsonSchema(contract))) as Parameters<
    typeof z.fromJSONSchema
  >[0];
  return z.fromJSONSchema(schema).safeParse(form).success;
}

/** A value that fits the parameter. */
function valueFor({ name, values, suggested, valueType, min, pattern }: ParamContract): string {
  const known = values?.[0] ?? suggested?.[0];
  if (known !== undefined) return known;
  if (valueType !== undefined) return String(min ?? 3);
  if (pattern === undefined) return `some ${name}`;
  const sample = ['10 words', '512x512', 'a'.repeat(64)].find((text) => new RegExp(pattern, 'u').test(text));
  if (sample === undefined) throw new Error(`Add a sample for ${pattern}`);
  return sample;
}

function valuesFor(param: ParamContract): string[] {
  return Array.from({ length: param.arity ?? 2 }, () => valueFor(param));
}

/** As the schema types a value: numbers as such, several as a list. */
function asForm(param: ParamContract, values: readonly string[]): unknown {
  const typed = values.map((value) => (param.valueType === undefined ? value : Number(value)));
  return param.arity === 1 && param.repeatable !== true ? typed[0] : typed;
}

interface Sample {
  readonly inputs: readonly { data: string; type: string; relay: null; marker: string | null }[];
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly form: FilledForm;
}

/** A request with all inputs that a job must have, and all its parameters or only these. */
function sampleOf({ inputs: groups, params: known, outputs }: JobContract, chosen = known): Sample {
  const inputs = groups.flatMap(({ types, min, json, role }) =>
    Array.from({ length: min }, () => ({
      data: json === true ? '{"function":1}' : 'words',
      type: types?.[0] ?? 'text',
      relay: null,
      marker: role ?? null,
    })),
  );
  const params = new Map(chosen.map((param) => [param.name, valuesFor(param)]));
  return {
    inputs,
    params,
    form: {
      ...(groups.length > 0
        ? {
            inputs: inputs.map(({ data, type, marker }) => ({ data, type, ...(marker ? { marker } : {}) })),
          }
        : {}),
      params: Object.fromEntries(chosen.map((param) => [param.name, asForm(param, valuesFor(param))])),
      ...(outputs[0] === undefined ? {} : { output: outputs[0] }),
    },
  };
}

function check(contract: KindContract, sample: Sample, signs: VariantSigns = {}) {
  const { tags, ...event } = buildJobRequest({
    ...sample,
    kind: contract.kind,
    outputs: [],
    relays: [],
    createdAt: 1,
  });
  const signTags = (signs.tags ?? []).map(([name, value = 'x']) => [name, value]);
  return checkRequest(
    contract,
    orThrow(parseJobRequest(authored(CUSTOMER, { ...event, tags: [...tags, ...signTags] }))),
  );
}

const described = KIND_CONTRACTS.filter(({ status }) => status !== 'observed');

describe.each(KIND_CONTRACTS)('kind $kind', (contract) => {
  const sample = sampleOf(contract);

  test('a request that keeps to the contract passes the check and the schema', () => {
    expect(check(contract, sample)).toMatchObject({ ok: true });
    expect(validates(contract, sample.form)).toBe(true);
  });

  test('what the schema requires cannot be left out', () => {
    expect(validates(contract, { ...sample.form, output: 5 as never })).toBe(false);
    if (contract.variants !== undefined) return; // another meaning may do without
    for (const param of contract.params.filter((each) => each.required || each.expected === true)) {
      const { form } = sampleOf(
        contract,
        contract.params.filter((each) => each !== param),
      );
      expect([param.name, validates(contract, form)]).toEqual([param.name, false]);
    }
    if (contract.inputs.some(({ min }) => min > 0))
      expect(validates(contract, { ...sample.form, inputs: [] })).toBe(false);
  });

  test('every parameter has a value that breaks it, or takes any text', () => {
    for (const param of contract.params) {
      const params = new Map([
        ...sample.params,
        [param.name, Array.from({ length: param.arity ?? 1 }, () => '\n')],
      ]);
      const takesAny = !(param.values ?? param.valueType ?? param.pattern);
      expect([param.name, check(contract, { ...sample, params }).ok]).toEqual([param.name, takesAny]);
    }
  });

  test.each(contract.variants ?? [])(
    'variant $id is told by its signs and keeps to its own rules',
    (variant) => {
      const params = variant.signs.params === undefined ? [] : variant.params;
      const meant = sampleOf(variant, params);
      const first = { type: 'text', data: 'nostr+walletconnect://x', relay: null, marker: null };
      const signed = {
        ...meant,
        inputs: contract.kind === 5901 ? [first] : meant.inputs,
        params: contract.kind === 5900 ? new Map([['git_ref', ['x']]]) : meant.params,
      };
      expect(check(contract, signed, variant.signs)).toMatchObject({
        ok: true,
        value: { variant: variant.id },
      });
      expect(validates(contract, meant.form)).toBe(true);
    },
  );
});

test('no request of a described kind makes the check throw, whatever it carries', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('text', 'url', 'event', 'job', '1', '{}', 'x'.repeat(64)),
  );
  const names = described.flatMap(({ params, variants = [] }) =>
    [...params, ...variants.flatMap((variant) => variant.params)].flatMap(({ name, aliases = [] }) => [
      name,
      ...aliases,
    ]),
  );
  const name = fc.constantFrom(...new Set(names));
  const tag = fc.oneof(
    fc.tuple(word, word).map(([data, type]) => ['i', data, type]),
    fc.tuple(name, fc.array(word, { maxLength: 3 })).map(([param, values]) => ['param', param, ...values]),
    fc.tuple(fc.constantFrom('c', 'j', 'alignment'), word).map((pair) => [...pair]),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...described),
      fc.array(tag, { maxLength: 6 }),
      fc.string(),
      (contract, tags, content) => {
        const event = authored(CUSTOMER, { kind: contract.kind, created_at: 1, tags, content });
        const checked = checkRequest(contract, orThrow(parseJobRequest(event)));
        if (checked.ok) {
          const reading = contract.variants?.find(({ id }) => id === checked.value.variant) ?? contract;
          for (const param of reading.params)
            if (param.required || param.default !== undefined)
              expect(checked.value.params.has(param.name)).toBe(true);
        } else
          expect(checked.failure).toMatchObject({
            code: 'schema-violation',
            data: { rule: expect.any(String), tag: expect.stringMatching(/^(i|param)$/) },
          });
      },
    ),
    { numRuns: 3000 },
  );
});

test('the schema of a kind, in full', () => {
  expect(kindJsonSchema(kindContract(5970))).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Proof-of-work delegation',
    description: expect.any(String),
    type: 'object',
    properties: {
      inputs: {
        type: 'array',
        minItems: 1,
        items: {
          anyOf: [
            {
              type: 'object',
              description: expect.any(String),
              properties: {
                data: { type: 'string', contentMediaType: 'application/json' },
                type: { enum: ['text'] },
              },
              required: ['data', 'type'],
              additionalProperties: false,
            },
          ],
        },
      },
      params: {
        type: 'object',
        properties: { pow: { description: expect.any(String), type: 'integer', minimum: 0, maximum: 256 } },
        required: ['pow'],
      },
      output: { type: 'string', description: 'MIME type wanted.', examples: ['application/json'] },
    },
    required: ['inputs', 'params'],
    additionalProperties: false,
  });
});

test('counts, lists, roles, bounds and defaults reach the schema', () => {
  expect(kindJsonSchema(kindContract(5000))).toMatchObject({
    properties: {
      params: {
        properties: {
          range: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
          alignment: { type: 'string', enum: ['raw', 'segment', 'word'] },
          method: { type: 'string', examples: ['prompt', 'analysis'] },
        },
      },
    },
  });
  expect(kindJsonSchema(kindContract(5300))).toMatchObject({
    properties: { params: { properties: { max_results: { type: 'integer', default: 100 } } } },
    required: [],
  });
  expect(kindJsonSchema(kindContract(5400))).toMatchObject({
    properties: { params: { properties: { relay: { type: 'array', minItems: 1 } }, required: ['relay'] } },
  });
  expect(kindJsonSchema(kindContract(5934))).toMatchObject({
    properties: { inputs: { items: { anyOf: [{ properties: { marker: { const: 'input_ref' } } }, {}] } } },
  });
  expect(kindJsonSchema(kindContract(5901))).toMatchObject({
    type: 'object',
    anyOf: [
      {
        properties: {
          inputs: { maxItems: 1, items: { anyOf: [{ properties: { data: { maxLength: 80 } } }] } },
        },
      },
      { title: 'Wallet registration' },
    ],
  });
  expect(kindJsonSchema(kindContract(5312))).not.toHaveProperty('properties.inputs');
});
