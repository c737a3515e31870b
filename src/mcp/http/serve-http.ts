import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createMcpHandler, type McpServerFactory } from '@modelcontextprotocol/server';
import { Hono } from 'hono';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { ApprovalCodes } from '../approvals/approval-codes.ts';
import type { Approvals } from '../approvals/approvals.ts';
import { approvalPages } from './approval-page.ts';
import { carriesToken } from './token-file.ts';

/** Clients at once; waiting tools hold theirs open. */
const MAX_CONNECTIONS = 128;
const MAX_BODY_BYTES = 1_000_000;
const HEADERS_TIMEOUT_MS = 10_000;

/** A server that listens. */
export interface ListeningMcp {
  /** Where clients find it, such as `http://127.0.0.1:7333/mcp`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves MCP (streamable HTTP, without sessions) and the approval pages on loopback. Requests of MCP must carry the
 * bearer token, the answers of a person a code; all must name this very address as their host. What a web page of
 * another origin sends is refused, so that no site can reach the wallet through a browser. Fails with `port-taken`.
 */
export async function serveMcpHttp(options: {
  /** 0 takes any. */
  readonly port: number;
  readonly token: string;
  readonly approvals: Approvals;
  readonly codes: ApprovalCodes;
  /** Made once the address is known. */
  readonly servers: (origin: string) => McpServerFactory;
}): Promise<Outcome<ListeningMcp, 'port-taken'>> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await listen(server, options.port);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      return failure('port-taken', `Port ${options.port} is taken; choose another with --http.`, {
        port: options.port,
      });
    throw error;
  }
  const port = portOf(server);
  const origin = `http://127.0.0.1:${port}`;
  const mcp = createMcpHandler(options.servers(origin), { maxRequestBodySize: MAX_BODY_BYTES });
  const app = guarded(port);
  app.all('/mcp', (context) =>
    carriesToken(context.req.header('authorization') ?? null, options.token)
      ? mcp.fetch(context.req.raw)
      : plain(401, 'A bearer token is needed.', { 'www-authenticate': 'Bearer' }),
  );
  app.route('/', approvalPages(options.approvals, options.codes));
  const answer = getRequestListener(app.fetch);
  server.on('request', (request, response) => void answer(request, response));
  return success({
    url: `${origin}/mcp`,
    async close() {
      await mcp.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  });
}

/** Lets through only what is meant for this address. */
function guarded(port: number): Hono {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const origins = new Set([...hosts].map((host) => `http://${host}`));
  const app = new Hono();
  app.use(({ req }, next): Promise<Response | void> => {
    const from = req.header('origin');
    if (!hosts.has(req.header('host') ?? '')) return refuse('This is another host.');
    if (from !== undefined && !origins.has(from)) return refuse('Pages of other origins are not served.');
    return next();
  });
  return app;
}

async function refuse(text: string): Promise<Response> {
  return plain(403, text);
}

function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain', ...headers } });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
