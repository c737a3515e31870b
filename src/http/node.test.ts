import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createBrowserGuardedFetch, type GuardedFetch, type GuardedRequest } from './index.ts';
import { createGuardedFetch, type NodeFetchLimits, type ResolveHost } from './node.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** A real server, closed after the test. */
async function serve(listener: RequestListener): Promise<{ host: string; url: string; port: number }> {
  const server = createServer(listener);
  servers.push(server);
  const port = await listen(server);
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}`, port };
}

/** Listens on a free port of the loopback interface and says which. */
async function listen(server: TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

const LIMITS = { maxBytes: 100_000, timeoutMs: 5000, maxRedirects: 3 } satisfies NodeFetchLimits;
const never = new AbortController().signal;
const get = (fetchUrl: GuardedFetch, url: string, request: Partial<GuardedRequest> = {}) =>
  fetchUrl(url, { signal: never, ...request });

async function codeOf(answer: ReturnType<GuardedFetch>): Promise<string> {
  const outcome = await answer;
  return outcome.ok ? 'ok' : outcome.failure.code;
}

async function textOf(answer: ReturnType<GuardedFetch>): Promise<string> {
  const outcome = await answer;
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return new TextDecoder().decode(outcome.value.body);
}

/** What both guards promise. */
describe.each([
  ['server', createGuardedFetch],
  ['browser', createBrowserGuardedFetch],
])('the %s guard', (_name, createGuard) => {
  const create = (allowHosts: readonly string[], limits: Partial<NodeFetchLimits> = {}) =>
    createGuard({ ...LIMITS, allowHosts, ...limits });

  it('fetches, with method, headers and body', async () => {
    const { url, host } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.end(`${request.method} ${String(request.headers['x-key'])} ${body}`));
    });
    const fetchUrl = create([host]);
    expect(
      await textOf(get(fetchUrl, url, { method: 'POST', headers: { 'x-key': 'k' }, body: 'hello' })),
    ).toBe('POST k hello');
  });

  it('refuses addresses that are not public, without a connection', async () => {
    let hits = 0;
    const { url } = await serve((_request, response) => {
      hits += 1;
      response.end();
    });
    expect(await codeOf(get(create([]), url))).toBe('url-private');
    expect(hits).toBe(0);
  });

  it('follows a redirect and says where it landed', async () => {
    const { url, host } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: 'b' }).end();
      else response.end('there');
    });
    const outcome = await get(create([host]), `${url}/a`);
    expect(outcome.ok && outcome.value.url).toBe(`${url}/b`);
  });

  it('limits the body, announced or not', async () => {
    const { url, host } = await serve((request, response) => {
      if (request.url === '/announced') response.writeHead(200, { 'content-length': '200001' });
      response.write('x'.repeat(200_000));
      response.end('x');
    });
    const fetchUrl = create([host]);
    expect(await codeOf(get(fetchUrl, `${url}/announced`))).toBe('url-too-large');
    expect(await codeOf(get(fetchUrl, `${url}/chunked`))).toBe('url-too-large');
    expect(await codeOf(get(create([host], { maxBytes: 200_001 }), `${url}/chunked`))).toBe('ok');
    expect(
      await codeOf(get(create([host], { maxBytes: 200_001 }), `${url}/chunked`, { maxBytes: 200_000 })),
    ).toBe('url-too-large');
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
  ])('stops a %s bomb at the limit', async (encoding, bomb) => {
    const { url, host } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': String(bomb.length) });
      response.end(bomb);
    });
    expect(bomb.length).toBeLessThan(LIMITS.maxBytes);
    let heard = 0;
    expect(await codeOf(get(create([host]), url, { onChunk: (chunk) => (heard += chunk.length) }))).toBe(
      'url-too-large',
    );
    expect(heard).toBe(LIMITS.maxBytes);
  });

  it('ends a slow drip at the time limit', async () => {
    const { url, host } = await serve((_request, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    expect(await codeOf(get(create([host], { timeoutMs: 150 }), url))).toBe('url-timeout');
  });

  it('refuses a status other than 2xx and tells its challenge and first words', async () => {
    const { url, host } = await serve((_request, response) => {
      response.writeHead(402, { 'www-authenticate': 'L402 macaroon="m"' }).end('pay first');
    });
    const outcome = await get(create([host]), url);
    expect(outcome.ok ? null : outcome.failure).toMatchObject({
      code: 'url-status',
      data: { url: `${url}/`, status: 402, challenge: 'L402 macaroon="m"', text: 'pay first' },
    });
  });

  it('refuses types that were not asked for', async () => {
    const { url, host } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'Text/HTML; charset=utf-8' }).end('<p>');
    });
    const fetchUrl = create([host]);
    expect(await codeOf(get(fetchUrl, url, { accept: ['application/pdf', 'image/*'] }))).toBe('url-type');
    expect(await codeOf(get(fetchUrl, url, { accept: ['application/pdf', 'text/*'] }))).toBe('ok');
    expect(await codeOf(get(fetchUrl, url, { accept: ['text/html'] }))).toBe('ok');
  });

  it('reports a closed port as unreachable', async () => {
    const { url, host } = await serve(() => undefined);
    const [server] = servers.splice(0);
    server?.close();
    expect(await codeOf(get(create([host]), url))).toBe('url-unreachable');
  });

  it('rejects with the reason of the signal, before and during the fetch', async () => {
    const started = Promise.withResolvers<void>();
    const { url, host } = await serve((_request, response) => {
      response.write('…');
      started.resolve();
    });
    const abort = new AbortController();
    const fetching = get(create([host]), url, { signal: abort.signal });
    await started.promise;
    abort.abort(new Error('changed my mind'));
    await expect(fetching).rejects.toThrow('changed my mind');
    await expect(get(create([host]), url, { signal: abort.signal })).rejects.toThrow('changed my mind');
  });
});

describe('the server guard alone', () => {
  it('refuses a name when any of its addresses is private', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['8.8.8.8', '10.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['fe80::1%lo'],
    ])
      expect(
        await codeOf(
          get(createGuardedFetch({ ...LIMITS, resolveHost: resolveTo(...addresses) }), 'http://example.com/'),
        ),
      ).toBe('url-private');
  });

  it('asks for a name once and connects to exactly the checked address', async () => {
    const { port } = await serve((request, response) => response.end(`host ${request.headers.host}`));
    let asked = 0;
    const resolveHost = async () => {
      asked += 1;
      // What a rebinding name server answers: the checked address first, something else ever after.
      return asked === 1 ? ['127.0.0.1'] : ['192.0.2.1'];
    };
    const fetchUrl = createGuardedFetch({ ...LIMITS, resolveHost, allowHosts: [`rebind.test:${port}`] });
    expect(await textOf(get(fetchUrl, `http://rebind.test:${port}/`))).toBe(`host rebind.test:${port}`);
    expect(asked).toBe(1);
  });

  it('reports a name without addresses as unreachable', async () => {
    const none = createGuardedFetch({ ...LIMITS, resolveHost: resolveTo() });
    expect(await codeOf(get(none, 'http://example.com/'))).toBe('url-unreachable');
    const broken = createGuardedFetch({
      ...LIMITS,
      resolveHost: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    });
    expect(await codeOf(get(broken, 'http://example.com/'))).toBe('url-unreachable');
  });

  it('does not wait for a resolver beyond the time limit', async () => {
    const fetchUrl = createGuardedFetch({
      ...LIMITS,
      timeoutMs: 50,
      resolveHost: () => new Promise(() => undefined),
    });
    expect(await codeOf(get(fetchUrl, 'http://example.com/'))).toBe('url-timeout');
  });

  it('checks where a redirect leads', async () => {
    let inside = 0;
    const secret = await serve((_request, response) => {
      inside += 1;
      response.end('secret');
    });
    const { url, host } = await serve((request, response) => {
      const targets: Record<string, string> = {
        '/ip': secret.url,
        '/name': `http://inside.test:${secret.port}/`,
        '/scheme': 'file:///etc/passwd',
        '/junk': 'http://[',
      };
      response.writeHead(302, { location: targets[request.url ?? ''] }).end();
    });
    const fetchUrl = createGuardedFetch({
      ...LIMITS,
      allowHosts: [host],
      resolveHost: resolveTo('127.0.0.1'),
    });
    expect(await codeOf(get(fetchUrl, `${url}/ip`))).toBe('url-private');
    expect(await codeOf(get(fetchUrl, `${url}/name`))).toBe('url-private');
    expect(await codeOf(get(fetchUrl, `${url}/scheme`))).toBe('url-invalid');
    expect(await codeOf(get(fetchUrl, `${url}/junk`))).toBe('url-invalid');
    expect(inside).toBe(0);
  });

  it('ends a redirect loop', async () => {
    let hits = 0;
    const { url, host } = await serve((_request, response) => {
      hits += 1;
      response.writeHead(302, { location: '/again' }).end();
    });
    expect(await codeOf(get(createGuardedFetch({ ...LIMITS, allowHosts: [host] }), url))).toBe(
      'too-many-redirects',
    );
    expect(hits).toBe(LIMITS.maxRedirects + 1);
  });

  it('keeps the headers of the caller from other origins', async () => {
    const other = await serve((request, response) => response.end(`key ${request.headers.authorization}`));
    const { url, host } = await serve((request, response) => {
      if (request.url === '/same') response.end(`key ${request.headers.authorization}`);
      else response.writeHead(307, { location: request.url === '/away' ? other.url : '/same' }).end();
    });
    const fetchUrl = createGuardedFetch({ ...LIMITS, allowHosts: [host, other.host] });
    const headers = { authorization: 'mine' };
    expect(await textOf(get(fetchUrl, `${url}/stay`, { headers }))).toBe('key mine');
    expect(await textOf(get(fetchUrl, `${url}/away`, { headers }))).toBe('key undefined');
  });

  it('does not carry a POST along a redirect', async () => {
    const { url, host } = await serve((_request, response) =>
      response.writeHead(307, { location: '/x' }).end(),
    );
    const fetchUrl = createGuardedFetch({ ...LIMITS, allowHosts: [host] });
    expect(await codeOf(get(fetchUrl, url, { method: 'POST', body: 'b' }))).toBe('url-status');
  });

  it('refuses compression that it cannot count', async () => {
    const { url, host } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('x')));
    });
    expect(await codeOf(get(createGuardedFetch({ ...LIMITS, allowHosts: [host] }), url))).toBe('url-type');
  });

  it('reports an answer that breaks off, is garbage, or switches protocols', async () => {
    const answers = [
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nnot gzip',
      'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      '\0\0garbage\r\n\r\n',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    ];
    for (const answer of answers) {
      const server = createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(answer));
      });
      const port = await listen(server);
      const fetchUrl = createGuardedFetch({ ...LIMITS, allowHosts: [`127.0.0.1:${port}`] });
      expect(await codeOf(get(fetchUrl, `http://127.0.0.1:${port}/`))).toBe('url-unreachable');
      server.close();
      await once(server, 'close');
    }
  });

  it('reads a HEAD answer whatever length it announces', async () => {
    const { url, host } = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': '999999999' }).end(),
    );
    expect(
      await textOf(get(createGuardedFetch({ ...LIMITS, allowHosts: [host] }), url, { method: 'HEAD' })),
    ).toBe('');
  });

  it('lets what a listener of the body throws reach the caller', async () => {
    const { url, host } = await serve((_request, response) => response.end('body'));
    await expect(
      get(createGuardedFetch({ ...LIMITS, allowHosts: [host] }), url, { onChunk: throwBug }),
    ).rejects.toThrow('a bug of the listener');
  });
});

function resolveTo(...addresses: string[]): ResolveHost {
  return () => Promise.resolve(addresses);
}

function throwBug(): never {
  throw new Error('a bug of the listener');
}
