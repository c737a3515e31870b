import { serve } from '@hono/node-server';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { Gateway } from './gateway.ts';

/** A gateway on a port. */
export interface GatewayServer {
  /** Such as `http://127.0.0.1:4711`. */
  readonly url: string;
  /** Takes no more requests, and ends when those under way are answered. Close the gateway first: that ends streams. */
  close(): Promise<void>;
}

/** Who sends a request slower than this, in milliseconds, is cut off: sockets are few. */
const SLOW_CLIENTS = { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 5_000 };

/** Listens for the clients of a gateway. Fails with `port-taken`. */
export async function listenForClients(
  gateway: Gateway,
  at: {
    readonly host: string;
    /** 0 takes a free one. */
    readonly port: number;
    /** A proxy in front names the client in `X-Forwarded-For`; its last entry is believed. */
    readonly trustProxy: boolean;
  },
): Promise<Outcome<GatewayServer, 'port-taken'>> {
  const listening = Promise.withResolvers<number>();
  const server = serve(
    {
      serverOptions: SLOW_CLIENTS,
      hostname: at.host,
      port: at.port,
      fetch: (request: Request, { incoming }) =>
        gateway.fetch(request, {
          client: clientOf(request, incoming.socket.remoteAddress ?? '', at.trustProxy),
        }),
    },
    ({ port }) => listening.resolve(port),
  );
  server.once('error', listening.reject);
  try {
    const port = await listening.promise;
    return success({
      url: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`,
      close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      return failure('port-taken', `Port ${at.port} is taken; choose another.`, { port: at.port });
    throw error;
  }
}

function clientOf(request: Request, socketAddress: string, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() : '';
  return forwarded || socketAddress;
}
