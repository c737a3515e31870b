const MAX_URL_LENGTH = 512;

/**
 * Writes a relay address one way so that equal relays compare equal: `ws:` or `wss:` only, host in lower case,
 * no default port, credentials, fragment or trailing slash. `null` when it is not a relay address.
 */
export function normalizeRelayUrl(text: string): string | null {
  if (text.length > MAX_URL_LENGTH) return null;
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) return null;
  if (url.hostname === '' || url.username !== '' || url.password !== '') return null;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}
