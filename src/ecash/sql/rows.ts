import { z } from 'zod';
import type { Insertable } from 'kysely';
import type { EcashOperation, NewProof, PlannedOutput, StoredProof } from '../store.ts';
import type { EcashSchema } from './schema.ts';

const storedOutput = z.object({
  keysetId: z.string(),
  amountSat: z.string().transform(BigInt),
  blinded: z.string(),
  blindingFactor: z.string(),
  secret: z.string(),
  role: z.enum(['purse', 'sent']),
});

const storedFailure = z.object({
  code: z.string(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).exactOptional(),
});

const dleq = z.object({ e: z.string(), s: z.string(), r: z.string() });

/** A column of JSON text. */
const json = z.string().transform((text): unknown => JSON.parse(text));

const operationRow = z.object({
  id: z.string(),
  kind: z.enum(['mint', 'send', 'redeem', 'refund', 'melt']),
  mint_url: z.string(),
  state: z.enum(['open', 'done', 'failed']),
  amount_sat: z.bigint(),
  outputs: json.pipe(z.array(storedOutput)),
  quote: z.string().nullable(),
  bolt11: z.string().nullable(),
  fee_limit_msat: z.bigint().nullable(),
  preimage: z.string().nullable(),
  fee_sat: z.bigint().nullable(),
  routing_fee_msat: z.bigint().nullable(),
  about: z.string().nullable(),
  failure: json.pipe(storedFailure).nullable(),
  created_at: z.bigint(),
});

const proofRow = z.object({
  y: z.string(),
  mint_url: z.string(),
  amount: z.bigint(),
  keyset_id: z.string(),
  secret: z.string(),
  signature: z.string(),
  dleq: json.pipe(dleq).nullable(),
  role: z.enum(['purse', 'sent', 'received']),
  state: z.enum(['free', 'held', 'spent']),
  made_by: z.string().nullable(),
  held_by: z.string().nullable(),
});

/** Reads a row of `operations`. Throws when it is damaged. */
export function readOperation(row: unknown): EcashOperation {
  const parsed = operationRow.parse(row);
  const { mint_url, amount_sat, fee_limit_msat, fee_sat, routing_fee_msat, created_at, ...rest } = parsed;
  return {
    ...rest,
    mintUrl: mint_url,
    amountSat: amount_sat,
    feeLimitMsat: fee_limit_msat,
    feeSat: fee_sat,
    routingFeeMsat: routing_fee_msat,
    createdAt: Number(created_at),
  };
}

/** Reads a row of `proofs`. Throws when it is damaged. */
export function readProof(row: unknown): StoredProof {
  const { mint_url, keyset_id, signature, made_by, held_by, ...rest } = proofRow.parse(row);
  return { ...rest, mintUrl: mint_url, id: keyset_id, C: signature, madeBy: made_by, heldBy: held_by };
}

/** An operation as a row of `operations`. */
export function operationRowOf(operation: EcashOperation): Insertable<EcashSchema['operations']> {
  const { id, kind, state, quote, bolt11, preimage, about, failure } = operation;
  return {
    id,
    kind,
    mint_url: operation.mintUrl,
    state,
    amount_sat: operation.amountSat,
    outputs: storedOutputs(operation.outputs),
    quote,
    bolt11,
    fee_limit_msat: operation.feeLimitMsat,
    preimage,
    fee_sat: operation.feeSat,
    routing_fee_msat: operation.routingFeeMsat,
    about,
    failure: failure === null ? null : JSON.stringify(failure),
    created_at: operation.createdAt,
  };
}

/** A piece as a row of `proofs`. */
export function proofRowOf(
  proof: NewProof,
  { state, heldBy }: Pick<StoredProof, 'state' | 'heldBy'>,
): Insertable<EcashSchema['proofs']> {
  const { y, amount, secret, role } = proof;
  return {
    y,
    mint_url: proof.mintUrl,
    amount,
    keyset_id: proof.id,
    secret,
    signature: proof.C,
    dleq: proof.dleq === null ? null : JSON.stringify(proof.dleq),
    role,
    state,
    made_by: proof.madeBy,
    held_by: heldBy,
  };
}

/** Amounts as decimal digits. */
function storedOutputs(outputs: readonly PlannedOutput[]): string {
  return JSON.stringify(outputs.map((output) => ({ ...output, amountSat: output.amountSat.toString() })));
}
