import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { MAX_MSAT, msat, type Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';

/** The Lightning network an invoice or wallet belongs to. Networks never mix. */
export type LightningNetwork = 'bitcoin' | 'testnet' | 'signet' | 'regtest';

/** A BOLT11 invoice whose checksum and signature hold. Hashes and keys are lower-case hex, times unix seconds. */
export interface Invoice {
  /** The invoice as text, in lower case. */
  readonly bolt11: string;
  readonly network: LightningNetwork;
  /** `null` when the payer may choose the amount. */
  readonly amountMsat: Msat | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly paymentHash: string;
  readonly paymentSecret: string;
  /** Free text of the payee (hostile: never render as markup); `null` when there is only its hash. */
  readonly description: string | null;
  /** SHA-256 of a description kept elsewhere; `null` when the text itself is there. */
  readonly descriptionHash: string | null;
  /** The payee's node key, 33 bytes compressed: stated and checked, or recovered from the signature. */
  readonly payee: string;
  readonly routeHintCount: number;
  /** Blocks the last hop must leave to the payee; 18 unless the invoice says otherwise. */
  readonly minFinalCltvExpiry: number;
  /** The numbers of the BOLT 9 feature bits that are set, ascending. */
  readonly featureBits: readonly number[];
}

/** Why a text is not an invoice that may be paid. */
export type InvoiceFailureCode =
  | 'invoice-too-long'
  | 'malformed-invoice'
  | 'unknown-invoice-network'
  | 'malformed-invoice-amount'
  | 'bad-invoice-signature'
  | 'unknown-invoice-feature';

/** Longest invoice read, in characters; real ones have a few hundred, with many route hints some thousand. */
const MAX_INVOICE_CHARS = 8_192;
const TIMESTAMP_WORDS = 7;
const SIGNATURE_WORDS = 104;
const DEFAULT_EXPIRY_SECONDS = 3_600;
const DEFAULT_MIN_FINAL_CLTV_EXPIRY = 18;

/**
 * Reads a BOLT11 invoice strictly: bech32 checksum, network, exact amount, required fields once each, and
 * the payee's signature. Refuses, as BOLT11 tells payers to, features that are required and unknown.
 */
export function parseInvoice(text: string): Outcome<Invoice, InvoiceFailureCode> {
  if (text.length > MAX_INVOICE_CHARS)
    return failure('invoice-too-long', `An invoice has at most ${MAX_INVOICE_CHARS} characters.`, {
      length: text.length,
    });
  const decoded = bech32.decodeUnsafe(text, MAX_INVOICE_CHARS);
  if (decoded === undefined || decoded.words.length < TIMESTAMP_WORDS + SIGNATURE_WORDS)
    return malformed('whole (bech32 with a correct checksum)');

  const price = parsePrefix(decoded.prefix);
  if (!price.ok) return price;
  const signedWords = decoded.words.slice(0, -SIGNATURE_WORDS);
  const fields = parseFields(signedWords.slice(TIMESTAMP_WORDS));
  if (!fields.ok) return fields;
  const unknownFeature = fields.value.featureBits.find((bit) => bit % 2 === 0 && !KNOWN_FEATURES.has(bit));
  if (unknownFeature !== undefined)
    return failure('unknown-invoice-feature', 'The invoice requires a feature that payers do not know.', {
      featureBit: unknownFeature,
    });
  const payee = checkSignature(
    sha256(concatBytes(utf8ToBytes(decoded.prefix), packBits(signedWords).padded)),
    decoded.words.slice(-SIGNATURE_WORDS),
    fields.value.payee,
  );
  if (payee === null)
    return failure('bad-invoice-signature', 'The invoice is not signed by its payee: ask for a new one.');

  const { expirySeconds, ...told } = fields.value;
  const createdAt = wordsToNumber(decoded.words.slice(0, TIMESTAMP_WORDS));
  const expiresAt = createdAt + expirySeconds;
  return success({ ...told, ...price.value, bolt11: text.toLowerCase(), createdAt, expiresAt, payee });
}

function malformed(wants: string) {
  return failure('malformed-invoice', `The invoice must be ${wants}: ask for a new one.`);
}

const NETWORKS: Readonly<Record<string, LightningNetwork>> = {
  bc: 'bitcoin',
  tb: 'testnet',
  tbs: 'signet',
  bcrt: 'regtest',
};
/** Picobitcoin in one unit of each multiplier; a millisatoshi is 10 of them. */
const PICOBITCOIN: Readonly<Record<string, bigint>> = {
  '': 1_000_000_000_000n,
  m: 1_000_000_000n,
  u: 1_000_000n,
  n: 1_000n,
  p: 1n,
};

function parsePrefix(
  prefix: string,
): Outcome<Pick<Invoice, 'network' | 'amountMsat'>, 'unknown-invoice-network' | 'malformed-invoice-amount'> {
  const [, currency = '', amount = ''] = /^ln([a-z]+)(.*)$/.exec(prefix) ?? [];
  const network = Object.hasOwn(NETWORKS, currency) ? NETWORKS[currency] : undefined;
  if (network === undefined)
    return failure('unknown-invoice-network', 'The invoice is of no Bitcoin network known here.');
  if (amount === '') return success({ network, amountMsat: null });
  const [, digits, multiplier = ''] = /^([1-9]\d{0,19})([munp]?)$/.exec(amount) ?? [];
  const unit = PICOBITCOIN[multiplier];
  if (digits === undefined || unit === undefined)
    return failure('malformed-invoice-amount', 'The invoice states its amount in no known way.');
  const picobitcoin = BigInt(digits) * unit;
  if (picobitcoin % 10n !== 0n || picobitcoin / 10n > MAX_MSAT)
    return failure('malformed-invoice-amount', 'The invoice asks for less than 1 msat or more than exists.');
  return success({ network, amountMsat: msat(picobitcoin / 10n) });
}

/** The even BOLT 9 bits an invoice may require: onion format, payment secret, multi-part, blinding, attribution, metadata. */
const KNOWN_FEATURES: ReadonlySet<number> = new Set([8, 14, 16, 24, 36, 48]);

/** Tags of the fields that are read, by their 5-bit type. A known field of another length is skipped, as BOLT11 asks. */
const FIELD = {
  paymentHash: 1,
  routeHint: 3,
  features: 5,
  expiry: 6,
  description: 13,
  paymentSecret: 16,
  payee: 19,
  descriptionHash: 23,
  minFinalCltvExpiry: 24,
} as const;
const FIXED_WORDS: ReadonlyMap<number, number> = new Map([
  [FIELD.paymentHash, 52],
  [FIELD.paymentSecret, 52],
  [FIELD.descriptionHash, 52],
  [FIELD.payee, 53],
]);
const SINGLE_FIELDS: ReadonlySet<number> = new Set(
  Object.values(FIELD).filter((type) => type !== FIELD.routeHint),
);

type ToldFields = Omit<Invoice, 'bolt11' | 'network' | 'amountMsat' | 'createdAt' | 'expiresAt' | 'payee'> & {
  readonly expirySeconds: number;
  readonly payee: string | null;
};

/** Reads the tagged fields. A field told twice is refused: two readers could each believe another one. */
function parseFields(words: readonly number[]): Outcome<ToldFields, 'malformed-invoice'> {
  const told = new Map<number, readonly number[]>();
  let routeHintCount = 0;
  for (let at = 0; at < words.length;) {
    const [type = 0, high, low] = words.slice(at, at + 3);
    if (high === undefined || low === undefined) return malformed('made of whole fields');
    const end = at + 3 + high * 32 + low;
    if (end > words.length) return malformed('made of whole fields');
    const data = words.slice(at + 3, end);
    at = end;
    if (type === FIELD.routeHint) routeHintCount += 1;
    if (!SINGLE_FIELDS.has(type) || (FIXED_WORDS.get(type) ?? data.length) !== data.length) continue;
    if (told.has(type)) return malformed('free of repeated fields');
    told.set(type, data);
  }

  const hex = (type: number): string | null => {
    const data = told.get(type);
    return data === undefined ? null : bytesToHex(packBits(data).whole);
  };
  const number = (type: number, fallback: number): number => {
    const data = told.get(type);
    return data === undefined ? fallback : wordsToNumber(data);
  };
  const paymentHash = hex(FIELD.paymentHash);
  const paymentSecret = hex(FIELD.paymentSecret);
  if (paymentHash === null || paymentSecret === null) return malformed('with a payment hash and secret');
  const descriptionHash = hex(FIELD.descriptionHash);
  const descriptionWords = told.get(FIELD.description);
  if ((descriptionHash === null) === (descriptionWords === undefined))
    return malformed('with either a description or its hash');
  const description = descriptionWords === undefined ? null : decodeText(packBits(descriptionWords).whole);
  if (description === undefined) return malformed('described in UTF-8');
  const expirySeconds = number(FIELD.expiry, DEFAULT_EXPIRY_SECONDS);
  const minFinalCltvExpiry = number(FIELD.minFinalCltvExpiry, DEFAULT_MIN_FINAL_CLTV_EXPIRY);
  if (expirySeconds > MAX_SECONDS || minFinalCltvExpiry > MAX_SECONDS)
    return malformed('limited in time by a date that exists');
  return success({
    paymentHash,
    paymentSecret,
    description,
    descriptionHash,
    payee: hex(FIELD.payee),
    routeHintCount,
    expirySeconds,
    minFinalCltvExpiry,
    featureBits: featureBits(told.get(FIELD.features) ?? []),
  });
}

/** Beyond any date; sums below it stay exact. */
const MAX_SECONDS = 2 ** 50;

/** Feature words are big-endian, so the last word holds the bits 0–4. */
function featureBits(words: readonly number[]): number[] {
  return words
    .toReversed()
    .flatMap((word, index) =>
      [0, 1, 2, 3, 4].filter((bit) => (word >> bit) & 1).map((bit) => index * 5 + bit),
    );
}

/** The key that signed the hash, as hex, or `null`. A stated key must match with a canonical (low-S) signature. */
function checkSignature(hash: Uint8Array, words: readonly number[], stated: string | null): string | null {
  const bytes = packBits(words).whole;
  const compact = bytes.slice(0, 64);
  try {
    const signature = secp256k1.Signature.fromBytes(compact, 'compact').addRecoveryBit(bytes[64] ?? -1);
    const recovered = signature.recoverPublicKey(hash).toHex(true);
    if (stated === null) return recovered;
    return recovered === stated && !signature.hasHighS() ? stated : null;
  } catch {
    return null; // r, s or the recovery id name no point of the curve
  }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Joins 5-bit words: `whole` drops the bits after the last full byte, `padded` fills them up with zeros as the signed form does. */
function packBits(words: readonly number[]): { readonly whole: Uint8Array; readonly padded: Uint8Array } {
  const padded = new Uint8Array(Math.ceil((words.length * 5) / 8));
  words.forEach((word, index) => {
    const bit = index * 5;
    const shifted = word << (11 - (bit % 8));
    const byte = Math.floor(bit / 8);
    padded[byte] = (padded[byte] ?? 0) | (shifted >> 8);
    if (byte + 1 < padded.length) padded[byte + 1] = shifted & 0xff;
  });
  return { whole: padded.slice(0, Math.floor((words.length * 5) / 8)), padded };
}

/** Big-endian; beyond 2^53 inexact, which callers refuse by its size. */
function wordsToNumber(words: readonly number[]): number {
  return words.reduce((sum, word) => sum * 32 + word, 0);
}
