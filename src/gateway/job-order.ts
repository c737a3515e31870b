import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import {
  buildJobRequest,
  checkRequest,
  failure,
  INPUT_TYPES,
  lacksInput,
  parseJobRequest,
  success,
  type JobInput,
  type KindContract,
  type Outcome,
} from '../protocol/index.ts';

const Text = z.string().max(200_000);
const ParamValue = z.union([Text, z.number(), z.boolean()]).transform(String);

/** What a client sends to order a job. */
const OrderBody = z.strictObject({
  inputs: z
    .array(
      z.union([
        Text,
        z.strictObject({
          data: Text,
          type: z.enum(INPUT_TYPES),
          relay: z.string().max(500).optional(),
          marker: z.string().max(500).optional(),
        }),
      ]),
    )
    .max(64)
    .default([]),
  params: z
    .record(z.string().min(1).max(100), z.union([ParamValue, z.array(ParamValue).min(1).max(100)]))
    .default({}),
  output: z.string().max(100).optional(),
  max_sats: z.int().min(0).max(1_000_000_000),
  provider: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  encrypted: z.boolean().default(false),
  payment: z.enum(['prepaid', 'hold']).default('prepaid'),
  deadline_seconds: z.int().min(5).max(3_600).default(300),
});

/** A job as a client ordered it. Equal orders are equal as JSON. */
export interface JobOrder {
  readonly kind: number;
  readonly inputs: readonly JobInput[];
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** MIME type wanted. */
  readonly output: string | null;
  /** The most that the client pays in all. */
  readonly maxSats: number;
  /** The only provider to be asked. */
  readonly provider: string | null;
  /** Nobody but that provider sees the job. */
  readonly encrypted: boolean;
  readonly payment: 'prepaid' | 'hold';
  /** How long the result is worth waiting for once it is paid. */
  readonly deadlineSeconds: number;
}

/** `invalid-body`: not the JSON that `/openapi.json` describes. `schema-violation`: not a job of its kind. */
export type JobOrderFailureCode = 'invalid-body' | 'schema-violation';

/** Reads the JSON body of an order, against the contract of its kind. `data` says which field or tag is at fault. */
export function readJobOrder(contract: KindContract, body: unknown): Outcome<JobOrder, JobOrderFailureCode> {
  const read = OrderBody.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.join('.') ?? '';
    return failure('invalid-body', `${field === '' ? 'The body' : field}: ${issue?.message}.`, { field });
  }
  const { inputs, params, output, provider, ...terms } = read.data;
  const order: JobOrder = {
    kind: contract.kind,
    inputs: inputs.map((input) =>
      typeof input === 'string'
        ? { data: input, type: 'text', relay: null, marker: null }
        : { data: input.data, type: input.type, relay: input.relay ?? null, marker: input.marker ?? null },
    ),
    params: Object.fromEntries(
      Object.entries(params)
        .map(([name, value]) => [name, typeof value === 'string' ? [value] : value] as const)
        .toSorted(([left], [right]) => (left < right ? -1 : 1)),
    ),
    output: output ?? null,
    provider: provider ?? null,
    maxSats: terms.max_sats,
    encrypted: terms.encrypted,
    payment: terms.payment,
    deadlineSeconds: terms.deadline_seconds,
  };
  if (order.encrypted && order.provider === null)
    return failure('invalid-body', 'encrypted: only one provider can read it, so name it as `provider`.', {
      field: 'provider',
    });
  return checkAgainstKind(contract, order);
}

/** An order is held against the very rules that its provider will hold the request against. */
function checkAgainstKind(contract: KindContract, order: JobOrder): Outcome<JobOrder, JobOrderFailureCode> {
  const nobody = '0'.repeat(64);
  const template = buildJobRequest({
    kind: order.kind,
    inputs: order.inputs,
    params: new Map(Object.entries(order.params)),
    outputs: order.output === null ? [] : [order.output],
    relays: [],
    targets: [],
    createdAt: 0,
  });
  const request = parseJobRequest({ ...template, id: nobody, pubkey: nobody, sig: nobody.repeat(2) });
  if (!request.ok) return failure('schema-violation', request.failure.message);
  if (lacksInput(contract, request.value))
    return failure('schema-violation', `${contract.name} needs an input to work on.`, { tag: 'i' });
  const checked = checkRequest(contract, request.value);
  return checked.ok ? success(order) : checked;
}

/** Names an order by its content: SHA-256, hex. */
export function hashOfOrder(order: JobOrder): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(order))));
}
