import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBlobStage, type BlobStage } from '../../test/fixtures/blob-stage.ts';
import { openHttpStage, type HttpStage } from '../../test/fixtures/http-stage.ts';
import { unixNow } from '../clock/index.ts';
import { createGuardedFetch } from '../http/node.ts';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import {
  checkBlobAuthorization,
  createBlobClient,
  createMemoryFiles,
  decryptFile,
  encryptFile,
  hashInAddress,
  parseBlobServerList,
  buildBlobServerList,
  sha256Hex,
  signBlobAuthorization,
  type BlobClient,
} from './index.ts';
import { createBlobServer } from './server.ts';

const NOW = 1_900_000_000;
const LIMITS = { blobBytes: 3_000_000, totalBytes: 8_000_000, blobs: 50, bytesPerKey: 5_000_000 };
const signer = secretKeySigner(generateSecretKey());
const { signal } = new AbortController();

let home: BlobStage;
let away: BlobStage;
let client: BlobClient;
let clock = NOW;

beforeAll(async () => {
  const now = () => clock;
  home = await openBlobStage({ limits: LIMITS, now });
  away = await openBlobStage({
    limits: LIMITS,
    now,
    fetch: createGuardedFetch({ allowHosts: [home.host] }),
    mediaTypes: ['text/*', 'application/octet-stream'],
  });
  const fetch = createGuardedFetch({ allowHosts: [home.host, away.host], timeoutMs: 20_000 });
  client = createBlobClient({ fetch, now });
});
beforeEach(() => {
  clock += 1000;
  home.disturb = away.disturb = null;
});
afterAll(() => Promise.all([home.close(), away.close()]));

const bytesOf = (text: string) => new TextEncoder().encode(text);
const randomBytes = (length: number) => new Uint8Array(nodeRandomBytes(length));
const text = (content: string) => ({ bytes: bytesOf(content), mediaType: 'text/plain' });

describe('client and server', () => {
  it('store a file on several servers, the second by copying it from the first, and fetch it from either', async () => {
    const stored = await client.upload(text('a fox'), { servers: [home.url, away.url], signer, signal });
    const sha256 = sha256Hex(bytesOf('a fox'));
    const urls = [`${home.url}/${sha256}.txt`, `${away.url}/${sha256}.txt`];
    expect(stored).toMatchObject({ ok: true, value: { sha256, size: 5, urls } });
    expect(away.requests).toContain('PUT /mirror 201');
    for (const url of urls)
      expect(await client.download({ sha256, urls: [url], maxBytes: 5 }, { signal })).toMatchObject({
        ok: true,
        value: bytesOf('a fox'),
      });
  });

  it('send nothing that a server has, and ask before they send much', async () => {
    await client.upload(text('twice'), { servers: [home.url], signer, signal });
    const before = home.requests.length;
    await client.upload(text('twice'), { servers: [home.url], signer, signal });
    expect(home.requests.slice(before).filter((line) => line.startsWith('PUT'))).toEqual([]);
    const big = { bytes: randomBytes(LIMITS.blobBytes + 1), mediaType: 'text/plain' };
    const refused = await client.upload(big, { servers: [home.url], signer, signal });
    expect(refused).toMatchObject({ ok: false, failure: { code: 'blob-too-large' } });
    expect(home.requests.at(-1)).toBe('HEAD /upload 413');
  });

  it('fall back to the next server, and say what kept all of them from it', async () => {
    const picture = { bytes: randomBytes(100), mediaType: 'image/png' };
    const kept = await client.upload(picture, { servers: [away.url, home.url], signer, signal });
    expect(kept).toMatchObject({ ok: true, value: { urls: [expect.stringContaining(home.url)] } });
    const refused = await client.upload(
      { ...picture, bytes: randomBytes(99) },
      { servers: [away.url], signer, signal },
    );
    expect(refused).toMatchObject({ ok: false, failure: { code: 'blob-refused', data: { status: 415 } } });
    const nowhere = await client.upload(picture, { servers: ['ftp://x', 'nonsense'], signer, signal });
    expect(nowhere).toMatchObject({ ok: false, failure: { code: 'no-blob-server' } });
  });

  it('keep one key from filling the server', async () => {
    const greedy = secretKeySigner(generateSecretKey());
    const put = (length: number) =>
      client.upload(
        { bytes: randomBytes(length), mediaType: 'text/plain' },
        { servers: [home.url], signer: greedy, signal },
      );
    expect((await put(2_600_000)).ok).toBe(true);
    expect(await put(2_600_000)).toMatchObject({ ok: false, failure: { data: { status: 429 } } });
  });
});

describe('the server', () => {
  const put = async (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const sha256 = sha256Hex(body);
    const authorization = await permission('upload', sha256);
    return fetch(`${home.url}/upload`, {
      method: 'PUT',
      body,
      headers: { authorization, 'x-sha-256': sha256, 'content-type': 'text/html', ...headers },
    });
  };
  const permission = (action: 'upload' | 'delete' | 'list', sha256: string, servers = [home.url]) =>
    signBlobAuthorization(signer, { action, sha256, servers, now: clock });

  it('serves ranges, and no page that a browser would run', async () => {
    const body = bytesOf('<script>alert(1)</script>');
    const described = (await (await put(body)).json()) as { url: string; type: string; size: number };
    expect(described).toMatchObject({ type: 'text/html', size: body.length });
    const whole = await fetch(described.url);
    expect(whole.headers.get('content-security-policy')).toContain('sandbox');
    expect(whole.headers.get('access-control-allow-origin')).toBe('*');
    const head = await fetch(described.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '25', '']);
    for (const [range, status, part] of [
      ['bytes=0-7', 206, '<script>'],
      ['bytes=16-', 206, '</script>'],
      ['bytes=-9', 206, '</script>'],
      ['bytes=25-', 416, null],
      ['bytes=1-0', 200, new TextDecoder().decode(body)],
      ['lines=1-2', 200, new TextDecoder().decode(body)],
    ] as const) {
      const answer = await fetch(described.url, { headers: { range } });
      expect([range, answer.status]).toEqual([range, status]);
      if (part !== null) expect(await answer.text()).toBe(part);
    }
  });

  it('takes only what the permission says: the action, the bytes, this server, this time', async () => {
    const body = bytesOf('permitted');
    const sha256 = sha256Hex(body);
    const other = bytesOf('other bytes');
    const status = async (headers: Record<string, string>, sent = body) => (await put(sent, headers)).status;
    expect(await status({ authorization: '' })).toBe(401);
    expect(await status({ authorization: 'Nostr e30' })).toBe(401);
    expect(await status({ authorization: await permission('delete', sha256) })).toBe(401);
    expect(await status({ authorization: await permission('upload', sha256Hex(other)) })).toBe(401);
    expect(await status({ authorization: await permission('upload', sha256, ['https://cdn.example']) })).toBe(
      401,
    );
    clock += 700;
    const late = await permission('upload', sha256);
    clock += 700;
    expect(await status({ authorization: late })).toBe(401);
    expect(
      await status({ 'x-sha-256': sha256, authorization: await permission('upload', sha256) }, other),
    ).toBe(409);
    expect(await status({})).toBe(201);
    expect(await status({})).toBe(200);
  });

  it('deletes for the owner only, and lists for the owner only', async () => {
    const body = bytesOf('mine');
    const sha256 = sha256Hex(body);
    await put(body);
    const stranger = secretKeySigner(generateSecretKey());
    const as = (who: typeof signer, action: 'delete' | 'list') =>
      signBlobAuthorization(who, { action, sha256, servers: [home.url], now: clock });
    const remove = async (authorization: string) =>
      (await fetch(`${home.url}/${sha256}`, { method: 'DELETE', headers: { authorization } })).status;
    const list = async (authorization: string) =>
      fetch(`${home.url}/list/${signer.pubkey}?limit=1`, { headers: { authorization } });
    expect((await list(await as(stranger, 'list'))).status).toBe(403);
    expect(await (await list(await as(signer, 'list'))).json()).toMatchObject([{ sha256, size: 4 }]);
    expect(await remove(await as(stranger, 'delete'))).toBe(404);
    expect(await remove(await as(signer, 'delete'))).toBe(204);
    expect((await fetch(`${home.url}/${sha256}`)).status).toBe(404);
  });

  it('makes room by what nobody used for longest, and has everything else after a restart', async () => {
    const stage = await openBlobStage({ limits: { ...LIMITS, totalBytes: 2500 }, now: () => clock });
    try {
      const at = createBlobClient({
        fetch: createGuardedFetch({ allowHosts: [stage.host] }),
        now: () => clock,
      });
      const files = [randomBytes(1000), randomBytes(1000), randomBytes(1000)];
      const upload = (bytes: Uint8Array<ArrayBuffer> = randomBytes(1000)) =>
        at.upload({ bytes, mediaType: 'text/plain' }, { servers: [stage.url], signer, signal });
      const statusOf = async (bytes: Uint8Array<ArrayBuffer> = randomBytes(0)) =>
        (await fetch(`${stage.url}/${sha256Hex(bytes)}`)).status;
      await upload(files[0]);
      clock += 1;
      await upload(files[1]);
      expect(await upload(files[2])).toMatchObject({ ok: false, failure: { code: 'blob-unreachable' } });
      clock += 1000;
      await statusOf(files[0]);
      expect((await upload(files[2])).ok).toBe(true);
      const statuses = async () => Promise.all(files.map(statusOf));
      expect(await statuses()).toEqual([200, 404, 200]);
      const next = await createBlobServer({ dir: stage.dir, publicUrl: stage.url });
      stage.disturb = async (request) => (await next.handle(request)) ?? new Response(null, { status: 404 });
      expect(await statuses()).toEqual([200, 404, 200]);
    } finally {
      await stage.close();
    }
  });

  it('leaves other paths to others', async () => {
    for (const path of ['/', '/health', '/list/me', '/0123'])
      expect((await fetch(`${home.url}${path}`)).status).toBe(404);
    expect(home.requests.slice(-4).every((line) => line.endsWith('404'))).toBe(true);
    const preflight = await fetch(`${home.url}/upload`, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, PUT, DELETE');
  });
});

describe('a hostile server', () => {
  let hostile: HttpStage;
  let answer: (request: Request) => Response | Promise<Response>;
  let careful: BlobClient;
  beforeAll(async () => {
    hostile = await openHttpStage((request) => answer(request));
    careful = createBlobClient({
      fetch: createGuardedFetch({ allowHosts: [hostile.host], timeoutMs: 2_000 }),
    });
  });
  afterAll(() => hostile.close());
  const sha256 = sha256Hex(bytesOf('wanted'));
  const download = (maxBytes = 100) =>
    careful.download({ sha256, urls: [`${hostile.origin}/${sha256}`], maxBytes }, { signal });

  it.each<[string, string, () => Response | Promise<Response>]>([
    ['other bytes', 'blob-mismatch', () => new Response('others')],
    ['a body without end', 'blob-too-large', () => new Response(endless())],
    ['an answer that never comes', 'blob-unreachable', () => new Promise(() => undefined)],
    [
      'a way into the private network',
      'blob-unreachable',
      () => Response.redirect(`http://127.0.0.1:1/${sha256}`, 307),
    ],
    ['nothing', 'blob-missing', () => new Response(null, { status: 404 })],
  ])('sends %s: %s', async (_what, code, respond) => {
    answer = respond;
    expect(await download()).toMatchObject({ ok: false, failure: { code } });
  });

  it('is passed over for a source that has the file', async () => {
    answer = ({ url }) => new Response(url.endsWith('good') ? 'wanted' : 'wrong');
    const urls = [`${hostile.origin}/bad`, `${hostile.origin}/good`];
    expect(await careful.download({ sha256, urls, maxBytes: 6 }, { signal })).toMatchObject({ ok: true });
  });

  it('does not pass for having stored what it says it stored', async () => {
    answer = ({ method }) =>
      method === 'HEAD' ? new Response(null, { status: 404 }) : Response.json({ sha256: '00'.repeat(32) });
    const stored = await careful.upload(text('wanted'), { servers: [hostile.origin], signer, signal });
    expect(stored).toMatchObject({ ok: false, failure: { code: 'blob-mismatch' } });
  });
});

it('copies few files at once, which all stand in memory meanwhile', async () => {
  const go = Promise.withResolvers<void>();
  const bytes = bytesOf('slow');
  let asked = 0;
  const source = await openHttpStage(async () => {
    asked += 1;
    await go.promise;
    return new Response(bytes);
  });
  const copier = await openBlobStage({ fetch: createGuardedFetch({ allowHosts: [source.host] }) });
  try {
    const sha256 = sha256Hex(bytes);
    const permission = { action: 'upload', servers: [copier.url], sha256, now: unixNow() } as const;
    const authorization = await signBlobAuthorization(signer, permission);
    const body = JSON.stringify({ url: `${source.origin}/${sha256}` });
    const copy = () => fetch(`${copier.url}/mirror`, { method: 'PUT', headers: { authorization }, body });
    const copied = Promise.all(Array.from({ length: 12 }, copy));
    await vi.waitFor(() => expect(asked + copier.requests.length).toBe(12), { timeout: 20_000 });
    expect(asked).toBe(4);
    go.resolve();
    const statuses = (await copied).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503)).toHaveLength(8);
    expect((await copy()).status).toBe(200);
  } finally {
    go.resolve();
    await Promise.all([source.close(), copier.close()]);
  }
});

it('clears away what a crash left half-done, and nothing else', async () => {
  const stage = await openBlobStage();
  try {
    const [orphan, unfinished] = ['1'.repeat(64), `${'2'.repeat(64)}.json.${crypto.randomUUID()}.unfinished`];
    for (const name of [orphan, unfinished, 'notes.txt']) await writeFile(join(stage.dir, name), 'half');
    await createBlobServer({ dir: stage.dir, publicUrl: stage.url });
    expect((await readdir(stage.dir)).toSorted()).toEqual(['incoming', 'notes.txt']);
  } finally {
    await stage.close();
  }
});

it('keeps a key within its quota, and every owner of a file, when uploads come at once', async () => {
  const stage = await openBlobStage({ limits: LIMITS, now: () => clock });
  try {
    const put = async (bytes: Uint8Array<ArrayBuffer>, by = signer) => {
      const sha256 = sha256Hex(bytes);
      const permission = { action: 'upload', servers: [stage.url], sha256, now: clock } as const;
      const authorization = await signBlobAuthorization(by, permission);
      const headers = { authorization, 'x-sha-256': sha256 };
      return (await fetch(`${stage.url}/upload`, { method: 'PUT', headers, body: bytes })).status;
    };
    const listOf = async (by: typeof signer) => {
      const wish = { action: 'list', servers: [stage.url], now: clock } as const;
      const headers = { authorization: await signBlobAuthorization(by, wish) };
      return (await fetch(`${stage.url}/list/${by.pubkey}`, { headers })).json();
    };
    const statuses = await Promise.all(Array.from({ length: 8 }, () => put(randomBytes(1_500_000))));
    expect(statuses.filter((status) => status === 201)).toHaveLength(3);
    expect(await listOf(signer)).toHaveLength(3);
    const others = [1, 2, 3, 4].map(() => secretKeySigner(generateSecretKey()));
    const same = randomBytes(500_000);
    await Promise.all(others.map((other) => put(same, other)));
    for (const other of others) expect(await listOf(other)).toHaveLength(1);
  } finally {
    await stage.close();
  }
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024)) });
}

describe('encrypted files', () => {
  it('open with their own key and nothing else', async () => {
    const secret = randomBytes(5000);
    const { bytes, fileKey } = await encryptFile(secret);
    expect(bytes.length).toBe(5016);
    expect(await decryptFile(bytes, fileKey)).toEqual({ ok: true, value: secret });
    const other = await encryptFile(secret);
    const tampered = bytes.with(100, (bytes[100] ?? 0) ^ 1);
    for (const [sealed, key] of [
      [bytes, other.fileKey],
      [tampered, fileKey],
      [bytes, { key: 'x', nonce: 'y' }],
    ] as const)
      expect(await decryptFile(sealed, key)).toMatchObject({ ok: false, failure: { code: 'wrong-key' } });
  });
});

describe('what strangers write', () => {
  it('never breaks the reader of permissions', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (header) => {
        const wanted = { action: 'get', sha256: null, hosts: [], now: NOW } as const;
        for (const each of [header, `Nostr ${header}`, null])
          expect(checkBlobAuthorization(each, wanted).ok).toBe(false);
      }),
    );
  });

  it('is read as an address only where it has a hash', () => {
    const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
    expect(hashInAddress(`https://cdn.example/${one}/media/${two}.pdf`)).toBe(two);
    expect(hashInAddress(`https://cdn.example/${one}${two}`)).toBe(null);
  });

  it('is read as a list of servers leniently', async () => {
    const list = buildBlobServerList({
      servers: ['https://a.example/x', 'javascript:1', 'https://a.example'],
      createdAt: NOW,
    });
    expect(parseBlobServerList(await signer.sign(list))).toEqual(['https://a.example']);
  });
});

it('keeps files in memory up to a limit, the newest', async () => {
  const files = createMemoryFiles(10);
  for (const name of ['a', 'b', 'c']) await files.write(name, bytesOf('1234'));
  expect([await files.read('a'), await files.read('c')]).toEqual([null, bytesOf('1234')]);
});
