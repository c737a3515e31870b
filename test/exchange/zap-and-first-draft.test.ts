import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createZapInvoices } from '../../src/account/zap-invoices.ts';
import { unixNow } from '../../src/clock/index.ts';
import type { CustomerOptions } from '../../src/customer/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { msat, orThrow, satsToMsat, verifyEvent, type NostrEvent } from '../../src/protocol/index.ts';
import { service, type ProviderOptions, type Service } from '../../src/provider/index.ts';
import { createMemoryZapRecords, createPayServer, followZaps } from '../../src/zaps/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
const endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  for (const seller of sellers.splice(0)) await seller.close();
  for (const end of endings.splice(0)) await end();
  await stage.sweep();
});
afterAll(() => stage.close());

async function sell(told: Partial<Service>, options: Partial<ProviderOptions> = {}): Promise<Seller> {
  const offered = {
    ...service({ kind: 5001, priceSats: 10, handler: async ({ text }) => text.toUpperCase() }),
    ...told,
  };
  const limit = satsToMsat(10);
  const seller = await openSeller(stage, [offered], {
    dialects: ['nip-90', 'first-draft'],
    trust: () => ({ workUnpaidUpToMsat: limit, deliverUnpaidUpToMsat: limit }),
    ...options,
  });
  sellers.push(seller);
  return seller;
}

/** The lightning address of a provider, served by its own wallet, with receipts. */
async function servePay(signer: Signer): Promise<{ lud16: string; http: HttpStage }> {
  const http = await openHttpStage((request) => handle(request));
  const wallet = stage.bank.wallet('alice');
  const records = createMemoryZapRecords();
  const receipts = secretKeySigner(generateSecretKey());
  const server = createPayServer({
    origin: http.origin,
    recipientOf: (name) => (name === 'alice' ? { pubkey: signer.pubkey, description: 'jobs' } : null),
    wallet,
    network: 'regtest',
    receiptPubkey: receipts.pubkey,
    records,
    verify: verifyEvent,
    minMsat: msat(1000n),
    maxMsat: satsToMsat(100_000),
    relays: [stage.relayUrl],
    now: unixNow,
  });
  const handle = async (request: Request) =>
    (await server.handle(request)) ?? new Response(null, { status: 404 });
  const closing = new AbortController();
  const following = followZaps({
    records,
    wallet,
    signer: receipts,
    relays: stage.openPool(),
    lookEveryMs: 500,
    now: unixNow,
    signal: closing.signal,
  });
  endings.push(async () => {
    closing.abort();
    await following;
    await http.close();
  });
  return { lud16: `alice@${http.host}`, http };
}

/** A customer that pays zaps to servers on this machine. */
function zappingCustomer(http: HttpStage) {
  const signer = secretKeySigner(generateSecretKey());
  const fetch = createGuardedFetch({ allowHosts: [http.host], maxRedirects: 0 });
  const options: Partial<CustomerOptions> = {
    signer,
    zapInvoices: createZapInvoices({ fetch, wallet: stage.wallet(), signer, now: unixNow }),
  };
  return stage.openCustomer(options);
}

const WISH = { kind: 5001, inputs: ['a red fox'], maxAmountMsat: satsToMsat(10) };

describe('a job is sold and bought by zaps', () => {
  test('of the offer, which its provider finds in its own wallet', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const { lud16, http } = await servePay(signer);
    const seller = await sell({ exchanges: ['zap'] }, { signer, lud16 });
    const purchase = orThrow(await zappingCustomer(http).buy({ ...WISH, targets: [signer.pubkey] }));
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', exchange: 'zap', amountMsat: 10_000n, settlement: 'settled' },
    });
    const sale = await seller.until(({ work }) => work === 'closed');
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ via: 'zap', amountMsat: 10_000n }]);
  });

  test('also where the job is shown to its provider alone: the zap names the offer, and nothing of the job', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const { lud16, http } = await servePay(signer);
    const seller = await sell({ exchanges: ['zap'] }, { signer, lud16 });
    const wish = { ...WISH, encrypted: true as const, targets: [signer.pubkey] };
    const customer = zappingCustomer(http);
    const purchase = orThrow(await customer.buy(wish));
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', exchange: 'zap', amountMsat: 10_000n, settlement: 'settled' },
    });
    const sale = await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
    expect(await seller.ledger.sales.receipts(sale)).toMatchObject([{ via: 'zap', amountMsat: 10_000n }]);
    const filter = { '#p': [signer.pubkey], kinds: [9735, sale.request.kind] };
    const ofCustomer = { authors: [signer.pubkey], '#e': [purchase.requestId] };
    const said = await stage.openPool().query([stage.relayUrl], [filter, ofCustomer]);
    const receipt = said.find(({ kind }) => kind === 9735);
    const offer = (await customer.get(purchase.requestId))?.offer;
    expect(receipt?.tags).toContainEqual(['e', offer?.event.id]);
    expect(JSON.stringify(said)).not.toMatch(/red fox/i);
  });

  test('and passed over where its provider has no address', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const { http } = await servePay(signer);
    await sell({ exchanges: ['zap'], worstSeconds: 5 }, { signer, lud16: 'nobody@127.0.0.1:1' });
    const purchase = orThrow(
      await zappingCustomer(http).buy({ ...WISH, targets: [signer.pubkey], deadlineSeconds: 20 }),
    );
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: { code: 'offers-failed', data: { reason: 'zap-refused' } },
    });
  });
});

describe('a job is sold and bought by the first draft', () => {
  const draft = { ...WISH, dialect: 'first-draft' } as const;

  test('for free', async () => {
    const seller = await sell({ priceMsat: msat(0n) });
    const purchase = orThrow(await stage.openCustomer().buy({ ...draft, targets: [seller.provider.pubkey] }));
    const bought = await purchase.result();
    expect(bought).toMatchObject({ ok: true, value: { content: 'A RED FOX', settlement: 'none' } });
    const receipt = orThrow(bought);
    expect(receipt.resultEvent.kind).toBe(68_002);
  });

  test.each(['hold', 'prepay', 'postpay'] as const)('for money, by %s', async (exchange) => {
    const seller = await sell({ exchanges: [exchange] });
    const wish = { ...draft, targets: [seller.provider.pubkey], exchanges: [exchange] };
    const purchase = orThrow(await stage.openCustomer().buy(wish));
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', exchange, settlement: 'settled', resultEvent: { kind: 68_002 } },
    });
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test('of a provider that knows nothing but the draft: its result is zapped, tagging the request', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const { lud16, http } = await servePay(signer);
    const provider = stage.openPool();
    const closing = new AbortController();
    endings.push(async () => closing.abort());
    const zaps: string[] = [];
    const deliver = async (request: NostrEvent) =>
      provider.publish(
        await signer.sign({
          kind: 68_002,
          created_at: unixNow(),
          tags: [
            ['request', JSON.stringify(request)],
            ['e', request.id],
            ['p', request.pubkey],
            ['status', 'success'],
            ['payment', '10'],
          ],
          content: 'a fox',
        }),
        [stage.relayUrl],
      );
    await provider.subscribe({
      relays: [stage.relayUrl],
      filters: [
        { kinds: [68_001], '#j': ['summarization'], '#p': [signer.pubkey], limit: 0 },
        { kinds: [9735], '#p': [signer.pubkey], limit: 0 },
      ],
      onEvent: (event) => {
        if (event.kind === 9735) zaps.push(event.tags.find(([name]) => name === 'e')?.[1] ?? '');
        else void deliver(event);
      },
      signal: closing.signal,
    });
    await provider.publish(
      await signer.sign({
        kind: 0,
        created_at: unixNow(),
        tags: [],
        content: JSON.stringify({ name: 'a bot of the first days', lud16 }),
      }),
      [stage.relayUrl],
    );
    const purchase = orThrow(await zappingCustomer(http).buy({ ...draft, targets: [signer.pubkey] }));
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'a fox', exchange: 'zap', amountMsat: 10_000n, settlement: 'settled' },
    });
    await expect.poll(() => zaps, { timeout: 20_000 }).toEqual([purchase.requestId]);
  });

  test('not encrypted, and not for kinds that it has no name for', async () => {
    const customer = stage.openCustomer();
    const signer = secretKeySigner(generateSecretKey());
    const hidden = await customer.buy({ ...draft, encrypted: true, targets: [signer.pubkey] });
    expect(hidden).toMatchObject({
      ok: false,
      failure: { code: 'invalid-wish', data: { field: 'encrypted' } },
    });
    const unknown = await customer.buy({ ...draft, kind: 5050 });
    expect(unknown).toMatchObject({
      ok: false,
      failure: { code: 'invalid-wish', data: { field: 'dialect' } },
    });
  });
});
