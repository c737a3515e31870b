import { fetchWithL402 } from '@getalby/lightning-tools/402/l402';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { createMemoryCredentialStore, type L402Answer } from '../../src/l402/index.ts';
import { createMemorySpendingLimits, feeLimitOf } from '../../src/money/index.ts';
import { msat, orThrow, satsToMsat, type Outcome } from '../../src/protocol/index.ts';
import { openL402Stage, PRICE, type L402Stage } from './stage.ts';

let stage: L402Stage;
const { signal } = new AbortController();

beforeAll(async () => {
  stage = await openL402Stage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

function textOf(answer: Outcome<L402Answer>): string {
  return new TextDecoder().decode(orThrow(answer).body);
}

function codeOf(answer: Outcome<L402Answer>): string {
  return answer.ok ? 'ok' : answer.failure.code;
}

describe('access that is sold by L402', () => {
  test('is paid for once, tells what it cost, and is used again', async () => {
    const shop = await stage.sell();
    const customer = await stage.customer([shop]);
    const first = orThrow(await customer.fetch(`${shop.origin}/answer?n=1`, { signal }));
    const [paymentHash] = await customer.payments();
    expect(first.payment).toEqual({ paymentHash, amountMsat: PRICE, feePaidMsat: expect.any(BigInt) });
    expect(new TextDecoder().decode(first.body)).toBe(`GET /answer ${paymentHash}`);

    const second = orThrow(await customer.fetch(`${shop.origin}/answer?n=2`, { signal }));
    expect(second.payment).toBeNull();
    expect(await customer.payments()).toEqual([paymentHash]);
    expect(await stage.providerWallet.lookup({ paymentHash: paymentHash ?? '' })).toMatchObject({
      value: { state: 'settled', amountMsat: PRICE },
    });
  });

  test('is free where the server says so', async () => {
    const shop = await stage.sell({ priceOf: () => null });
    const customer = await stage.customer([shop]);
    const answer = await customer.fetch(shop.origin, { signal });
    expect(textOf(answer)).toBe('GET / free');
    expect(await customer.payments()).toEqual([]);
  });

  test('is bought once by calls that run side by side', async () => {
    const shop = await stage.sell();
    const customer = await stage.customer([shop]);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => customer.fetch(`${shop.origin}/answer`, { signal })),
    );
    const [paymentHash] = await customer.payments();
    expect(answers.map(textOf)).toEqual(Array(5).fill(`GET /answer ${paymentHash}`));
    expect(answers.filter((answer) => answer.ok && answer.value.payment !== null)).toHaveLength(1);
    expect(await customer.payments()).toHaveLength(1);
  });

  test('survives the process with a store that does', async () => {
    const shop = await stage.sell();
    const credentials = createMemoryCredentialStore();
    const before = await stage.customer([shop], { credentials });
    orThrow(await before.fetch(`${shop.origin}/answer`, { signal }));
    const after = await stage.customer([shop], { credentials });
    expect(orThrow(await after.fetch(`${shop.origin}/answer`, { signal })).payment).toBeNull();
    expect(await after.payments()).toEqual([]);
  });

  test('sends the body again, and in place of an authorization of the caller', async () => {
    const shop = await stage.serve(async (request) => {
      const told = request.headers.get('authorization') ?? '';
      if (told.startsWith('L402 ')) return new Response(await request.text());
      const { bolt11 } = orThrow(
        await stage.providerWallet.makeInvoice({ amountMsat: PRICE, expirySeconds: 60 }),
      );
      return new Response(null, {
        status: 402,
        headers: {
          'www-authenticate': `Basic realm="x", lsat token="only-its-server.reads_it", invoice="${bolt11}", L402 version="0" token="only-its-server.reads_it", invoice="${bolt11}"`,
        },
      });
    });
    const customer = await stage.customer([shop]);
    const request = {
      method: 'POST',
      body: 'a red fox',
      headers: { Authorization: 'Bearer x' },
      signal,
    } as const;
    expect(textOf(await customer.fetch(shop.origin, request))).toBe('a red fox');
    expect(await customer.payments()).toHaveLength(1);
  });

  test('of all paths of a server is bought once where it is sold so', async () => {
    const paid = new Set<string>();
    const shop = await stage.serve(async (request) => {
      const token = /^L402 (.+):/.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
      if (paid.has(token)) return new Response('in');
      const { bolt11, paymentHash } = orThrow(
        await stage.providerWallet.makeInvoice({ amountMsat: PRICE, expirySeconds: 60 }),
      );
      paid.add(paymentHash);
      return new Response(null, {
        status: 402,
        headers: { 'www-authenticate': `L402 token=${paymentHash}, invoice=${bolt11}` },
      });
    });
    const customer = await stage.customer([shop], { scopeOf: () => 'all' });
    for (const path of ['a', 'b', 'c'])
      expect(textOf(await customer.fetch(`${shop.origin}/${path}`, { signal }))).toBe('in');
    expect(await customer.payments()).toHaveLength(1);
  });

  test('that ran out is bought anew', async () => {
    let behind = 1_000;
    const shop = await stage.sell({
      now: () => unixNow() - behind,
      credentialSeconds: 60,
      invoiceSeconds: 60,
    });
    const customer = await stage.customer([shop]);
    orThrow(await customer.fetch(shop.origin, { signal }));
    behind = 0;
    expect(orThrow(await customer.fetch(shop.origin, { signal })).payment).not.toBeNull();
    expect(await customer.payments()).toHaveLength(2);
  });

  test('that the server no longer knows is bought anew', async () => {
    let rootKey = new Uint8Array(32).fill(1);
    const shops = [await stage.sell({ rootKey }), await stage.sell({ rootKey: new Uint8Array(32).fill(2) })];
    let current = shops[0];
    const front = await stage.serve((request) =>
      fetch(`${current?.origin}${new URL(request.url).pathname}`, { headers: request.headers }),
    );
    const customer = await stage.customer([front]);
    orThrow(await customer.fetch(front.origin, { signal }));
    current = shops[1];
    expect(orThrow(await customer.fetch(front.origin, { signal })).payment).not.toBeNull();
    expect(await customer.payments()).toHaveLength(2);
  });

  test('stays within every cap', async () => {
    const shop = await stage.sell();
    const costMsat = msat(PRICE + feeLimitOf(PRICE));
    const roomy = satsToMsat(1_000);
    const one = await stage.customer([shop], { maxAmountMsat: msat(PRICE - 1n) });
    expect(codeOf(await one.fetch(shop.origin, { signal }))).toBe('price-too-high');
    for (const caps of [
      { perPaymentMsat: msat(costMsat - 1n), perDayMsat: roomy },
      { perPaymentMsat: roomy, perDayMsat: msat(costMsat - 1n) },
      { perPaymentMsat: roomy, perDayMsat: roomy, perCounterpartyMsat: msat(costMsat - 1n) },
    ]) {
      const customer = await stage.customer([shop], { spend: createMemorySpendingLimits(caps, unixNow) });
      expect(codeOf(await customer.fetch(shop.origin, { signal }))).toBe('over-budget');
      expect(await customer.payments()).toEqual([]);
    }
    const caps = { perPaymentMsat: roomy, perDayMsat: msat(PRICE + costMsat - 1n) };
    const customer = await stage.customer([shop], { spend: createMemorySpendingLimits(caps, unixNow) });
    expect(codeOf(await customer.fetch(`${shop.origin}/a`, { signal }))).toBe('ok');
    expect(codeOf(await customer.fetch(`${shop.origin}/b`, { signal }))).toBe('over-budget');
    expect(await customer.payments()).toHaveLength(1);
  });

  test("is sold to other people's client", async () => {
    const shop = await stage.sell();
    const wallet = {
      async payInvoice({ invoice: bolt11 }: { invoice: string }) {
        return orThrow(await stage.customerWallet.pay({ bolt11, feeLimitMsat: satsToMsat(10) }));
      },
    };
    const bought = await fetchWithL402(`${shop.origin}/answer`, {}, { wallet });
    const credentials = bought.payment?.credentials;
    if (credentials === undefined) throw new Error('The other client paid nothing.');
    const text = await bought.text();
    expect(text).toMatch(/^GET \/answer [0-9a-f]{64}$/);
    const again = await fetchWithL402(`${shop.origin}/answer`, {}, { wallet, credentials });
    expect(await again.text()).toBe(text);
  });
});
