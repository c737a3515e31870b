import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { strangerIn, strangerResponse } from './own-pages.ts';
import { openWebApp, type WebApp } from './web-app.ts';
import { PLAY_WALLET_PATH, WEB_CONFIG_PATH } from './web-desk.ts';

/** Where the market serves its sample document. */
export const SAMPLE_PATH = '/sample/vending-machines.pdf';

/** The one port of the market: pages here, the relay by upgrade on the same server. */
export interface MarketHttp {
  readonly server: Server;
  readonly relayUrl: string;
  readonly httpUrl: string;
  /** `host:port`. */
  readonly host: string;
  /** From now on, requests below `/.well-known/` are answered by this; `null` is not found. */
  serveWellKnown(handle: (request: Request) => Promise<Response | null>): void;
  /** From now on, files are stored and fetched here; `null` is a path that is about none. */
  serveBlobs(handle: (request: Request) => Promise<Response | null>): void;
  /** From now on, the web app's questions to its market are answered. */
  serveWebDesk(handle: (request: Request) => Promise<Response>): void;
  close(): Promise<void>;
}

/** Listens on loopback. Fails with `port-taken`. */
export async function listenOnOnePort(options: {
  readonly port: number;
  /** The relay's answer where a request asks for its document (NIP-11). */
  readonly relayInformation: (request: Request) => Response | null;
  /** The build of the web app. */
  readonly webAppDir: string;
}): Promise<Outcome<MarketHttp, 'port-taken'>> {
  let handleWellKnown: Parameters<MarketHttp['serveWellKnown']>[0] | null = null;
  const webApp = await openWebApp(options.webAppDir);
  const app = pages(options.relayInformation, webApp);
  app.get(
    '/.well-known/*',
    async (context) => (await handleWellKnown?.(context.req.raw)) ?? context.notFound(),
  );
  let askDesk: Parameters<MarketHttp['serveWebDesk']>[0] = starting;
  for (const path of [WEB_CONFIG_PATH, PLAY_WALLET_PATH])
    app.all(path, (context) => askDesk(context.req.raw));
  let handleBlob: Parameters<MarketHttp['serveBlobs']>[0] | null = null;
  app.all('*', async (context) => (await handleBlob?.(context.req.raw)) ?? context.notFound());
  const answer = getRequestListener(app.fetch);
  const server = createServer((request, response) => void answer(request, response));
  try {
    await listen(server, options.port);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      return failure('port-taken', `Port ${options.port} is taken; choose another with --port.`, {
        port: options.port,
      });
    throw error;
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = `127.0.0.1:${address.port}`;
  return success({
    server,
    host,
    relayUrl: `ws://${host}/`,
    httpUrl: `http://${host}`,
    serveWellKnown: (handle) => (handleWellKnown = handle),
    serveBlobs: (handle) => (handleBlob = handle),
    serveWebDesk: (handle) => (askDesk = handle),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
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

/** The port answers before everything behind it does. */
async function starting(): Promise<Response> {
  return new Response('The market is starting.\n', { status: 503, headers: { 'retry-after': '1' } });
}

function pages(relayInformation: (request: Request) => Response | null, webApp: WebApp): Hono {
  const app = new Hono();
  app.get('/health', (context) => context.json({ ok: true }));
  app.get(SAMPLE_PATH, async (context) => {
    const document = await readFile(new URL('./sample/vending-machines.pdf', import.meta.url));
    return context.body(new Uint8Array(document), 200, { 'content-type': 'application/pdf' });
  });
  app.get('*', async ({ req }, next) => {
    const document = req.path === '/' ? relayInformation(req.raw) : null;
    if (document) return document;
    const file = await webApp.respond(req.path);
    if (file === null) return next();
    // In this origin the app keeps keys: it runs under no name that somebody else can have.
    const stranger = strangerIn(req.raw);
    return stranger === null ? file : strangerResponse(stranger);
  });
  return app;
}
