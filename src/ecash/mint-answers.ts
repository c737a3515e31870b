import { z } from 'zod';

/** More of anything than this in one answer is refused. */
const MAX_LIST = 1000;
const MAX_KEYSETS = 256;

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const point = z.string().regex(/^0[23][0-9a-f]{64}$/);
const keysetId = z.string().regex(/^[0-9a-f]{16,66}$/);
const amount = z.int().nonnegative();
const quoteId = z.string().regex(/^[\w-]{1,128}$/);
const expiry = z.int().nonnegative().nullish();

const signature = z.object({
  id: keysetId,
  amount,
  C_: point,
  dleq: z.object({ e: hex32, s: hex32 }).nullish(),
});
/** A blind signature as mints send it (NUT-00, NUT-12). */
export type WireSignature = z.infer<typeof signature>;

const support = z.object({ supported: z.boolean() }).optional().catch(undefined);
const keysetFacts = z.object({
  id: z.string().max(128),
  unit: z.string().max(32),
  active: z.boolean(),
  input_fee_ppk: z.int().nonnegative().nullish(),
  final_expiry: z.int().nonnegative().nullish(),
});
/** A keyset without its keys (NUT-02). */
export type WireKeyset = z.infer<typeof keysetFacts>;

const meltQuote = z.object({
  quote: quoteId,
  amount,
  fee_reserve: amount.nullish(),
  state: z.enum(['UNPAID', 'PENDING', 'PAID']),
  expiry,
  payment_preimage: z.string().max(256).nullish(),
  change: z.array(signature).max(MAX_LIST).nullish(),
});
/** A melt quote (NUT-05, NUT-08, NUT-23). */
export type WireMeltQuote = z.infer<typeof meltQuote>;

const mintQuote = z.object({
  quote: quoteId,
  request: z.string().max(8192),
  state: z.enum(['UNPAID', 'PAID', 'ISSUED']),
  expiry,
});
/** A mint quote (NUT-04, NUT-23). */
export type WireMintQuote = z.infer<typeof mintQuote>;

/** The shapes of what mints answer; what is not named here is ignored. */
export const ANSWERS = {
  info: z.object({
    nuts: z.object({ 7: support, 8: support, 9: support, 11: support, 12: support, 14: support }),
  }),
  keysets: z.object({ keysets: z.array(keysetFacts).max(MAX_KEYSETS) }),
  keys: z.object({
    keysets: z
      .array(
        z.object({ id: z.string(), unit: z.string(), keys: z.record(z.string().regex(/^\d{1,20}$/), point) }),
      )
      .max(MAX_KEYSETS),
  }),
  signatures: z.object({ signatures: z.array(signature).max(MAX_LIST) }),
  restored: z.object({
    outputs: z.array(z.object({ B_: point })).max(MAX_LIST),
    signatures: z.array(signature).max(MAX_LIST),
  }),
  states: z.object({
    states: z
      .array(
        z.object({
          Y: point,
          state: z.enum(['UNSPENT', 'PENDING', 'SPENT']),
          witness: z.string().max(4096).nullish(),
        }),
      )
      .max(MAX_LIST),
  }),
  mintQuote,
  meltQuote,
  refusal: z.object({ code: z.int().catch(0), detail: z.string().catch('') }),
};

/** What a mint knows of one piece of ecash (NUT-07). */
export interface ProofStanding {
  readonly y: string;
  readonly state: 'UNSPENT' | 'PENDING' | 'SPENT';
  /** What was shown to spend it, JSON text; untrusted. */
  readonly witness: string | null;
}
