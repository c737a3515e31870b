import { failure, success, type Outcome } from '../protocol/index.ts';
import { addressLiteral, isPublicAddress } from './address.ts';

/** Longer URLs are refused before they are parsed. */
const MAX_URL_LENGTH = 8192;

/** A URL whose form is acceptable. Whether its *name* leads to a public address is not known yet. */
export interface CheckedUrl {
  readonly url: URL;
  /** The IP address where the host is one, else `null`. */
  readonly address: string | null;
  /** Named as an exception: its address may be private. */
  readonly allowed: boolean;
}

/**
 * Checks all that can be seen in a URL itself: http or https, no credentials, no private address as host.
 * Fails with `url-invalid` or `url-private`.
 */
export function checkUrl(
  text: string,
  allowHosts: readonly string[],
): Outcome<CheckedUrl, 'url-invalid' | 'url-private'> {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (!url) return failure('url-invalid', 'This is not a URL; send an absolute http or https URL.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return failure('url-invalid', `Only http and https URLs are fetched, not ${url.protocol}`, {
      protocol: url.protocol,
    });
  if (url.username !== '' || url.password !== '')
    return failure('url-invalid', 'The URL carries a user name or password; send it without.');

  const allowed = allowHosts.includes(hostAndPort(url));
  const address = addressLiteral(url.hostname);
  if (!allowed && (address === null ? isLocalName(url.hostname) : !isPublicAddress(address)))
    return privateHost(url.hostname);
  return success({ url, address, allowed });
}

/** The failure for a host that is not public. */
export function privateHost(hostname: string) {
  return failure(
    'url-private',
    `${hostname} is not a public address; host the file where anybody can read it.`,
    {
      hostname,
    },
  );
}

/** Whether a Content-Type header is one of the wanted media types; wildcards such as `text/*` count. */
export function isAcceptedType(contentType: string | null, accept: readonly string[] | undefined): boolean {
  if (accept === undefined) return true;
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return accept.some(
    (wanted) =>
      wanted === mediaType ||
      wanted === '*/*' ||
      (wanted.endsWith('/*') && mediaType.startsWith(wanted.slice(0, -1))),
  );
}

/** The failure for an answer of an unwanted type. */
export function unwantedType(contentType: string | null, accept: readonly string[] | undefined) {
  return failure(
    'url-type',
    `The server sent ${contentType ?? 'no content type'}; wanted ${accept?.join(', ')}.`,
    {
      contentType,
    },
  );
}

/** The failure for a body over the limit. */
export function tooLarge(maxBytes: number) {
  return failure('url-too-large', `The body is larger than ${maxBytes} bytes.`, { maxBytes });
}

/** The failure for an answer that is not 2xx: whose it is after redirects, and the start of its body. */
export function badStatus(answer: {
  readonly url: string;
  readonly status: number;
  readonly challenge: string | null;
  readonly text: string;
}) {
  return failure('url-status', `The server answered with status ${answer.status}.`, answer);
}

/** The failure for an answer that was not complete in time. */
export function timedOut(timeoutMs: number) {
  return failure('url-timeout', `The server did not answer completely within ${timeoutMs} ms.`, {
    timeoutMs,
  });
}

/** `host:port` with the port always written, as in `allowHosts`. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port}`;
}

/** Whether the URL names this very machine: `localhost` or a loopback address. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/** Names that lead into the local network by convention (RFC 6761, RFC 6762, RFC 9476 and cloud metadata). */
function isLocalName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return /(^|\.)(localhost|local|internal|intranet|home\.arpa|lan)$/.test(name);
}
