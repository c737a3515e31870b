import { failure, isHex32, success, type Outcome } from '../../protocol/index.ts';

/** Where a bunker is, as it is written in `bunker://` (NIP-46). */
export interface BunkerAddress {
  readonly bunkerPubkey: string;
  readonly relayUrls: readonly string[];
  /** Lets one client connect, once. */
  readonly secret: string | null;
}

const MAX_RELAYS = 8;
const MAX_URI_CHARS = 4_000;

/** Reads `bunker://<pubkey>?relay=…&secret=…`. Fails with `malformed-bunker-uri`; no message repeats the secret. */
export function parseBunkerUri(text: string): Outcome<BunkerAddress, 'malformed-bunker-uri'> {
  const trimmed = text.trim();
  const [, pubkey = '', query = ''] = /^bunker:\/\/([0-9a-f]{64})\/?\?(.*)$/is.exec(trimmed) ?? [];
  const params = new URLSearchParams(query);
  const relayUrls = [...new Set(params.getAll('relay'))].filter(isRelayUrl).slice(0, MAX_RELAYS);
  const bunkerPubkey = pubkey.toLowerCase();
  if (trimmed.length > MAX_URI_CHARS || !isHex32(bunkerPubkey) || relayUrls.length === 0)
    return failure(
      'malformed-bunker-uri',
      'A bunker is written as bunker://<public key>?relay=wss://…: copy all of it from your signer.',
    );
  return success({ bunkerPubkey, relayUrls, secret: params.get('secret') });
}

/** What the client asks leave for in advance, so that not every event opens a window. */
export const WANTED_PERMISSIONS = 'sign_event,nip44_encrypt,nip44_decrypt';

/** Writes the offer that a signer app reads from a QR code: `nostrconnect://<client>?relay=…&secret=…`. */
export function formatNostrconnectUri(offer: {
  readonly clientPubkey: string;
  readonly relayUrls: readonly string[];
  readonly secret: string;
  /** How the app calls itself to the signer's owner. */
  readonly name: string;
}): string {
  const query = new URLSearchParams();
  for (const url of offer.relayUrls) query.append('relay', url);
  query.set('secret', offer.secret);
  query.set('perms', WANTED_PERMISSIONS);
  query.set('name', offer.name);
  // A plus is a space only in forms; signers read the query as any URI's.
  return `nostrconnect://${offer.clientPubkey}?${query.toString().replaceAll('+', '%20')}`;
}

function isRelayUrl(text: string): boolean {
  return /^wss?:$/.test(URL.parse(text)?.protocol ?? '');
}
