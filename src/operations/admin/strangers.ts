import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';

/**
 * Refuses what a web page of another site sends through somebody's browser. Such a page names itself as the origin; or
 * it has had its own name point at this address (DNS rebinding), and then asks for that name: who asks for an address,
 * for `localhost` or for a name that the operator gave asks for this server.
 */
export function refuseStrangers(hostNames: readonly string[]): MiddlewareHandler {
  const known = new Set(['localhost', ...hostNames.map((name) => name.toLowerCase())]);
  return async ({ req }, next) => {
    const host = req.header('host') ?? '';
    const name = hostNameOf(host);
    if (name === null || !(isIP(name) !== 0 || known.has(name))) return forbidden('This is another host.');
    const origin = req.header('origin');
    if (origin !== undefined && origin !== `http://${host}`)
      return forbidden('Pages of other origins are not served.');
    return next();
  };
}

/** Without port and brackets; `null` when it is no host. */
function hostNameOf(host: string): string | null {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase() ?? null;
}

function forbidden(text: string): Response {
  return new Response(`${text}\n`, { status: 403, headers: { 'content-type': 'text/plain' } });
}
