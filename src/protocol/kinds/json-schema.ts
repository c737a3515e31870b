import type { InputContract, JobContract, KindContract, ParamContract } from './contract.ts';
import { readingsOf } from './variant.ts';

/** A JSON Schema (draft 2020-12) as plain JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The JSON Schema of a job request of that kind as forms, flags and tools fill it in:
 * `{ inputs: [{ data, type, marker? }], params: { name: value or [values] }, output? }`, for an ambiguous kind
 * one of several such. It asks for more than requests are checked for: parameters that are merely expected
 * are required.
 */
export function kindJsonSchema(contract: KindContract): JsonSchema {
  const { name: title, about: description } = contract;
  const head = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    description,
    type: 'object',
  };
  if (contract.variants === undefined) return { ...head, ...jobSchema(contract) };
  const anyOf = readingsOf(contract).map((reading) => ({
    title: reading.name,
    description: reading.about,
    type: 'object',
    ...jobSchema(reading),
  }));
  return { ...head, anyOf };
}

function jobSchema({ inputs, params, outputs }: JobContract): JsonSchema {
  const required = params.filter((param) => param.required || param.expected === true);
  return {
    properties: {
      ...(inputs.length > 0 ? { inputs: inputsSchema(inputs) } : {}),
      params: {
        type: 'object',
        properties: Object.fromEntries(params.map((param) => [param.name, paramSchema(param)])),
        ...(required.length > 0 ? { required: required.map(({ name }) => name) } : {}),
      },
      output: {
        type: 'string',
        description: 'MIME type wanted.',
        ...(outputs.length > 0 ? { examples: outputs } : {}),
      },
    },
    required: [
      ...(inputs.some(({ min }) => min > 0) ? ['inputs'] : []),
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

function inputSchema({ types, marker, role, json, maxBytes, description }: InputContract): JsonSchema {
  return {
    type: 'object',
    description,
    properties: {
      data: {
        type: 'string',
        ...(json === true ? { contentMediaType: 'application/json' } : {}),
        // A character has at least one byte: what the schema lets through, the check may still find too long.
        ...(maxBytes === undefined ? {} : { maxLength: maxBytes }),
      },
      type: types === null ? { type: 'string' } : { enum: types },
      ...(role !== undefined ? { marker: { const: role } } : {}),
      ...(role === undefined && marker !== null ? { marker: { type: 'string', description: marker } } : {}),
    },
    required: ['data', 'type'],
    additionalProperties: false,
  };
}

function paramSchema(param: ParamContract): JsonSchema {
  const { description, arity, repeatable, values, suggested, pattern, valueType, min, max } = param;
  const typed = (texts: readonly string[]) => (valueType === undefined ? texts : texts.map(Number));
  const single = {
    type: valueType ?? 'string',
    ...(values === undefined ? {} : { enum: typed(values) }),
    ...(suggested === undefined ? {} : { examples: typed(suggested) }),
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
    ...(pattern === undefined ? {} : { pattern }),
  };
  const standard = param.default === undefined ? [] : typed(param.default);
  if (arity === 1 && repeatable !== true)
    return { description, ...single, ...(standard.length > 0 ? { default: standard[0] } : {}) };
  return {
    description,
    type: 'array',
    items: single,
    minItems: arity ?? 1,
    ...(arity === null || repeatable === true ? {} : { maxItems: arity }),
    ...(standard.length > 0 ? { default: standard } : {}),
  };
}
