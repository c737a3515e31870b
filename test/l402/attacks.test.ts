import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { createMemoryCredentialStore, type L402Answer } from '../../src/l402/index.ts';
import { readMacaroon, writeMacaroon, type Macaroon } from '../../src/l402/macaroon.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { feeLimitOf, type Wallet } from '../../src/money/index.ts';
import { msat, orThrow, satsToMsat, type Outcome } from '../../src/protocol/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import type { HttpStage } from '../fixtures/http-stage.ts';
import { sampleInvoice, signInvoice } from '../fixtures/signed-invoice.ts';
import { openL402Stage, PRICE, type L402Stage } from './stage.ts';

let stage: L402Stage;
const { signal } = new AbortController();

beforeAll(async () => {
  stage = await openL402Stage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

function codeOf(answer: Outcome<L402Answer>): string {
  return answer.ok ? 'ok' : answer.failure.code;
}

function demand(token: string, bolt11: string): Response {
  const challenge = `L402 macaroon="${token}", invoice="${bolt11}"`;
  return new Response('pay', { status: 402, headers: { 'www-authenticate': challenge } });
}

async function freshInvoice(): Promise<string> {
  const made = orThrow(await stage.providerWallet.makeInvoice({ amountMsat: PRICE, expirySeconds: 600 }));
  return made.bolt11 ?? '';
}

describe('a server that wants money', () => {
  const now = unixNow();
  test.each([
    ['of another network', sampleInvoice({ prefix: 'lnbc210n', createdAt: now }), 'wrong-network'],
    ['without an amount', sampleInvoice({ prefix: 'lnbcrt', createdAt: now }), 'amountless'],
    ['too late', sampleInvoice({ createdAt: now - 4_000 }), 'invoice-expired'],
    ['more than allowed', sampleInvoice({ prefix: 'lnbcrt2100u', createdAt: now }), 'price-too-high'],
    ['unsigned', sampleInvoice({ createdAt: now }).replace(/.{8}$/, 'qqqqqqqq'), 'invalid-invoice'],
    ['for nothing', signInvoice({ prefix: 'lnbcrt210n', createdAt: now, fields: [] }), 'invalid-invoice'],
  ])('%s gets none', async (_how, bolt11, code) => {
    const shop = await stage.serve(() => demand('token', bolt11));
    const customer = await stage.customer([shop]);
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe(code);
    expect(await customer.payments()).toEqual([]);
  });

  test('for a token of another invoice gets none', async () => {
    const shop = await stage.sell();
    const challenge = (await fetch(shop.origin)).headers.get('www-authenticate') ?? '';
    const token = /macaroon="([^"]+)"/.exec(challenge)?.[1] ?? '';
    const liar = await stage.serve(async () => demand(token, await freshInvoice()));
    const customer = await stage.customer([liar]);
    expect(codeOf(await customer.fetch(liar.origin, { signal }))).toBe('wrong-hash');
    expect(await customer.payments()).toEqual([]);
  });

  test('over plain http gets no real money', async () => {
    const shop = await stage.sell();
    const customer = await stage.customer([shop], { network: 'bitcoin' });
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('insecure-url');
  });

  test('in no way that can be read is answered like any other refusal', async () => {
    const headers = { 'www-authenticate': 'L402 macaroon="m", macaroon="n", invoice="lnbcrt1"' };
    const shop = await stage.serve(() => new Response('pay', { status: 402, headers }));
    const customer = await stage.customer([shop]);
    expect(await customer.fetch(shop.origin, { signal })).toMatchObject({
      failure: { code: 'url-status', data: { status: 402, text: 'pay' } },
    });
  });

  test('and more after it was paid gets it once', async () => {
    const shop = await stage.serve(async () => demand('token', await freshInvoice()));
    const customer = await stage.customer([shop]);
    for (let call = 0; call < 3; call++)
      expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('credential-refused');
    expect(await customer.payments()).toHaveLength(1);
  });

  test('for the same invoice again gets nothing, even if the credential is lost', async () => {
    const bolt11 = await freshInvoice();
    const shop = await stage.serve(() => demand('token', bolt11));
    const customer = await stage.customer([shop]);
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('credential-refused');
    const forgetful = await stage.customer([shop], { spend: customer.spend });
    expect(codeOf(await forgetful.fetch(shop.origin, { signal }))).toBe('already-paid');
    expect(await forgetful.payments()).toEqual([]);
  });

  test('is not found behind another one', async () => {
    const shop = await stage.sell();
    const lure = await stage.serve(
      () => new Response(null, { status: 302, headers: { location: shop.origin } }),
    );
    const customer = await stage.customer([shop, lure]);
    expect(codeOf(await customer.fetch(lure.origin, { signal }))).toBe('redirected-challenge');
    expect(await customer.payments()).toEqual([]);
  });

  test('is found at another path of its own', async () => {
    const shop = await stage.sell();
    const moved = await stage.serve((request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/old') return new Response(null, { status: 302, headers: { location: '/new' } });
      return fetch(`${shop.origin}${pathname}`, { headers: request.headers });
    });
    const customer = await stage.customer([moved]);
    expect(codeOf(await customer.fetch(`${moved.origin}/old`, { signal }))).toBe('ok');
    expect(orThrow(await customer.fetch(`${moved.origin}/new`, { signal })).payment).toBeNull();
    expect(await customer.payments()).toHaveLength(1);
  });

  test('does not learn the credential of another', async () => {
    const shown: (string | null)[] = [];
    const thief = await stage.serve((request) => {
      shown.push(request.headers.get('authorization'));
      return new Response('thanks');
    });
    const shop = await stage.sell();
    let isMoved = false;
    const front = await stage.serve((request) =>
      isMoved
        ? new Response(null, { status: 302, headers: { location: thief.origin } })
        : fetch(shop.origin, { headers: request.headers }),
    );
    const customer = await stage.customer([front, thief]);
    expect(codeOf(await customer.fetch(front.origin, { signal }))).toBe('ok');
    isMoved = true;
    expect(codeOf(await customer.fetch(front.origin, { signal }))).toBe('ok');
    expect(shown).toEqual([null]);
  });

  test('sends no more than is read', async () => {
    const shop = await stage.serve(() => new Response('x'.repeat(10_000)));
    const customer = await stage.customer([shop]);
    expect(codeOf(await customer.fetch(shop.origin, { signal, maxBytes: 9_999 }))).toBe('url-too-large');
  });
});

describe('a wallet that fails', () => {
  async function shopFor(faults: Partial<Wallet>) {
    const shop = await stage.sell();
    const wallet = faultyWallet(stage.customerWallet, faults);
    return { shop, wallet, customer: await stage.customer([shop], { wallet }) };
  }

  test('before paying frees the money', async () => {
    const refusal = { ok: false, failure: { code: 'insufficient-balance', message: '' } } as const;
    const { shop, customer } = await shopFor({ pay: async () => refusal });
    expect(await customer.fetch(shop.origin, { signal })).toMatchObject({
      failure: { code: 'payment-failed', data: { reason: 'insufficient-balance' } },
    });
    expect(await customer.credentials.get(`${shop.origin} GET /`)).toBeNull();
    const next = await stage.customer([shop], { spend: customer.spend });
    expect(codeOf(await next.fetch(shop.origin, { signal }))).toBe('ok');
  });

  test('before paying frees the money, also if it cannot look', async () => {
    const no = (code: 'payment-failed' | 'not-implemented') =>
      ({ ok: false, failure: { code, message: '' } }) as const;
    const { shop, customer } = await shopFor({
      pay: async () => no('payment-failed'),
      lookup: async () => no('not-implemented'),
    });
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('payment-failed');
  });

  test('after paying is asked what became of it', async () => {
    const { shop, wallet, customer } = await shopFor({
      async pay(payment, call) {
        await stage.customerWallet.pay(payment, call);
        return { ok: false, failure: { code: 'wallet-timeout', message: '' } };
      },
    });
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('ok');
    expect(wallet.payCalls).toHaveLength(1);
  });

  test('that shows a wrong preimage is not believed', async () => {
    const { shop, customer } = await shopFor({
      async pay(payment, call) {
        const paid = await stage.customerWallet.pay(payment, call);
        return paid.ok ? { ok: true, value: { ...paid.value, preimage: '11'.repeat(32) } } : paid;
      },
    });
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('ok');
    expect(await customer.payments()).toHaveLength(1);
  });

  test('that cannot say is asked again by the next call, which does not pay twice', async () => {
    let isDown = true;
    const caller = new AbortController();
    const timeout = { ok: false, failure: { code: 'wallet-timeout', message: '' } } as const;
    const { shop, wallet, customer } = await shopFor({
      async pay(payment) {
        await stage.customerWallet.pay(payment);
        caller.abort();
        return timeout;
      },
      lookup: async (payment, call) => (isDown ? timeout : stage.customerWallet.lookup(payment, call)),
    });
    expect(codeOf(await customer.fetch(shop.origin, { signal: caller.signal }))).toBe('payment-unknown');
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('payment-unknown');
    isDown = false;
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('ok');
    expect(wallet.payCalls).toHaveLength(1);
    expect(await customer.payments()).toHaveLength(1);
  });

  test('to tell, since the payee holds the money, is not asked to pay twice', async () => {
    const preimage = '42'.repeat(32);
    const paymentHash = bytesToHex(sha256(hexToBytes(preimage)));
    const held = { amountMsat: PRICE, paymentHash, description: 'held', expirySeconds: 600 };
    const { bolt11 } = orThrow(await stage.providerWallet.makeHoldInvoice(held));
    const shop = await stage.serve((request) =>
      request.headers.get('authorization') === `L402 token:${preimage}`
        ? new Response('in')
        : demand('token', bolt11 ?? ''),
    );
    const customer = await stage.customer([shop], { payTimeoutMs: 200 });
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('payment-unknown');
    expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('payment-unknown');
    orThrow(await stage.providerWallet.settleHold({ preimage }));
    await vi.waitFor(
      async () => {
        expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('ok');
      },
      { timeout: 20_000 },
    );
    expect(await customer.payments()).toEqual([paymentHash]);
  });

  test.each(['before', 'after'])('with its process %s the wallet paid loses nothing', async (when) => {
    const books = openSqlLedger({ path: ':memory:', now: unixNow });
    const caps = { perJobMsat: satsToMsat(100), totalMsat: msat(PRICE + feeLimitOf(PRICE)) };
    const spend = books.spending.limits('aa'.repeat(32), caps);
    const crash = new AbortController();
    const credentials = createMemoryCredentialStore();
    const shop = await stage.sell();
    const never = new Promise<never>(() => undefined);
    const wallet = faultyWallet(stage.customerWallet, {
      async pay(payment) {
        if (when === 'after') await stage.customerWallet.pay(payment);
        crash.abort();
        return never;
      },
    });
    const crashing = await stage.customer([shop], { wallet, credentials, spend });
    void crashing.fetch(shop.origin, { signal: crash.signal });
    await new Promise((resolve) => crash.signal.addEventListener('abort', resolve));
    const poor = faultyWallet(stage.customerWallet, {
      pay: async () => ({ ok: false, failure: { code: 'insufficient-balance', message: '' } }),
    });
    const refused = await stage.customer([shop], { wallet: poor, credentials, spend });
    const atOnce = await refused.fetch(shop.origin, { signal });
    expect(codeOf(atOnce)).toBe(when === 'after' ? 'ok' : 'payment-unknown');
    const next = await stage.customer([shop], { credentials, spend });
    expect(codeOf(await next.fetch(shop.origin, { signal }))).toBe('ok');
    const [paymentHash = '', ...others] = await crashing.payments();
    expect(others).toEqual([]);
    expect(await books.spending.payment(paymentHash)).toMatchObject({
      state: 'settled',
      counterparty: shop.origin,
      amountMsat: PRICE,
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await books.close();
  });
});

describe('a gate', () => {
  /** A paid credential for `GET /answer`, in parts. */
  async function buy(shop: HttpStage) {
    const credentials = createMemoryCredentialStore();
    const customer = await stage.customer([shop], { credentials });
    orThrow(await customer.fetch(`${shop.origin}/answer`, { signal }));
    const kept = await credentials.get(`${shop.origin} GET /answer`);
    const macaroon = readMacaroon(base64.decode(kept?.token ?? ''));
    if (kept?.preimage == null || macaroon === null) throw new Error('Nothing was bought.');
    return { macaroon, preimage: kept.preimage };
  }

  async function show(
    shop: HttpStage,
    macaroon: Macaroon,
    preimage: string,
    at: { readonly path?: string; readonly method?: string; readonly scheme?: string } = {},
  ): Promise<string> {
    const token = base64.encode(writeMacaroon(macaroon));
    const response = await fetch(`${shop.origin}${at.path ?? '/answer'}`, {
      method: at.method ?? 'GET',
      headers: { authorization: `${at.scheme ?? 'L402'} ${token}:${preimage}` },
    });
    if (response.ok) return 'in';
    const { code } = (await response.json()) as { code: string };
    return `${response.status} ${code}`;
  }

  test('lets in only with the credential as it was issued, for what it was issued', async () => {
    const shop = await stage.sell();
    const { macaroon, preimage } = await buy(shop);
    expect(await show(shop, macaroon, preimage)).toBe('in');
    expect(await show(shop, macaroon, preimage, { scheme: 'lsat' })).toBe('in');
    expect(await show(shop, macaroon, preimage, { path: '/answer?n=2' })).toBe('in');
    expect(await show(shop, macaroon, preimage, { path: '/other' })).toBe('402 other-request');
    expect(await show(shop, macaroon, preimage, { path: '/answer/' })).toBe('402 other-request');
    expect(await show(shop, macaroon, preimage, { method: 'POST' })).toBe('402 other-request');
    expect(await show(shop, macaroon, '11'.repeat(32))).toBe('401 credential-invalid');
    const [first, ...others] = macaroon.caveats;
    const forged: readonly Partial<Macaroon>[] = [
      { caveats: [] },
      { caveats: others },
      { caveats: macaroon.caveats.slice(0, -1) },
      { caveats: macaroon.caveats.map((caveat) => caveat.replace('/answer', '/other')) },
      { caveats: [...macaroon.caveats, first ?? ''] },
      { identifier: macaroon.identifier.with(40, 0) },
      { signature: macaroon.signature.with(0, (macaroon.signature[0] ?? 0) ^ 1) },
    ];
    for (const change of forged)
      expect(await show(shop, { ...macaroon, ...change }, preimage)).toBe('401 credential-invalid');
  });

  test('lets whoever holds a credential narrow it, and not widen it', async () => {
    const shop = await stage.sell();
    const { macaroon, preimage } = await buy(shop);
    const added = (caveat: string): Macaroon => ({
      ...macaroon,
      caveats: [...macaroon.caveats, caveat],
      signature: hmac(sha256, macaroon.signature, utf8ToBytes(caveat)),
    });
    expect(await show(shop, added(`shop_valid_until=${unixNow() - 1}`), preimage)).toBe(
      '402 credential-expired',
    );
    expect(await show(shop, added('services=loop:0'), preimage)).toBe('402 other-service');
    expect(await show(shop, added('loop_capabilities=loop_in'), preimage)).toBe('in');
    for (const wider of ['shop_path=/other', 'shop_method=POST'])
      expect(await show(shop, added(wider), preimage, { path: '/other' })).toBe('402 other-request');
  });

  test('does not take what was bought with play money, by another service or under another key', async () => {
    const { macaroon, preimage } = await buy(await stage.sell());
    expect(await show(await stage.sell({ network: 'bitcoin' }), macaroon, preimage)).toBe(
      '401 credential-invalid',
    );
    expect(await show(await stage.sell({ service: 'other' }), macaroon, preimage)).toBe(
      '401 credential-invalid',
    );
    const rootKey = new Uint8Array(32).fill(8);
    expect(await show(await stage.sell({ rootKey }), macaroon, preimage)).toBe('401 credential-invalid');
  });

  test('does not sell for real money with a wallet of play money', async () => {
    const shop = await stage.sell({ network: 'bitcoin' });
    const response = await fetch(shop.origin);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([503, null]);
  });

  test('asks for more where more is due', async () => {
    let price = PRICE;
    const shop = await stage.sell({ priceOf: () => ({ amountMsat: price, description: '' }) });
    const { macaroon, preimage } = await buy(shop);
    price = satsToMsat(20);
    expect(await show(shop, macaroon, preimage)).toBe('in');
    price = satsToMsat(22);
    expect(await show(shop, macaroon, preimage)).toBe('402 price-risen');
  });

  test('makes a bounded number of invoices', async () => {
    const now = unixNow();
    const shop = await stage.sell({ challengesPerMinute: 2, now: () => now });
    const statuses: number[] = [];
    for (let request = 0; request < 4; request++) statuses.push((await fetch(shop.origin)).status);
    expect(statuses).toEqual([402, 402, 503, 503]);
  });
});
