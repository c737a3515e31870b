import { serve, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import { failure, success, type Outcome } from '../../protocol/index.ts';

/** The pages on an address. */
export interface AdminServer {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Who sends a request slower than this, in milliseconds, is cut off: sockets are few. */
const SLOW_CLIENTS = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 2_000 };
const MAX_CONNECTIONS = 64;

/** Listens for operators. Fails with `port-taken` or `address-unknown`. */
export async function listenForOperators(
  app: Hono,
  at: { readonly host: string; /** 0 takes a free one. */ readonly port: number },
): Promise<Outcome<AdminServer, 'port-taken' | 'address-unknown'>> {
  const listening = Promise.withResolvers<number>();
  const server = serve(
    { fetch: app.fetch, hostname: at.host, port: at.port, serverOptions: SLOW_CLIENTS },
    ({ port }) => listening.resolve(port),
  );
  if ('maxConnections' in server) server.maxConnections = MAX_CONNECTIONS;
  server.once('error', listening.reject);
  try {
    const port = await listening.promise;
    const host = at.host.includes(':') ? `[${at.host}]` : at.host;
    return success({ url: `http://${host}:${port}`, close: () => closeServer(server) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EADDRINUSE')
      return failure('port-taken', `Port ${at.port} is taken; choose another with --admin.`, {
        port: at.port,
      });
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      return failure(
        'address-unknown',
        `${at.host} is no address of this machine; choose another with --admin.`,
      );
    throw error;
  }
}

function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
