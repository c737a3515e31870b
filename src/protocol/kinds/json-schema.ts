import type { InputContract, KindContract, ParamContract } from './contract.ts';

/** A JSON Schema (draft 2020-12) as plain JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The JSON Schema of a job request of that kind as forms, flags and tools fill it in:
 * `{ inputs: [{ data, type, marker? }], params: { name: value or [values] }, output? }`.
 */
export function kindJsonSchema(contract: KindContract): JsonSchema {
  const required = contract.params.filter((param) => param.required).map(({ name }) => name);
  const params = Object.fromEntries(contract.params.map((param) => [param.name, paramSchema(param)]));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: contract.name,
    type: 'object',
    properties: {
      inputs: inputsSchema(contract.inputs),
      params: { type: 'object', properties: params, ...(required.length > 0 ? { required } : {}) },
      output: {
        type: 'string',
        description: 'MIME type wanted.',
        ...(contract.outputs.length > 0 ? { examples: contract.outputs } : {}),
      },
    },
    required: [
      ...(contract.inputs.some(({ min }) => min > 0) ? ['inputs'] : []),
      ...(required.length > 0 ? ['params'] : []),
    ],
    additionalProperties: false,
  };
}

function inputsSchema(inputs: readonly InputContract[]): JsonSchema {
  const bounded = inputs.every(({ max }) => max !== null);
  return {
    type: 'array',
    minItems: inputs.reduce((sum, { min }) => sum + min, 0),
    ...(bounded ? { maxItems: inputs.reduce((sum, { max }) => sum + (max ?? 0), 0) } : {}),
    items: { anyOf: inputs.map(inputSchema) },
  };
}

function inputSchema({ types, marker, description }: InputContract): JsonSchema {
  return {
    type: 'object',
    description,
    properties: {
      data: { type: 'string' },
      type: types === null ? { type: 'string' } : { enum: types },
      ...(marker === null ? {} : { marker: { type: 'string', description: marker } }),
    },
    required: ['data', 'type'],
    additionalProperties: false,
  };
}

function paramSchema(param: ParamContract): JsonSchema {
  const { description, arity, repeatable, values, suggested, pattern } = param;
  const single = {
    type: param.valueType ?? 'string',
    ...(values === undefined ? {} : { enum: values }),
    ...(suggested === undefined ? {} : { examples: suggested }),
    ...(pattern === undefined ? {} : { pattern }),
  };
  if (repeatable === true) return { description, type: 'array', items: single, minItems: 1 };
  if (arity !== 1) return { description, type: 'array', items: single, minItems: arity, maxItems: arity };
  const [standard] = param.default ?? [];
  if (standard === undefined) return { description, ...single };
  return { description, ...single, default: param.valueType === undefined ? standard : Number(standard) };
}
