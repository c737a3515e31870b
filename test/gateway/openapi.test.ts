import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../src/gateway/index.ts';
import { readJobOrder } from '../../src/gateway/job-order.ts';
import { KIND_CONTRACTS, kindContract } from '../../src/protocol/index.ts';

const KINDS = KIND_CONTRACTS.map(({ kind }) => kind);
const document = JSON.parse(JSON.stringify(describeApi(KINDS, 'http://gateway.example'))) as Json;

type Json = { readonly [name: string]: Json } & { readonly [index: number]: Json };

/** Every value of a document, with the path to it. */
function* walk(value: unknown, path: readonly string[] = []): Generator<[readonly string[], unknown]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value)) yield* walk(child, [...path, name]);
}

/** What a local reference points to. */
function target(reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
}

/** A schema of the document as a check, with its references put in place. */
function checkOf(name: string): z.ZodType {
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (typeof value !== 'object' || value === null) return value;
    if ('$ref' in value) return inline(target(String(value.$ref)));
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, inline(child)]));
  };
  return z.fromJSONSchema(
    inline(target(`#/components/schemas/${name}`)) as Parameters<typeof z.fromJSONSchema>[0],
  );
}

/** The objects of OpenAPI 3.1 that the gateway writes: which fields they have to have, and which they may. */
const Schema = z.record(z.string(), z.unknown());
const Media = z.record(z.string().regex(/^\w+\/[\w.+-]+$/), z.strictObject({ schema: Schema.optional() }));
const Header = z.strictObject({ schema: Schema, description: z.string().optional() });
const Reply = z.strictObject({
  description: z.string().min(1),
  content: Media.optional(),
  headers: z.record(z.string(), Header).optional(),
});
const Parameter = z
  .strictObject({
    name: z.string(),
    in: z.enum(['query', 'header', 'path', 'cookie']),
    required: z.boolean().optional(),
    schema: Schema,
    description: z.string().optional(),
  })
  .refine((parameter) => parameter.in !== 'path' || parameter.required === true);
const Operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(Parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: Media }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), Reply).refine((all) => Object.keys(all).length > 0),
});
const PathItem = z.strictObject({
  parameters: z.array(Parameter).optional(),
  get: Operation.optional(),
  post: Operation.optional(),
});
const OpenApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    summary: z.string().optional(),
    description: z.string().optional(),
  }),
  servers: z.array(z.strictObject({ url: z.url() })),
  paths: z.record(z.string().startsWith('/'), PathItem),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), Schema),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal('http'), scheme: z.string(), description: z.string() }),
    ),
  }),
});

describe('the OpenAPI document', () => {
  test('has the objects of OpenAPI 3.1, and no others', () => {
    expect(OpenApi.safeParse(document).error?.issues ?? []).toEqual([]);
  });

  test('points to nothing that is not there, and names each operation once', () => {
    const values = [...walk(document)];
    const references = values.filter(([path]) => path.at(-1) === '$ref').map(([, value]) => String(value));
    expect(references.filter((reference) => target(reference) === undefined)).toEqual([]);
    const ids = values.filter(([path]) => path.at(-1) === 'operationId').map(([, value]) => value);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, item] of Object.entries(document['paths'] ?? {})) {
      const declared = (item as { parameters?: { name: string; in: string }[] }).parameters ?? [];
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(declared.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(named);
    }
  });

  test('has an order for every kind, which takes what the gateway takes', () => {
    const check = checkOf('Order5001');
    const orders = [
      { inputs: ['a text'], max_sats: 1 },
      {
        inputs: [{ data: 'a text', type: 'text' }],
        params: { length: '3 sentences' },
        max_sats: 1,
        payment: 'hold',
      },
      { inputs: [{ data: 'a text', type: 'text' }], output: 'text/plain', max_sats: 1, deadline_seconds: 60 },
      { inputs: [{ data: 'a text', type: 'text' }] },
      { inputs: [], max_sats: 1 },
      { inputs: [{ data: 'https://x.example', type: 'url' }], max_sats: 1 },
      { inputs: [{ data: 'a text', type: 'text' }], max_sats: -1 },
      { inputs: [{ data: 'a text', type: 'text' }], max_sats: 1, payment: 'later' },
      { inputs: [{ data: 'a text', type: 'text' }], max_sats: 1, deadline_seconds: 1 },
      { inputs: [{ data: 'a text', type: 'text' }], params: { length: 'long' }, max_sats: 1 },
      { inputs: [{ data: 'a text', type: 'text' }], max_sats: 1, bid: 1 },
    ];
    const judged = orders.map((order) => [
      check.safeParse(order).success,
      readJobOrder(kindContract(5001), order).ok,
    ]);
    expect(judged).toEqual(orders.map((_order, index) => (index < 3 ? [true, true] : [false, false])));
  });

  test('makes a check of every schema, and every meaning of a kind has the terms', () => {
    const schemas = document['components']?.['schemas'] ?? {};
    for (const name of Object.keys(schemas)) expect(() => checkOf(name), name).not.toThrow();
    for (const kind of KINDS) {
      const schema = target(`#/components/schemas/Order${kind}`) as { anyOf?: object[]; properties?: object };
      for (const meaning of schema.anyOf ?? [schema])
        expect(meaning, String(kind)).toHaveProperty(['properties', 'max_sats']);
    }
  });
});
