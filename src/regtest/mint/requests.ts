import { z } from 'zod';
import { MintRefusal, REFUSALS } from './refusal.ts';

/** More pieces than this in one request are refused. */
const MAX_PIECES = 500;
const MAX_SAT = 2_100_000_000_000_000;

const point = z.string().regex(/^0[23][0-9a-f]{64}$/);
const keysetId = z.string().regex(/^[0-9a-f]{16,66}$/);
const amount = z.int().positive().max(MAX_SAT);

const blinded = z.object({ amount, id: keysetId, B_: point });
/** A blinded message to be signed (NUT-00). */
export type BlindedOutput = z.infer<typeof blinded>;

const input = z.object({
  amount,
  id: keysetId,
  secret: z.string().min(1).max(1024),
  C: point,
  /** JSON text, by NUT-11; some wallets send the object itself. */
  witness: z.union([z.string().max(4096), z.record(z.string(), z.unknown()), z.null()]).optional(),
});
/** A piece of ecash to be spent (NUT-00). */
export type SpentInput = z.infer<typeof input>;

const inputs = z.array(input).min(1).max(MAX_PIECES);
const outputs = z.array(blinded).min(1).max(MAX_PIECES);
const quote = z.string().min(1).max(64);

/** What each route takes. */
export const REQUESTS = {
  swap: z.object({ inputs, outputs }),
  mintQuote: z.object({ amount, unit: z.string(), description: z.string().max(639).optional() }),
  mint: z.object({ quote, outputs }),
  meltQuote: z.object({ request: z.string().max(8192), unit: z.string() }),
  // Blank outputs have no amount of their own yet (NUT-08): wallets write 0 or 1.
  melt: z.object({
    quote,
    inputs,
    outputs: z
      .array(blinded.extend({ amount: z.int().min(0).max(MAX_SAT).default(0) }))
      .max(64)
      .nullish(),
  }),
  checkState: z.object({ Ys: z.array(point).max(MAX_PIECES) }),
  restore: z.object({
    outputs: z.array(blinded.extend({ amount: z.int().min(0).max(MAX_SAT) })).max(MAX_PIECES),
  }),
};

/** A request in the right shape. Throws `MintRefusal` otherwise. */
export function readRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new MintRefusal(REFUSALS.malformed, `The request is malformed at '${path}'.`);
}
