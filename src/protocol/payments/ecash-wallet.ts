import { parseTagList, type TextCipher } from '../encryption.ts';
import { isHex32, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { firstTag, readSeconds } from '../tag-reading.ts';
import { isRecord, parseJson } from '../untrusted-json.ts';
import { ecashProofJson, readEcashProof, type EcashProof } from './ecash-proof.ts';

/** An ecash wallet on relays (NIP-60): which mints it uses and the key that nutzaps are locked to. Replaceable. */
export const ECASH_WALLET_KIND = 17375;
/** Unspent ecash of one mint (NIP-60). */
export const ECASH_TOKEN_KIND = 7375;
/** A mint's quote that is to be paid (NIP-60). */
const ECASH_QUOTE_KIND = 7374;

/** More than this is not read of one event. */
const MAX_MINTS = 32;
const MAX_PROOFS = 1000;
const MAX_REPLACED = 1000;

/** Why an event of an ecash wallet cannot be read; `malformed-wallet`: what was encrypted is something else. */
type WalletEventFailureCode = EventFailureCode | 'malformed-wallet';

/** What only the owner of a wallet reads of its kind 17375. Holds a secret. */
export interface EcashWalletSettings {
  readonly ownerPubkey: string;
  /** Opens what others lock to this wallet, 32 bytes as hex. Never the Nostr key. */
  readonly lockSecretKey: string;
  readonly mints: readonly string[];
  readonly createdAt: number;
}

/** Reads the decrypted content of a kind 17375. Fails with `wrong-kind` or `malformed-wallet`. */
export function parseEcashWallet(
  event: NostrEvent,
  decrypted: string,
): Outcome<EcashWalletSettings, WalletEventFailureCode> {
  if (event.kind !== ECASH_WALLET_KIND) return wrongKind(event, 'ecash wallet (17375)');
  const tags = parseTagList(decrypted) ?? [];
  const lockSecretKey = firstTag(tags, 'privkey')?.[1];
  const mints = tags.flatMap(([name, value = '']) => (name === 'mint' && value !== '' ? [value] : []));
  if (!isHex32(lockSecretKey) || mints.length === 0) return malformedWallet('a key and at least one mint');
  return success({
    ownerPubkey: event.pubkey,
    lockSecretKey,
    mints: [...new Set(mints)].slice(0, MAX_MINTS),
    createdAt: event.created_at,
  });
}

/** Writes a kind 17375, encrypted by the owner to itself (NIP-44). */
export async function buildEcashWallet(
  { ownerPubkey, lockSecretKey, mints, createdAt }: EcashWalletSettings,
  nip44: TextCipher,
): Promise<EventTemplate> {
  const inner = [['privkey', lockSecretKey], ...mints.map((mint) => ['mint', mint])];
  const content = await nip44.encrypt(ownerPubkey, JSON.stringify(inner));
  return { kind: ECASH_WALLET_KIND, created_at: createdAt, tags: [], content };
}

/** Unspent ecash of one mint, as the owner reads it. Holds secrets. */
export interface EcashToken {
  readonly ownerPubkey: string;
  readonly mint: string;
  /** `sat` unless told otherwise. */
  readonly unit: string;
  readonly proofs: readonly EcashProof[];
  /** Token events whose ecash this one carries on, or that are spent. */
  readonly replacedIds: readonly string[];
  readonly createdAt: number;
}

/** Reads the decrypted content of a kind 7375. Fails with `wrong-kind` or `malformed-wallet`. */
export function parseEcashToken(
  event: NostrEvent,
  decrypted: string,
): Outcome<EcashToken, WalletEventFailureCode> {
  if (event.kind !== ECASH_TOKEN_KIND) return wrongKind(event, 'ecash token (7375)');
  const inner = parseJson(decrypted);
  const { mint, unit = 'sat', proofs: written, del = [] } = isRecord(inner) ? inner : {};
  const isShaped = typeof mint === 'string' && mint !== '' && typeof unit === 'string' && Array.isArray(del);
  if (!isShaped || !Array.isArray(written) || written.length > MAX_PROOFS)
    return malformedWallet(`a mint and up to ${MAX_PROOFS} pieces of ecash`);
  const proofs = written.map(readEcashProof);
  const whole = proofs.filter((proof) => proof !== null);
  if (whole.length < proofs.length) return malformedWallet('pieces of ecash');
  return success({
    ownerPubkey: event.pubkey,
    mint,
    unit,
    proofs: whole,
    replacedIds: del.filter(isHex32).slice(0, MAX_REPLACED),
    createdAt: event.created_at,
  });
}

/** Writes a kind 7375, encrypted by the owner to itself (NIP-44). */
export async function buildEcashToken(token: EcashToken, nip44: TextCipher): Promise<EventTemplate> {
  const { ownerPubkey, mint, unit, proofs, replacedIds, createdAt } = token;
  const inner = { mint, unit, proofs: proofs.map(ecashProofJson), del: replacedIds };
  const content = await nip44.encrypt(ownerPubkey, JSON.stringify(inner));
  return { kind: ECASH_TOKEN_KIND, created_at: createdAt, tags: [], content };
}

/** Writes the deletion (NIP-09) of token events whose ecash is spent or carried on by others, as NIP-60 asks. */
export function buildEcashTokenDeletion(tokenIds: readonly string[], createdAt: number): EventTemplate {
  const tags = [...tokenIds.map((id) => ['e', id]), ['k', ECASH_TOKEN_KIND.toString()]];
  return { kind: 5, created_at: createdAt, tags, content: '' };
}

/** A mint's quote that waits for its payment, so that another device of the owner can go on with it. */
export interface EcashQuoteNote {
  readonly ownerPubkey: string;
  readonly mint: string;
  readonly quote: string;
  /** When it is of no use any more, in unix seconds. */
  readonly expiresAt: number;
  readonly createdAt: number;
}

/** Reads a kind 7374. Fails with `wrong-kind`, `malformed-tag` for `mint` or `expiration`, or `malformed-wallet`. */
export function parseEcashQuote(
  event: NostrEvent,
  decrypted: string,
): Outcome<EcashQuoteNote, WalletEventFailureCode> {
  if (event.kind !== ECASH_QUOTE_KIND) return wrongKind(event, 'ecash quote (7374)');
  const mint = firstTag(event.tags, 'mint')?.[1];
  if (mint === undefined) return malformedTag('mint', 'the address of the mint');
  const expiresAt = readSeconds(firstTag(event.tags, 'expiration')?.[1]);
  if (expiresAt === null) return malformedTag('expiration', 'unix seconds');
  if (decrypted === '') return malformedWallet('the id of a quote');
  return success({
    ownerPubkey: event.pubkey,
    mint,
    quote: decrypted,
    expiresAt,
    createdAt: event.created_at,
  });
}

/** Writes a kind 7374; the quote is encrypted by the owner to itself (NIP-44). */
export async function buildEcashQuote(
  { ownerPubkey, mint, quote, expiresAt, createdAt }: EcashQuoteNote,
  nip44: TextCipher,
): Promise<EventTemplate> {
  const tags = [
    ['expiration', expiresAt.toString()],
    ['mint', mint],
  ];
  const content = await nip44.encrypt(ownerPubkey, quote);
  return { kind: ECASH_QUOTE_KIND, created_at: createdAt, tags, content };
}

function malformedWallet(expected: string) {
  return failure('malformed-wallet', `The encrypted part must hold ${expected}.`);
}
