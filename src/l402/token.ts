import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { isPreimageOf, type LightningNetwork } from '../protocol/index.ts';
import { decodeBase64, readIdentifier, writeIdentifier, type L402Identifier } from './identifier.ts';
import { isMintedWith, mintMacaroon, readMacaroon, writeMacaroon } from './macaroon.ts';
import { writeTerms, type L402Terms } from './terms.ts';

/** Real tokens have a few hundred bytes. */
const MAX_TOKEN_CHARS = 8_192;
const ROOT_KEY_BYTES = 32;

/**
 * The key that signs the macaroons of one service on one network. Another network has another key, so what was
 * bought with play money opens nothing that costs real money, even under the same root key.
 */
export function signingKeyOf(rootKey: Uint8Array, service: string, network: LightningNetwork): Uint8Array {
  if (rootKey.length !== ROOT_KEY_BYTES) throw new RangeError('The root key of an L402 gate has 32 bytes.');
  return hkdf(sha256, rootKey, undefined, utf8ToBytes(`coinop/l402/v1/${network}/${service}`), 32);
}

/** Issues a macaroon (base64) that becomes valid with the preimage of its payment hash. */
export function issueToken(key: Uint8Array, identifier: L402Identifier, terms: L402Terms): string {
  const macaroon = mintMacaroon(key, {
    location: terms.service,
    identifier: writeIdentifier(identifier),
    caveats: writeTerms(terms),
  });
  return base64.encode(writeMacaroon(macaroon));
}

/** A macaroon that we issued and that was paid for. */
export interface GenuineToken {
  readonly identifier: L402Identifier;
  readonly caveats: readonly string[];
}

/** The token with its preimage in an `Authorization` header; `null` when it holds none in L402 or LSAT. */
export function readAuthorization(
  header: string,
): { readonly token: string; readonly preimage: string } | null {
  const [, token, preimage] = /^(?:L402|LSAT) +([A-Za-z0-9+/=_-]+):([0-9a-f]{64})$/i.exec(header) ?? [];
  return token === undefined || preimage === undefined || token.length > MAX_TOKEN_CHARS
    ? null
    : { token, preimage };
}

/** Checks signature and preimage, but not yet what the caveats say; `null` when either is not genuine. */
export function verifyToken(key: Uint8Array, token: string, preimage: string): GenuineToken | null {
  const bytes = decodeBase64(token);
  const macaroon = bytes === null ? null : readMacaroon(bytes);
  const identifier = macaroon === null ? null : readIdentifier(macaroon.identifier);
  if (macaroon === null || identifier === null) return null;
  const isGenuine = isMintedWith(key, macaroon) && isPreimageOf(preimage, identifier.paymentHash);
  return isGenuine ? { identifier, caveats: macaroon.caveats } : null;
}
