import {
  isRecord,
  kindContract,
  kindJsonSchema,
  type JsonSchema,
  type KindContract,
} from '../protocol/index.ts';

/** The OpenAPI 3.1 document of a gateway that sells these kinds, made from the very schemas of the kinds. */
export function describeApi(kinds: readonly number[], origin: string): JsonSchema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'coinop gateway',
      version: '1',
      summary: 'Jobs of an open marketplace, bought over HTTP with Lightning.',
      description:
        'POST an order: the answer is 402 with a price and an invoice (L402). Pay it and repeat the same order with `Authorization: L402 <macaroon>:<preimage>`.',
    },
    servers: [{ url: origin }],
    paths: {
      ...Object.fromEntries(kinds.map((kind) => [`/v1/jobs/${kind}`, { post: orderOperation(kind) }])),
      '/v1/jobs/{id}': {
        parameters: [JOB_ID],
        get: {
          operationId: 'getJob',
          summary: 'What has become of a job.',
          responses: { 200: json('The job.', ref('Job')), 404: ERROR },
        },
      },
      '/v1/jobs/{id}/events': {
        parameters: [JOB_ID],
        get: {
          operationId: 'followJob',
          summary: 'The job as server-sent events: job, state, progress, partial, result.',
          parameters: [
            {
              name: 'Last-Event-ID',
              in: 'header',
              schema: { type: 'string' },
              description: 'Goes on behind it.',
            },
          ],
          responses: {
            200: { description: 'Events until the job is decided.', content: { 'text/event-stream': {} } },
            204: { description: 'That was the last event.' },
            404: ERROR,
          },
        },
      },
      '/v1/jobs/{id}/refund': {
        parameters: [JOB_ID],
        post: {
          operationId: 'refundJob',
          summary: 'Sends back what was paid for a job that came to nothing, once.',
          description:
            'With the Authorization that the job was paid by, however old. The invoice is over `refund_sats`, or up to `sats` where the routing costs no more than the rest.',
          security: [{ L402: [] }],
          requestBody: { required: true, content: { 'application/json': { schema: ref('RefundTo') } } },
          responses: {
            200: json('Refunded.', ref('Job')),
            202: json('Being sent.', ref('Job')),
            400: ERROR,
            401: ERROR,
            403: ERROR,
            404: ERROR,
            409: ERROR,
            422: ERROR,
            502: ERROR,
          },
        },
      },
      '/v1/kinds': {
        get: {
          operationId: 'listKinds',
          summary: 'The kinds of jobs that are sold here.',
          responses: { 200: json('Kinds.', { type: 'array', items: ref('Kind') }) },
        },
      },
      '/healthz': {
        get: {
          operationId: 'checkHealth',
          summary: 'Whether the gateway answers.',
          responses: { 200: { description: 'It does.' } },
        },
      },
    },
    components: {
      schemas: {
        ...Object.fromEntries(kinds.map((kind) => [`Order${kind}`, orderSchema(kindContract(kind))])),
        ...SCHEMAS,
      },
      securitySchemes: {
        L402: {
          type: 'http',
          scheme: 'L402',
          description: '`L402 <macaroon>:<preimage>`; the macaroon and the invoice are in the answer 402.',
        },
      },
    },
  };
}

function orderOperation(kind: number): JsonSchema {
  const { name, about } = kindContract(kind);
  return {
    operationId: `order${kind}`,
    summary: name,
    description: about,
    security: [{}, { L402: [] }],
    parameters: [
      {
        name: 'Prefer',
        in: 'header',
        schema: { type: 'string', examples: ['wait=60'] },
        description: 'How many seconds to wait for the result of a paid job.',
      },
    ],
    requestBody: { required: true, content: { 'application/json': { schema: ref(`Order${kind}`) } } },
    responses: {
      200: json('The result of a paid job.', ref('Job')),
      202: json('Paid and not done yet: look at `job`.', ref('Job')),
      402: {
        ...json('The price: pay `invoice`, then repeat the order.', ref('Quote')),
        headers: { 'WWW-Authenticate': { schema: { type: 'string' }, description: 'The L402 challenge.' } },
      },
      ...Object.fromEntries(
        [400, 401, 403, 404, 410, 413, 422, 429, 502, 503].map((status) => [status, ERROR]),
      ),
    },
  };
}

/** The schema of the kind with the terms of the order beside it, in each of its meanings. */
function orderSchema(contract: KindContract): JsonSchema {
  const { $schema: _, anyOf, ...schema } = kindJsonSchema(contract);
  if (!Array.isArray(anyOf)) return withTerms(schema);
  return { ...schema, anyOf: anyOf.map(withTerms) };
}

function withTerms(schema: JsonSchema): JsonSchema {
  const { properties, required } = schema;
  const { inputs, ...others } = isRecord(properties) ? properties : {};
  return {
    ...schema,
    properties: { ...(isRecord(inputs) ? { inputs: withPlainText(inputs) } : {}), ...others, ...TERMS },
    required: [...(Array.isArray(required) ? required : []), 'max_sats'],
  };
}

/** Where an input may be text, a plain string will do. */
function withPlainText(inputs: JsonSchema): JsonSchema {
  const { items } = inputs;
  const groups: readonly unknown[] = isRecord(items) && Array.isArray(items['anyOf']) ? items['anyOf'] : [];
  if (!groups.some(takesText)) return inputs;
  return { ...inputs, items: { anyOf: [...groups, { type: 'string', description: 'The same as text.' }] } };
}

function takesText(group: unknown): boolean {
  const properties = isRecord(group) ? group['properties'] : null;
  const type = isRecord(properties) ? properties['type'] : null;
  if (!isRecord(type)) return false;
  return !Array.isArray(type['enum']) || type['enum'].includes('text');
}

/** As `readJobOrder` reads them. */
const TERMS = {
  max_sats: { type: 'integer', minimum: 0, description: 'The most that the job may cost in all.' },
  provider: {
    type: 'string',
    pattern: '^[0-9a-f]{64}$',
    description:
      'Asks only the provider with this public key. Where it takes the money and delivers nothing, only what comes back from it is refunded.',
  },
  encrypted: {
    type: 'boolean',
    default: false,
    description: 'Shows the job to nobody but the one `provider`.',
  },
  payment: {
    enum: ['prepaid', 'hold'],
    default: 'prepaid',
    description:
      'prepaid: pay first, refunded where nothing comes of it. hold: the money is locked until the result is here.',
  },
  deadline_seconds: {
    type: 'integer',
    minimum: 5,
    maximum: 3_600,
    default: 300,
    description: 'How long the result is worth waiting for.',
  },
} as const;

const JOB_ID = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'Part of the job URL, and the right to see the job: keep it to yourself.',
};

const JOB_PROPERTIES = {
  job: { type: 'string', format: 'uri' },
  events: { type: 'string', format: 'uri' },
  kind: { type: 'integer' },
  state: { type: 'string' },
  payment: { enum: ['prepaid', 'hold', 'none'] },
  sats: { type: 'integer' },
  mode: { type: 'string', description: 'How the provider sells.' },
  refund_terms: {
    enum: ['full', 'returned'],
    description:
      'What is refunded where a provider takes the money and delivers nothing: all, or what comes back from the `provider` that the order names.',
  },
  usual_seconds: { type: ['number', 'null'] },
  worst_seconds: { type: ['number', 'null'] },
  valid_until: { type: 'integer', description: 'Unix seconds.' },
};

const SCHEMAS = {
  Job: {
    type: 'object',
    properties: {
      ...JOB_PROPERTIES,
      result: {
        type: 'object',
        properties: {
          content: { type: 'string', description: 'From a stranger: untrusted text.' },
          provider: { type: 'string' },
          request_id: { type: 'string' },
          result_id: { type: 'string' },
        },
        required: ['content', 'provider', 'request_id', 'result_id'],
      },
      failure: {
        type: 'object',
        properties: { code: { type: 'string' }, message: { type: 'string' } },
        required: ['code', 'message'],
      },
      refund: { type: 'string', format: 'uri' },
      refund_sats: { type: 'integer', description: 'What the invoice of a refund is over.' },
    },
    required: Object.keys(JOB_PROPERTIES),
  },
  Quote: {
    allOf: [ref('Job'), ref('Error')],
    type: 'object',
    properties: { invoice: { type: 'string' }, macaroon: { type: 'string' } },
    required: ['invoice', 'macaroon'],
  },
  RefundTo: {
    oneOf: [
      { type: 'object', properties: { invoice: { type: 'string' } }, required: ['invoice'] },
      { type: 'object', properties: { address: { type: 'string' } }, required: ['address'] },
    ],
  },
  Kind: {
    type: 'object',
    properties: {
      kind: { type: 'integer' },
      name: { type: 'string' },
      category: { type: 'string' },
      about: { type: 'string' },
      schema: { type: 'object' },
    },
    required: ['kind', 'name', 'category', 'about', 'schema'],
  },
  Error: {
    type: 'object',
    properties: { code: { type: 'string' }, message: { type: 'string' }, data: { type: 'object' } },
    required: ['code', 'message'],
  },
};

const ERROR = json('Why not: a stable code, and what to do.', ref('Error'));

function ref(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function json(description: string, schema: unknown) {
  return { description, content: { 'application/json': { schema } } };
}
