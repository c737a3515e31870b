import type { PeerCipher, Signer } from '../keys/index.ts';
import { failure, findTag } from '../protocol/index.ts';
import type { EventTemplate, LightningNetwork } from '../protocol/index.ts';
import type { WalletFailureCode, WalletNotification } from './wallet.ts';

/** The event kinds of NIP-47. Notifications have one kind for each encryption scheme. */
export const NWC_KINDS = {
  info: 13194,
  request: 23194,
  response: 23195,
  notificationNip04: 23196,
  notificationNip44: 23197,
} as const;

/** The NIP-47 methods spoken here, as requests name them, and `get_budget`, which Alby's wallets added. */
export const NWC_METHODS = [
  'pay_invoice',
  'make_invoice',
  'lookup_invoice',
  'list_transactions',
  'get_balance',
  'get_info',
  'make_hold_invoice',
  'settle_hold_invoice',
  'cancel_hold_invoice',
  'get_budget',
] as const;

/** One of the NIP-47 methods spoken here. */
export type NwcMethod = (typeof NWC_METHODS)[number];

/** The methods a wallet needs for hold invoices; all or none. */
export const HOLD_METHODS: readonly NwcMethod[] = [
  'make_hold_invoice',
  'settle_hold_invoice',
  'cancel_hold_invoice',
];

/** The methods that tell a client about its connection; they are always allowed. */
export const CONNECTION_METHODS: readonly NwcMethod[] = ['get_info', 'get_budget'];

/** Longest ciphertext read, in characters: NIP-44 seals at most 64 KiB, which grows by a third in base64. */
const MAX_SEALED_CHARS = 131_072;

/** Transactions on one page: NIP-47 warns that more do not fit through relays. */
export const LIST_PAGE_SIZE = 20;

/** How a message is sealed (NIP-47 `encryption` tag). */
export type NwcScheme = 'nip44_v2' | 'nip04';

/** The encryption a message is sealed with: its `encryption` tag, or NIP-04 without one; `null` when unknown. */
export function requestScheme(event: EventTemplate): NwcScheme | null {
  const scheme = findTag(event, 'encryption')?.[1] ?? 'nip04';
  return scheme === 'nip44_v2' || scheme === 'nip04' ? scheme : null;
}

/** The best encryption a wallet's info event offers; an info event without the tag offers NIP-04 alone. */
export function offeredScheme(info: EventTemplate): NwcScheme {
  const offered = (findTag(info, 'encryption')?.[1] ?? 'nip04').split(/[\s,]+/);
  return offered.includes('nip44_v2') ? 'nip44_v2' : 'nip04';
}

/** The signer's cipher for a scheme. */
export function cipherOf(signer: Signer, scheme: NwcScheme): PeerCipher {
  return scheme === 'nip44_v2' ? signer.nip44 : signer.nip04;
}

/** A JSON object from the other side: nothing in it is trusted. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Opens a sealed JSON object; `null` when it is too long, not for us, or no JSON object. */
export async function openJson(
  cipher: PeerCipher,
  peerPubkey: string,
  ciphertext: string,
): Promise<JsonObject | null> {
  if (ciphertext.length > MAX_SEALED_CHARS) return null;
  try {
    return asJsonObject(JSON.parse(await cipher.decrypt(peerPubkey, ciphertext)));
  } catch {
    return null; // undecryptable or malformed: as if it had never come
  }
}

/** The value as a JSON object, or `null`. */
export function asJsonObject(value: unknown): JsonObject | null {
  return isJsonObject(value) ? value : null;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The notification types of NIP-47 and what they mean to a wallet's listener. */
export const NOTIFICATION_TYPES: Readonly<Record<string, WalletNotification['type']>> = {
  payment_received: 'received',
  payment_sent: 'sent',
  hold_invoice_accepted: 'held',
};

/** A wallet's network as `get_info` names it: NIP-47 says `mainnet`, some wallets say `bitcoin`; `null` when unknown. */
export function readNetwork(value: unknown): LightningNetwork | null {
  if (value === 'mainnet') return 'bitcoin';
  return value === 'bitcoin' || value === 'testnet' || value === 'signet' || value === 'regtest'
    ? value
    : null;
}

const FAILURE_OF_ERROR: Readonly<Record<string, WalletFailureCode>> = {
  RATE_LIMITED: 'rate-limited',
  NOT_IMPLEMENTED: 'not-implemented',
  UNSUPPORTED_ENCRYPTION: 'not-implemented',
  INSUFFICIENT_BALANCE: 'insufficient-balance',
  QUOTA_EXCEEDED: 'quota-exceeded',
  RESTRICTED: 'wallet-unauthorized',
  UNAUTHORIZED: 'wallet-unauthorized',
  NOT_FOUND: 'wallet-not-found',
  PAYMENT_FAILED: 'payment-failed',
};

const ERROR_OF_FAILURE: Readonly<Record<WalletFailureCode, string>> = {
  'rate-limited': 'RATE_LIMITED',
  'not-implemented': 'NOT_IMPLEMENTED',
  'insufficient-balance': 'INSUFFICIENT_BALANCE',
  'quota-exceeded': 'QUOTA_EXCEEDED',
  'wallet-unauthorized': 'UNAUTHORIZED',
  'wallet-not-found': 'NOT_FOUND',
  'payment-failed': 'PAYMENT_FAILED',
  'wrong-network': 'OTHER',
  'invalid-invoice': 'OTHER',
  'wallet-timeout': 'INTERNAL',
  'wallet-unreachable': 'INTERNAL',
  'wallet-internal': 'INTERNAL',
};

/** The NIP-47 error code that tells a wallet's failure. */
export function errorOfFailure(code: WalletFailureCode): string {
  return ERROR_OF_FAILURE[code];
}

const MAX_WALLET_WORDS = 200;

/**
 * The failure that a NIP-47 error means. The wallet's own words travel as data, shortened, without control
 * characters and without anything that looks like a key or preimage.
 */
export function failureOfError(error: JsonObject) {
  const told = error['code'];
  const code = typeof told === 'string' && /^[A-Z_]{1,40}$/.test(told) ? told : 'OTHER';
  const words = typeof error['message'] === 'string' ? error['message'].slice(0, MAX_WALLET_WORDS * 2) : '';
  const walletMessage = words
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[0-9a-f]{64,}/gi, '…')
    .slice(0, MAX_WALLET_WORDS);
  const known = Object.hasOwn(FAILURE_OF_ERROR, code) ? FAILURE_OF_ERROR[code] : undefined;
  return failure(known ?? 'wallet-internal', `The wallet refused with ${code}.`, {
    walletCode: code,
    walletMessage,
  });
}
