import { base64 } from '@scure/base';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Wallet } from '../../src/money/index.ts';
import { msat, satsToMsat } from '../../src/protocol/index.ts';
import { service } from '../../src/provider/index.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import {
  look,
  openGatewayStage,
  order,
  pay,
  proof,
  quoteOf,
  untilJob,
  type ClientQuote,
  type GatewayStage,
  type GatewayUnderTest,
} from './stage.ts';

let stage: GatewayStage;
let seller: Seller;
let gateway: GatewayUnderTest;
beforeAll(async () => {
  stage = await openGatewayStage();
  seller = await openSeller(stage, [
    service({ kind: 5750, priceSats: 20, handler: async ({ inputs }) => `${inputs[0]?.text}!` }),
    service({ kind: 5751, priceSats: 20, handler: async ({ inputs }) => `${inputs[0]?.text}?` }),
  ]);
  gateway = await stage.openGateway();
}, 60_000);
afterAll(async () => {
  await seller.close();
  await stage.close();
}, 60_000);

const ORDER = { inputs: ['a red fox'], max_sats: 100 };
const UNPAID = '00'.repeat(32);

/** The jobs that the gateway has paid providers for. */
async function paidJobs({ ledger, customer }: GatewayUnderTest = gateway): Promise<number> {
  const payments = await ledger.spending.list({ spenderPubkey: customer.pubkey, limit: 1_000 });
  return payments.filter(({ requestId }) => requestId !== null).length;
}

/** The jobs that the provider has delivered. */
function deliveries(): number {
  const delivered = seller.moves.filter(({ work }) => work === 'delivered');
  return new Set(delivered.map(({ requestId }) => requestId)).size;
}

async function codeOf(answering: Promise<Response>): Promise<[number, unknown]> {
  const response = await answering;
  const { code } = (await response.json()) as { readonly code?: string };
  return [response.status, code];
}

describe('a token', () => {
  test('without a payment, with another preimage, or forged opens nothing and buys nothing', async () => {
    const before = await paidJobs();
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    expect(await codeOf(order(gateway.url, 5750, ORDER, proof(quote, UNPAID)))).toEqual([
      401,
      'credential-invalid',
    ]);
    const other = await quoteOf(gateway.url, 5750, ORDER);
    const preimage = await pay(stage.clientWallet, other.invoice);
    const bytes = base64.decode(other.macaroon);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const forged = { ...other, macaroon: base64.encode(bytes) };
    for (const token of [proof(quote, preimage), proof(forged, preimage), { authorization: 'Bearer x' }])
      expect(await codeOf(order(gateway.url, 5750, ORDER, token))).toEqual([401, 'credential-invalid']);
    expect(await look(quote)).toMatchObject({ state: 'quoted' });
    await untilJob(other, 'done');
    expect(await paidJobs()).toBe(before + 1);
  });

  test('of another gateway opens nothing here', async () => {
    const elsewhere = await stage.openGateway();
    const quote = await quoteOf(elsewhere.url, 5750, ORDER);
    const preimage = await pay(stage.clientWallet, quote.invoice);
    expect(await codeOf(order(gateway.url, 5750, ORDER, proof(quote, preimage)))).toEqual([
      401,
      'credential-invalid',
    ]);
    await elsewhere.close();
  });

  test('of one order opens no other: not another body, not another kind', async () => {
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    const token = proof(quote, await pay(stage.clientWallet, quote.invoice));
    const changed = [
      order(gateway.url, 5750, { ...ORDER, inputs: ['all the foxes'] }, token),
      order(gateway.url, 5750, { ...ORDER, max_sats: 1_000 }, token),
      order(gateway.url, 5751, ORDER, token),
    ];
    for (const response of changed) expect(await codeOf(response)).toEqual([403, 'other-request']);
    const response = await order(gateway.url, 5750, ORDER, token);
    expect(await response.json()).toMatchObject({ result: { content: 'a red fox!' } });
  });

  test('that is shown again and again is one job, paid and delivered once', async () => {
    const [before, delivered] = [await paidJobs(), deliveries()];
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    const token = proof(quote, await pay(stage.clientWallet, quote.invoice));
    const show = () => order(gateway.url, 5750, ORDER, token).then((response) => response.json());
    const answers = (await Promise.all(Array.from({ length: 6 }, show))) as ClientQuote[];
    answers.push((await show()) as ClientQuote);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ job: quote.job, result: { content: 'a red fox!' } });
    expect(await paidJobs()).toBe(before + 1);
    expect(deliveries()).toBe(delivered + 1);
  });
});

describe('a payment', () => {
  test('is made once: the invoice of a paid quote cannot be paid again', async () => {
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    const first = await pay(stage.clientWallet, quote.invoice);
    const again = await stage.clientWallet.pay({ bolt11: quote.invoice, feeLimitMsat: satsToMsat(10) });
    if (again.ok) expect(again.value.preimage).toBe(first); // told what is known
    const other = await stage.bank.wallet('bob').pay({ bolt11: quote.invoice, feeLimitMsat: satsToMsat(10) });
    expect(other.ok).toBe(false);
    await untilJob(quote, 'done');
  });

  test.each([
    ['that the wallet says is too small', { amountMsat: msat(1n) }],
    ['that the wallet has not seen', { state: 'pending' as const }],
  ])('%s buys nothing, whatever preimage is shown', async (_which, lie) => {
    const wallet = stage.bank.wallet('gateway');
    const doubtful: Wallet = {
      ...wallet,
      lookup: async (...call) => {
        const seen = await wallet.lookup(...call);
        const isIncoming = seen.ok && seen.value?.direction === 'incoming';
        return isIncoming && seen.value ? { ok: true, value: { ...seen.value, ...lie } } : seen;
      },
    };
    const doubting = await stage.openGateway({ wallet: doubtful });
    const quote = await quoteOf(doubting.url, 5750, ORDER);
    const preimage = await pay(stage.clientWallet, quote.invoice);
    expect(await codeOf(order(doubting.url, 5750, ORDER, proof(quote, preimage)))).toEqual([
      503,
      'payment-unconfirmed',
    ]);
    expect(await paidJobs(doubting)).toBe(0);
    await doubting.close();
  });
});

describe('a client that goes away', () => {
  test('while offers are awaited leaves no request behind', async () => {
    const idsOf = async () => (await gateway.customer.list({ limit: 100 })).map(({ requestId }) => requestId);
    const before = new Set(await idsOf());
    const leaving = new AbortController();
    const asked = fetch(`${gateway.url}/v1/jobs/5750`, {
      method: 'POST',
      body: JSON.stringify({ ...ORDER, max_sats: 6 }), // nobody offers for that
      signal: leaving.signal,
    });
    const requestId = await vi.waitFor(
      async () => {
        const added = (await idsOf()).filter((id) => !before.has(id));
        expect(added).toHaveLength(1);
        return added[0] ?? '';
      },
      { timeout: 20_000 },
    );
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await vi.waitFor(
      async () => expect((await gateway.customer.get(requestId))?.state).toMatch(/cancelled|no-offer/),
      { timeout: 20_000 },
    );
  });

  test('after it paid finds its result later', async () => {
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    const token = proof(quote, await pay(stage.clientWallet, quote.invoice));
    const leaving = new AbortController();
    const shown = fetch(`${gateway.url}/v1/jobs/5750`, {
      method: 'POST',
      body: JSON.stringify(ORDER),
      headers: token,
      signal: leaving.signal,
    }).catch(() => null);
    leaving.abort();
    await shown;
    expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'a red fox!' } });
  });
});

describe('what strangers may use', () => {
  test('is bounded: bodies, orders, quotes', async () => {
    const long = { ...ORDER, inputs: Array.from({ length: 4 }, () => 'x'.repeat(150_000)) };
    expect(await codeOf(order(gateway.url, 5750, long))).toEqual([413, 'body-too-large']);
    expect(await codeOf(order(gateway.url, 5750, { inputs: ['x'] }))).toEqual([400, 'invalid-body']);
    expect(await codeOf(order(gateway.url, 5750, { ...ORDER, bid: 1 }))).toEqual([400, 'invalid-body']);
    expect(await codeOf(order(gateway.url, 5001, { max_sats: 100 }))).toEqual([422, 'schema-violation']);
    expect(await codeOf(order(gateway.url, 5999, ORDER))).toEqual([404, 'kind-not-sold']);
    expect(await codeOf(order(gateway.url, 5750, { ...ORDER, max_sats: 4 }))).toEqual([422, 'max-too-low']);
    expect(await codeOf(order(gateway.url, 5750, { ...ORDER, encrypted: true }))).toEqual([
      400,
      'invalid-body',
    ]);
    expect(await codeOf(fetch(`${gateway.url}/v1/jobs/${'A'.repeat(43)}`))).toEqual([404, 'unknown-job']);
    expect(await codeOf(fetch(`${gateway.url}/v1/jobs/1'--/events`))).toEqual([404, 'unknown-job']);
  });

  test('has a rate for each client, whom a proxy names where one is trusted', async () => {
    const strict = await stage.openGateway(
      { limits: { quotesPerMinute: 1, requestsPerMinute: 4 } },
      { trustProxy: true },
    );
    const [one, other] = [{ 'x-forwarded-for': '6.6.6.6, 1.1.1.1' }, { 'x-forwarded-for': '2.2.2.2' }];
    expect((await order(strict.url, 5750, ORDER, one)).status).toBe(402);
    const refused = await order(strict.url, 5750, ORDER, one);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ]);
    expect((await order(strict.url, 5750, ORDER, other)).status).toBe(402);
    const asked = await Promise.all(
      Array.from({ length: 4 }, () => fetch(`${strict.url}/healthz`, { headers: other })),
    );
    expect(asked.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(3);
    await strict.close();
  });

  test('has so many unpaid quotes at a time, and each of them ends', async () => {
    const strict = await stage.openGateway({ limits: { openQuotes: 1, quoteSeconds: 2 }, lookEveryMs: 200 });
    const quote = await quoteOf(strict.url, 5750, ORDER);
    expect(await codeOf(order(strict.url, 5750, ORDER))).toEqual([429, 'too-many-quotes']);
    const told = await fetch(`${quote.job}/events`); // ends with the quote
    expect(await told.text()).toContain('"lapsed"');
    await untilJob(quote, 'lapsed');
    const [withdrawn] = await strict.customer.list({ limit: 1 });
    expect(withdrawn?.state).toBe('cancelled');
    expect((await order(strict.url, 5750, ORDER)).status).toBe(402);
    expect(await paidJobs(strict)).toBe(0);
    await strict.close();
  });

  test('has an end: streams that last, more of them than allowed, bodies that never come', async () => {
    const limits = { streamsPerClient: 1, streamSeconds: 2, bodySeconds: 1 };
    const strict = await stage.openGateway({ limits });
    const { job } = await quoteOf(strict.url, 5750, ORDER);
    const stream = await fetch(`${job}/events`);
    expect(await codeOf(fetch(`${job}/events`))).toEqual([429, 'too-many-streams']);
    expect(await stream.text()).toContain('event: job');
    const endless = new ReadableStream({ start: (sink) => sink.enqueue(new TextEncoder().encode('{')) });
    const init = { method: 'POST', body: endless, duplex: 'half' } as const;
    const slow = new Request(`${strict.url}/v1/jobs/5750`, init);
    expect(await codeOf(strict.gateway.fetch(slow, { client: '1.1.1.1' }))).toEqual([408, 'body-too-slow']);
    await strict.close();
  });

  test('may be called by the pages of named origins alone', async () => {
    const named = await stage.openGateway({ corsOrigins: ['https://shop.example'] });
    const allowed = async (origin: string) =>
      (await fetch(`${named.url}/healthz`, { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    expect(await allowed('https://evil.example')).toBeNull();
    await named.close();
  });
});
