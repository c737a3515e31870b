const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Why a request is not from a page of this market that somebody opened on this machine, for people; `null` when it may
 * be. A page of another site can have its own name point here (DNS rebinding), and then asks for that name; what
 * changes something must also name this market as its origin.
 */
export function strangerIn(request: Request): string | null {
  const host = request.headers.get('host') ?? '';
  if (!LOOPBACK_HOST.test(host)) return 'This market is opened as 127.0.0.1 or localhost.';
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const site = request.headers.get('sec-fetch-site');
  const isOwn =
    request.headers.get('origin') === `http://${host}` && (site ?? 'same-origin') === 'same-origin';
  return isOwn ? null : 'Only pages of this market may ask for this.';
}

/** The refusal of such a request. */
export function strangerResponse(reason: string): Response {
  return new Response(`${reason}\n`, { status: 403, headers: { 'content-type': 'text/plain' } });
}
