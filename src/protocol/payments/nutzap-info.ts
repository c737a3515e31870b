import { isHex32, type EventTemplate, type NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { normalizeRelayUrl } from '../relay-url.ts';

/** Says how a key wants to be paid in ecash (NIP-61); replaceable, so a key has one. */
export const NUTZAP_INFO_KIND = 10019;

/** More mints of one recipient than this are not read. */
const MAX_MINTS = 32;

/** A mint that a recipient trusts. */
export interface TrustedMint {
  /** Exactly as the recipient writes it: nutzaps must repeat it. */
  readonly url: string;
  /** Units it is trusted for, such as `sat`; empty means any. */
  readonly units: readonly string[];
}

/** How somebody wants to be nutzapped. */
export interface NutzapInfo {
  readonly recipientPubkey: string;
  readonly mints: readonly TrustedMint[];
  /** Where nutzaps should be published; normalised. */
  readonly relays: readonly string[];
  /** The key that ecash must be locked to: 32 bytes as hex, without the `02` in front. Never the Nostr key. */
  readonly lockPubkey: string;
  readonly createdAt: number;
}

/**
 * Reads a kind 10019. Fails with `wrong-kind`, or with `malformed-tag` for `mint` (there is none) or `pubkey`
 * (missing, no key, or the Nostr key itself, which NIP-61 forbids).
 */
export function parseNutzapInfo(event: NostrEvent): Outcome<NutzapInfo, EventFailureCode> {
  if (event.kind !== NUTZAP_INFO_KIND) return wrongKind(event, 'nutzap info (10019)');
  const mints = new Map<string, readonly string[]>();
  const relays = new Set<string>();
  for (const [name, value = '', ...units] of event.tags) {
    if (name === 'mint' && value !== '' && mints.size < MAX_MINTS && !mints.has(value))
      mints.set(
        value,
        units.filter((unit) => unit !== ''),
      );
    const relay = name === 'relay' ? normalizeRelayUrl(value) : null;
    if (relay !== null) relays.add(relay);
  }
  if (mints.size === 0) return malformedTag('mint', 'there for at least one mint');
  const lockPubkey = readLockPubkey(event.tags.find(([name]) => name === 'pubkey')?.[1]);
  if (lockPubkey === null || lockPubkey === event.pubkey)
    return malformedTag('pubkey', 'a public key of its own, not the Nostr key');
  return success({
    recipientPubkey: event.pubkey,
    mints: [...mints].map(([url, units]) => ({ url, units })),
    relays: [...relays],
    lockPubkey,
    createdAt: event.created_at,
  });
}

/** Some wallets write the `02` that only the lock itself should have. */
function readLockPubkey(text = ''): string | null {
  const key = /^0[23][0-9a-f]{64}$/.test(text) ? text.slice(2) : text;
  return isHex32(key) ? key : null;
}

/** Writes a kind 10019; `createdAt` is unix seconds. */
export function buildNutzapInfo(info: Omit<NutzapInfo, 'recipientPubkey'>): EventTemplate {
  const tags = [
    ...info.relays.map((relay) => ['relay', relay]),
    ...info.mints.map(({ url, units }) => ['mint', url, ...units]),
    ['pubkey', info.lockPubkey],
  ];
  return { kind: NUTZAP_INFO_KIND, created_at: info.createdAt, tags, content: '' };
}
