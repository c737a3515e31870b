import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { msat } from '../../src/protocol/index.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { unixNow } from '../../src/clock/index.ts';
import { openWebStage, STAGE_MS, type WebStage } from './stage.ts';

let stage: WebStage;

beforeAll(async () => {
  stage = await openWebStage();
}, STAGE_MS);

afterAll(() => stage.close());

test('the app opens without a fault under the strict policy, which its workers have too', async () => {
  const visit = await stage.visit();
  const { page, faults } = visit;
  await expect.poll(() => page.locator('main').count(), { timeout: 20_000 }).toBe(1);
  const [script = ''] = await page.evaluate(() => [...document.scripts].map(({ src }) => src));
  for (const url of [`${stage.url}/`, script]) {
    const answer = await fetch(url);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-inline');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect(faults).toEqual([]);
  await visit.close();
});

test('hashed files are kept for ever, the page is asked for anew', async () => {
  const page = await fetch(`${stage.url}/`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const [, script = ''] = /src="\.\/(assets\/[^"]+\.js)"/.exec(await page.text()) ?? [];
  const answer = await fetch(`${stage.url}/${script}`);
  expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(answer.headers.get('cache-control')).toContain('immutable');
});

test('nothing but the files of the build is served, and relay and sample stay where they were', async () => {
  const paths = [
    '/.vite/manifest.json',
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/',
    '/web-config',
  ];
  for (const path of paths) expect(await statusOf(path, {})).toBe(404);
  const document = await fetch(`${stage.url}/`, { headers: { accept: 'application/nostr+json' } });
  expect(await document.json()).toMatchObject({ name: 'coinop market (play money)' });
  expect(await statusOf('/sample/vending-machines.pdf', {})).toBe(200);
});

test('the app learns where everything is', async () => {
  const answer = await fetch(`${stage.url}/web-config.json`);
  expect(await answer.json()).toEqual({
    relayUrls: [stage.market.relayUrl],
    blobServers: [stage.url],
    mintUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    playMoney: true,
  });
});

test('a name that points here from elsewhere gets no page, no configuration and no wallet', async () => {
  const host = `evil.example:${new URL(stage.url).port}`;
  for (const path of ['/', '/web-config.json']) expect(await statusOf(path, { host })).toBe(403);
  expect(await statusOf('/play-wallet', { host, origin: `http://${host}` }, 'POST')).toBe(403);
});

test('pages of other origins get no wallet', async () => {
  const { host, origin } = new URL(stage.url);
  const refused: Record<string, string>[] = [
    { host },
    { host, origin: 'null' },
    { host, origin: 'https://evil.example' },
    { host, origin: 'http://127.0.0.1:1' },
    { host, origin, 'sec-fetch-site': 'cross-site' },
    { host, origin, 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of refused) expect(await statusOf('/play-wallet', headers, 'POST')).toBe(403);
  expect(await statusOf('/play-wallet', { host })).toBe(405);
});

test('visitors pay each other, before and after a restart, and nobody takes wallets without end', async () => {
  const welcome = async () => {
    const visit = await stage.visit();
    const { uri } = await visit.page.evaluate(
      async () => (await (await fetch('./play-wallet', { method: 'POST' })).json()) as { uri: string },
    );
    await visit.close();
    return uri;
  };
  const [customer, human] = [await welcome(), await welcome()];
  expect(customer).toMatch(/^nostr\+walletconnect:\/\//);
  await pay(customer, human);
  await stage.restartMarket();
  await pay(human, customer);

  const { origin, host } = new URL(stage.url);
  const statuses: number[] = [];
  while (!statuses.includes(429) && statuses.length < 40)
    statuses.push(await statusOf('/play-wallet', { host, origin }, 'POST'));
  expect(statuses.at(-1)).toBe(429);
});

/** Moves a sat between two wallets. */
async function pay(payerUri: string, payeeUri: string): Promise<void> {
  const verifier = createInlineVerifier();
  const relays = createRelayPool({ verifier });
  const open = (uri: string) => {
    const opened = openNwcWallet({ uri, relays, now: unixNow });
    if (!opened.ok) throw new Error(opened.failure.message);
    return opened.value;
  };
  const [payer, payee] = [open(payerUri), open(payeeUri)];
  const amountMsat = msat(1000n);
  const made = await payee.makeInvoice({ amountMsat, description: '', expirySeconds: 600 });
  if (!made.ok || made.value.bolt11 === null) throw new Error('no invoice was made');
  const paid = await payer.pay({ bolt11: made.value.bolt11, feeLimitMsat: msat(10_000n) });
  expect(paid).toMatchObject({ ok: true });
  await payer.close();
  await payee.close();
  await relays.close();
  await verifier.close();
}

/** With headers that `fetch` does not let anybody set. */
function statusOf(path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(stage.url, { path, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject);
    asked.end();
  });
}
