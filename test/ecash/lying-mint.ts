import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a mint answers. */
export interface MintAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A request on its way to the real mint. */
export interface AskedMint {
  /** `POST /v1/swap` */
  readonly route: string;
  readonly body: unknown;
  /** What the real mint answers; it does what it is asked. */
  readonly forward: () => Promise<MintAnswer>;
}

/** How the proxy answers instead: an answer, silence until the caller gives up, or a broken connection. */
export type Lie = (asked: AskedMint) => Promise<MintAnswer | 'silence' | 'break' | RawAnswer>;

/** An answer that is not JSON of a mint. */
export interface RawAnswer {
  readonly raw: (response: ServerResponse) => void;
}

/** A proxy in front of a real mint, which may lie. */
export interface LyingMint {
  readonly url: string;
  /** Routes asked since the last lie was set. */
  readonly asked: readonly string[];
  /** Lies from now on; the truth again without a lie. */
  lie(how?: Lie): void;
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 1 << 20;

/** Starts the proxy on a free port. */
export async function startLyingMint(realUrl: string): Promise<LyingMint> {
  let current: Lie | undefined;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    const { method = 'GET', url = '/' } = request;
    asked.push(`${method} ${url}`);
    const forward = async (): Promise<MintAnswer> => {
      const init = method === 'GET' ? {} : { body: text, headers: { 'content-type': 'application/json' } };
      const real = await fetch(`${realUrl}${url}`, { method, ...init });
      return { status: real.status, body: await real.json() };
    };
    const body: unknown = text === '' ? null : JSON.parse(text);
    const told =
      current === undefined ? await forward() : await current({ route: `${method} ${url}`, body, forward });
    if (told === 'silence') return;
    if (told === 'break') response.destroy();
    else if ('raw' in told) told.raw(response);
    else
      response.writeHead(told.status, { 'content-type': 'application/json' }).end(JSON.stringify(told.body));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    lie(how) {
      current = how;
      asked.length = 0;
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** A lie about one route; the truth about all others. */
export function about(route: string, how: Lie): Lie {
  return (asked) => (asked.route.startsWith(route) ? how(asked) : asked.forward());
}

/** The true answer with its body changed; `change` says which shape that has. */
export function changed(route: string, change: (body: never) => unknown): Lie {
  return about(route, async ({ forward }) => {
    const { status, body } = await forward();
    return { status, body: change(body as never) };
  });
}
