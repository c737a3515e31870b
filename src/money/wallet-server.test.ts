import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { serveApi, type ApiCall, type ApiServer } from '../../test/fixtures/wallet-api-server.ts';
import type { JsonObject } from './nwc-protocol.ts';
import { connectWalletServer, parseWalletUrl, type WalletFetch, type WalletServer } from './wallet-server.ts';

const SECRET = 'a-secret-that-stays';
const HASTY = { timeoutMs: 200, signal: undefined };
const PATIENT = { timeoutMs: 20_000, signal: undefined };
const ASK = { path: '/ask' };

const open: ApiServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(handle: (call: ApiCall) => void): Promise<ApiServer> {
  const api = await serveApi((call) => Promise.resolve(handle(call)));
  open.push(api);
  return api;
}

function connect(url: string, options: { readonly fetch?: WalletFetch; readonly signal?: AbortSignal } = {}) {
  const { signal = new AbortController().signal } = options;
  return connectWalletServer({ url, headers: { 'x-secret': SECRET }, fetch: options.fetch, signal });
}

const countOf = async (server: WalletServer): Promise<unknown> =>
  server.stream(ASK, PATIENT, (message: JsonObject) => (message['last'] === true ? 'last' : undefined));

describe('the address of a wallet’s server', () => {
  test.each([
    ['https://node.local:8080', 'https://node.local:8080'],
    ['http://127.0.0.1:5000/', 'http://127.0.0.1:5000'],
    ['https://host/lnd/', 'https://host/lnd'],
  ])('%s', (text, url) => expect(parseWalletUrl(text)).toEqual({ ok: true, value: url }));

  test.each([
    '',
    'node.local',
    'ftp://host/',
    'https://me:pw@host/',
    'https://host/?key=1',
    'https://host/#key',
  ])('refuses %s and does not repeat it', (text) => {
    const parsed = parseWalletUrl(text);
    expect(parsed).toMatchObject({ ok: false, failure: { code: 'invalid-wallet-url' } });
    expect(JSON.stringify(parsed)).not.toMatch(/host|me:pw|key=1/);
  });
});

describe('an exchange with a wallet’s server', () => {
  test('sends the secret and the body, and reads the answer of any status', async () => {
    const heard: ApiCall[] = [];
    const { url } = await serve((call) => {
      heard.push(call);
      call.json(418, { words: 'no' });
    });
    const answer = await connect(`${url}/prefix`).call({ path: '/ask?x=1', body: { amount: '21' } }, PATIENT);
    expect(answer).toEqual({ ok: true, value: { status: 418, body: { words: 'no' } } });
    expect(heard).toMatchObject([{ route: 'POST /prefix/ask', body: { amount: '21' } }]);
    expect(heard[0]?.headers['x-secret']).toBe(SECRET);
  });

  test('does not carry the secret along a redirect', async () => {
    const strangers: ApiCall[] = [];
    const stranger = await serve((call) => void strangers.push(call));
    const { url } = await serve((call) => call.redirect(`${stranger.url}/catch`));
    const answer = await connect(url).call(ASK, PATIENT);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'wallet-internal' } });
    expect(strangers).toEqual([]);
  });

  test('gives up on a server that does not answer, or stops half-way', async () => {
    const silent = await serve(() => undefined);
    expect(await connect(silent.url).call(ASK, HASTY)).toMatchObject(failing('wallet-timeout'));
    const slow = await serve((call) => call.stream().send({ first: true }));
    expect(await connect(slow.url).call(ASK, HASTY)).toMatchObject(failing('wallet-timeout'));
    expect(await connect(slow.url).stream(ASK, HASTY, () => undefined)).toMatchObject(
      failing('wallet-timeout'),
    );
  });

  test('ends with the caller’s signal, and says so of a closed connection', async () => {
    const silent = await serve(() => undefined);
    const caller = new AbortController();
    const asked = connect(silent.url).call(ASK, { ...PATIENT, signal: caller.signal });
    caller.abort();
    expect(await asked).toMatchObject(failing('wallet-timeout'));
    const closed = connect(silent.url, { signal: AbortSignal.abort() });
    expect(await closed.call(ASK, PATIENT)).toMatchObject(failing('wallet-unreachable'));
  });

  test('says why a server cannot be reached, without its address or the secret', async () => {
    const gone = await serve(() => undefined);
    await gone.close();
    open.length = 0;
    const answer = await connect(gone.url).call(ASK, PATIENT);
    expect(answer).toMatchObject({
      failure: { code: 'wallet-unreachable', data: { reason: 'ECONNREFUSED' } },
    });
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(JSON.stringify(answer)).not.toContain('127.0.0.1');
  });

  test('tells a connection that broke off from an answer', async () => {
    const broken = await serve((call) => {
      call.stream().send({ first: true });
      call.breakOff();
    });
    expect(await connect(broken.url).call(ASK, PATIENT)).toMatchObject(failing('wallet-unreachable'));
    expect(await countOf(connect(broken.url))).toMatchObject(failing('wallet-unreachable'));
  });

  test('refuses what is no JSON object and what is too large', async () => {
    const page = await serve((call) => call.text(200, '<html>'));
    expect(await connect(page.url).call(ASK, PATIENT)).toMatchObject(failing('wallet-internal'));
    expect(await countOf(connect(page.url))).toMatchObject(failing('wallet-internal'));
    const list = await serve((call) => call.json(200, [1]));
    expect(await connect(list.url).call(ASK, PATIENT)).toMatchObject(failing('wallet-internal'));
    const flood = await serve((call) => call.text(200, 'x'.repeat(9 * 2 ** 20)));
    expect(await connect(flood.url).call(ASK, PATIENT)).toMatchObject(failing('wallet-internal'));
    expect(await countOf(connect(flood.url))).toMatchObject(failing('wallet-internal'));
    const gateway = await serve((call) => call.text(502, '<html>'));
    expect(await connect(gateway.url).call(ASK, PATIENT)).toMatchObject({ value: { status: 502, body: {} } });
  });

  test('reads the same lines however they were cut', async () => {
    const messages = fc.array(fc.record({ text: fc.string({ unit: 'binary' }), number: fc.integer() }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(messages, fc.integer({ min: 1, max: 50 }), fc.boolean(), async (sent, size, ends) => {
        const text = sent.map((message) => JSON.stringify(message)).join('\n') + (ends ? '\n' : '');
        const bytes = new TextEncoder().encode(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.slice(index * size, (index + 1) * size),
        );
        const server = connect('http://any', {
          fetch: () => Promise.resolve(new Response(ReadableStream.from(chunks))),
        });
        const heard: JsonObject[] = [];
        const ended = await server.stream(ASK, PATIENT, (message) => void heard.push(message));
        expect(ended).toMatchObject({ ok: true, value: { taken: null } });
        expect(heard).toEqual(sent);
      }),
    );
  });
});

function failing(code: string) {
  return { ok: false, failure: { code } };
}
