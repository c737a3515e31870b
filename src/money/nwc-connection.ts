import { bytesToHex } from '@noble/hashes/utils.js';
import { generateSecretKey, parseSecretKey, pubkeyOf } from '../keys/index.ts';
import { failure, normalizeRelayUrl, success, type Outcome } from '../protocol/index.ts';

/** What a `nostr+walletconnect://` URI says (NIP-47). It holds a secret: whoever has it can spend. */
export interface NwcConnection {
  /** The wallet service's key, 64 hex characters. */
  readonly walletPubkey: string;
  /** Where the wallet service listens, normalised; at least one. */
  readonly relayUrls: readonly string[];
  /** The client's 32-byte secret key: signs requests, seals and opens messages. */
  readonly secretKey: Uint8Array;
}

const MAX_URI_CHARS = 4_096;
const MAX_RELAYS = 8;

/**
 * Reads a wallet connection URI, in its present spelling and the older ones without `+` or slashes.
 * Fails with `invalid-nwc-uri`; no message repeats any part of the text.
 */
export function parseNwcUri(text: string): Outcome<NwcConnection, 'invalid-nwc-uri'> {
  if (text.length > MAX_URI_CHARS) return invalid(`have at most ${MAX_URI_CHARS} characters`);
  const [, walletPubkey, query] =
    /^nostr\+?walletconnect:(?:\/\/)?([0-9a-f]{64})\/?\?(.+)$/i.exec(text.trim()) ?? [];
  if (walletPubkey === undefined || query === undefined)
    return invalid('start with nostr+walletconnect:// and the wallet key');
  const parameters = new URLSearchParams(query);
  const relayUrls = parameters.getAll('relay').flatMap((url) => normalizeRelayUrl(url) ?? []);
  if (relayUrls.length === 0) return invalid('name a relay that starts with wss:// or ws://');
  const secret = parameters.get('secret') ?? '';
  const secretKey = /^[0-9a-f]{64}$/i.test(secret) ? parseSecretKey(secret) : null;
  if (secretKey === null || !secretKey.ok) return invalid('carry a secret of 64 hex characters');
  return success({
    walletPubkey: walletPubkey.toLowerCase(),
    relayUrls: [...new Set(relayUrls)].slice(0, MAX_RELAYS),
    secretKey: secretKey.value,
  });
}

function invalid(wants: string) {
  return failure('invalid-nwc-uri', `The wallet connection must ${wants}: copy it again from the wallet.`);
}

/**
 * Makes the keys of a new wallet connection, one pair for each client as NIP-47 advises. The URI goes to the
 * client alone; the service keeps its own secret key (32 bytes) and the client's public key.
 */
export function createNwcConnection(place: { readonly relayUrls: readonly string[] }): {
  readonly uri: string;
  readonly serviceSecretKey: Uint8Array;
  readonly clientPubkey: string;
} {
  const serviceSecretKey = generateSecretKey();
  const clientSecretKey = generateSecretKey();
  const query = new URLSearchParams({ secret: bytesToHex(clientSecretKey) });
  for (const url of place.relayUrls) query.append('relay', url);
  return {
    uri: `nostr+walletconnect://${pubkeyOf(serviceSecretKey)}?${query.toString()}`,
    serviceSecretKey,
    clientPubkey: pubkeyOf(clientSecretKey),
  };
}
