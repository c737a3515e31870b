import { utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { isLoopback } from '../http/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** Where somebody is paid by LNURL (LUD-06), however it was written. */
export interface PayAddress {
  /** What to fetch. */
  readonly url: URL;
  /** The same in bech32, as zap requests carry it. */
  readonly lnurl: string;
}

/** Longer texts are not read. */
const MAX_ADDRESS_CHARS = 2_048;

/**
 * Reads a lightning address (`name@host`, LUD-16), an LNURL in bech32 (LUD-06, also with `lightning:` in front) or
 * an `lnurlp://` link (LUD-17). Addresses of this very machine are asked by http, all others by https. Fails with
 * `malformed-pay-address`.
 */
export function parsePayAddress(text: string): Outcome<PayAddress, 'malformed-pay-address'> {
  const trimmed = text.trim().replace(/^lightning:/i, '');
  const url = trimmed.length > MAX_ADDRESS_CHARS ? null : readAddress(trimmed);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isWeb || url.username !== '' || url.password !== '')
    return failure(
      'malformed-pay-address',
      'Money is sent to an address such as name@example.com or to one that begins with lnurl1.',
    );
  return success({ url, lnurl: encodeLnurl(url.href) });
}

/** Writes a URL in bech32 as LUD-01 says, in lower case as Nostr clients do. */
export function encodeLnurl(url: string): string {
  return bech32.encode('lnurl', bech32.toWords(utf8ToBytes(url)), false);
}

function readAddress(text: string): URL | null {
  const [, name, host] = /^([a-z0-9._+-]+)@([a-z0-9.:[\]-]+)$/i.exec(text) ?? [];
  if (name !== undefined && host !== undefined)
    return overSafeScheme(`${host}/.well-known/lnurlp/${name.toLowerCase()}`);
  if (/^lnurlp:\/\//i.test(text)) return overSafeScheme(text.slice('lnurlp://'.length));
  const decoded = bech32.decodeUnsafe(text, MAX_ADDRESS_CHARS);
  const bytes = decoded?.prefix === 'lnurl' ? bech32.fromWordsUnsafe(decoded.words) : undefined;
  return bytes ? URL.parse(new TextDecoder().decode(bytes)) : null;
}

function overSafeScheme(hostAndPath: string): URL | null {
  const url = URL.parse(`https://${hostAndPath}`);
  return url !== null && isLoopback(url) ? URL.parse(`http://${hostAndPath}`) : url;
}
