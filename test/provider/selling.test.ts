import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  buildCancellation,
  buildJobRequest,
  buildResult,
  satsToMsat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { JobFailure, service, type JobHandler, type Service } from '../../src/provider/index.ts';
import { secretKeySigner, generateSecretKey } from '../../src/keys/index.ts';
import type { Customer, PurchaseHandle, Wish } from '../../src/customer/index.ts';
import { buy as buyKind, openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openSeller, workOf, type Seller } from './stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5050;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

async function sell(handler: JobHandler, told: Partial<Service> = {}, options = {}): Promise<Seller> {
  const priced = { priceMsat: satsToMsat(10), ...told };
  const offered = { ...service({ kind, handler }), ...priced };
  const seller = await openSeller(stage, [offered], options);
  sellers.push(seller);
  return seller;
}

function buy(customer: Customer, told: Partial<Wish> = {}): Promise<PurchaseHandle> {
  return buyKind(customer, { kind, ...told });
}

async function balances(): Promise<{ customer: bigint; alice: bigint }> {
  const of = async (role: string) => {
    const balance = await stage.bank.wallet(role).balance();
    return balance.ok ? balance.value.spendableMsat : -1n;
  };
  return { customer: await of('customer'), alice: await of('alice') };
}

const shout: JobHandler = async ({ text }) => text.toUpperCase();

/** A handler that goes on until it is told to stop. */
function endless(seen: { stopped: boolean; started: PromiseWithResolvers<void> }): JobHandler {
  return ({ signal }) => {
    seen.started.resolve();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        seen.stopped = true;
        reject(new Error('stopped'));
      });
    });
  };
}

describe('a job is sold', () => {
  test('for a hold: delivered once, paid to the millisat, both books closed', async () => {
    const seller = await sell(shout);
    const before = await balances();
    const purchase = await buy(stage.openCustomer());
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', amountMsat: 10_000n, settlement: 'settled' },
    });
    const sale = await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
    expect(workOf(seller, sale.requestId)).toEqual([
      'received',
      'accepted',
      'working',
      'ready',
      'delivered',
      'closed',
    ]);
    expect(await balances()).toEqual({ customer: before.customer - 10_000n, alice: before.alice + 10_000n });
  });

  test('for free, without a wallet', async () => {
    const seller = await sell(shout, { priceMsat: satsToMsat(0) }, { wallet: null });
    const purchase = await buy(stage.openCustomer());
    expect(await purchase.result()).toMatchObject({
      ok: true,
      value: { content: 'A RED FOX', settlement: 'none' },
    });
    await seller.until(({ work }) => work === 'closed');
  });

  test('by a generator, whose progress and partial results reach the customer', async () => {
    await sell(async function* ({ text }) {
      yield { type: 'partial', content: text.slice(0, 5) };
      return { content: text };
    });
    const purchase = await buy(stage.openCustomer());
    const seen: string[] = [];
    for await (const update of purchase.events()) if (update.type === 'partial') seen.push(update.content);
    expect(seen).toEqual(['a red']);
    expect(await purchase.result()).toMatchObject({ ok: true });
  });

  test('once, although the request is published twice and the provider restarts', async () => {
    let runs = 0;
    const signer = secretKeySigner(generateSecretKey());
    const handler: JobHandler = async ({ text }) => `${++runs} ${text}`;
    const seller = await sell(handler, {}, { signer });
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    expect(await purchase.result()).toMatchObject({ ok: true });
    const sale = await seller.until(({ work }) => work === 'closed');
    await seller.close();
    const again = await sell(handler, {}, { signer, ledger: seller.ledger });
    await stage.openPool().publish(sale.request, [stage.relayUrl]);
    const other = await buy(customer, { inputs: ['another'] });
    expect(await other.result()).toMatchObject({ ok: true, value: { content: '2 another' } });
    expect(again.moves.filter(({ requestId }) => requestId === sale.requestId)).toEqual([]);
  });
});

describe('a job that fails gives the held money back', () => {
  async function expectRefund(handler: JobHandler, code: string, told: Partial<Service> = {}, options = {}) {
    const seller = await sell(handler, told, options);
    const before = await balances();
    const customer = stage.openCustomer();
    const purchase = await buy(customer, { targets: [seller.provider.pubkey] });
    const outcome = await purchase.result();
    const sale = await seller.until(({ money }) => money === 'released');
    expect(sale).toMatchObject({ work: 'failed', failure: { code } });
    expect(outcome).toMatchObject({ ok: false });
    expect(await balances()).toEqual(before);
    return sale;
  }

  test('a handler that throws: its words stay here', async () => {
    const sale = await expectRefund(() => Promise.reject(new Error('password is hunter2')), 'handler-failed');
    const trace = await stage.openPool().query([stage.relayUrl], [{ kinds: [7000], '#e': [sale.requestId] }]);
    expect(JSON.stringify(trace)).not.toContain('hunter2');
    expect(
      trace.some(({ tags }) => tags.some(([name, value]) => name === 'error' && value === 'handler-failed')),
    ).toBe(true);
  });

  test('a handler that says why', () =>
    expectRefund(() => Promise.reject(new JobFailure('no-such-fox', 'There is no red fox.')), 'no-such-fox'));

  test('a handler that hangs and ignores its signal', () =>
    expectRefund(() => new Promise<string>(() => undefined), 'handler-timeout', { worstSeconds: 1 }));

  test('a handler that floods its output', () =>
    expectRefund(async () => 'x'.repeat(300_000), 'result-too-large'));

  test('an input that points into the private network', async () => {
    const seller = await sell(shout);
    const purchase = await buy(stage.openCustomer(), {
      inputs: [{ data: 'http://127.0.0.1:1/secret', type: 'url' }],
      targets: [seller.provider.pubkey],
    });
    expect(await purchase.result()).toMatchObject({ ok: false });
    const sale = await seller.until(({ money }) => money === 'released');
    expect(sale.failure?.code).toBe('input-unsupported');
  });

  test('a hold that runs out while the work goes on is not delivered for nothing', async () => {
    const started = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const seller = await sell(async ({ text }) => {
      started.resolve();
      await mayEnd.promise;
      return text;
    });
    const purchase = await buy(stage.openCustomer(), { targets: [seller.provider.pubkey] });
    await started.promise;
    await stage.bank.mine(1000);
    mayEnd.resolve();
    const sale = await seller.until(({ work }) => work === 'failed');
    expect(sale.failure?.code).toBe('hold-lost');
    expect(await purchase.result()).toMatchObject({ ok: false });
    const results = await stage
      .openPool()
      .query([stage.relayUrl], [{ kinds: [kind + 1000], '#e': [sale.requestId] }]);
    expect(results).toEqual([]);
  });
});

test('a hold that runs out while the work goes on ends the work, and its customer hears of it at once', async () => {
  const seen = { stopped: false, started: Promise.withResolvers<void>() };
  const seller = await sell(endless(seen));
  const purchase = await buy(stage.openCustomer(), { targets: [seller.provider.pubkey] });
  await seen.started.promise;
  await stage.bank.mine(1000);
  expect(await purchase.result()).toMatchObject({ ok: false });
  const { failure, requestId } = await seller.until(({ work }) => work === 'failed');
  expect(failure?.code).toBe('hold-lost');
  await vi.waitFor(() => expect(seen.stopped).toBe(true), 20_000);
  const told = { kinds: [7000], authors: [seller.provider.pubkey], '#e': [requestId] };
  const said = async () =>
    JSON.stringify((await stage.openPool().query([stage.relayUrl], [told])).map(({ tags }) => tags));
  await vi.waitFor(async () => expect(await said()).toContain('"hold-lost"'), 20_000);
});

describe('a request that stood on the relay before the provider came', () => {
  /** Signs a request of this age by a fresh customer, with what happened to it since. */
  async function standing(happened: 'nothing' | 'cancelled' | 'delivered'): Promise<NostrEvent> {
    const customer = secretKeySigner(generateSecretKey());
    const createdAt = Math.floor(Date.now() / 1000) - 60;
    const request = await customer.sign(
      buildJobRequest({
        kind,
        inputs: [{ data: happened, type: 'text', relay: null, marker: null }],
        params: new Map(),
        outputs: [],
        relays: [],
        createdAt,
      }),
    );
    const pool = stage.openPool();
    await pool.publish(request, [stage.relayUrl]);
    const later = createdAt + 1;
    if (happened === 'cancelled')
      await pool.publish(
        await customer.sign(
          buildCancellation({ requestId: request.id, requestKind: kind, createdAt: later }),
        ),
        [stage.relayUrl],
      );
    if (happened === 'delivered')
      await pool.publish(
        await secretKeySigner(generateSecretKey()).sign(
          buildResult({ request, content: 'done', createdAt: later }),
        ),
        [stage.relayUrl],
      );
    return request;
  }

  test('is served whatever strangers have delivered, and left alone when it was cancelled', async () => {
    const served = [await standing('nothing'), await standing('delivered')];
    await standing('cancelled');
    const seller = await sell(shout, { priceMsat: satsToMsat(0) });
    for (const { id } of served)
      await seller.until(({ requestId, work }) => requestId === id && work === 'closed');
    expect(new Set(seller.moves.map(({ requestId }) => requestId))).toEqual(
      new Set(served.map(({ id }) => id)),
    );
  });
});

describe('cancellation', () => {
  async function cancelBy(sale: { request: NostrEvent }, author: 'customer' | 'stranger') {
    const template = buildCancellation({
      requestId: sale.request.id,
      requestKind: sale.request.kind,
      createdAt: Math.floor(Date.now() / 1000),
    });
    const signer = secretKeySigner(generateSecretKey());
    if (author === 'stranger') await stage.openPool().publish(await signer.sign(template), [stage.relayUrl]);
    return template;
  }

  test('while the work goes on stops it and gives the money back', async () => {
    const seen = { stopped: false, started: Promise.withResolvers<void>() };
    const seller = await sell(endless(seen));
    const before = await balances();
    const signer = secretKeySigner(generateSecretKey());
    const purchase = await buy(stage.openCustomer({ signer }));
    await seen.started.promise;
    const sale = await seller.until(({ work }) => work === 'working');
    await cancelBy(sale, 'stranger');
    const template = await cancelBy(sale, 'customer');
    expect(seen.stopped).toBe(false);
    await stage.openPool().publish(await signer.sign(template), [stage.relayUrl]);
    await seller.until(({ work, money }) => work === 'cancelled' && money === 'released');
    expect(seen.stopped).toBe(true);
    expect(workOf(seller, sale.requestId)).toEqual(['received', 'accepted', 'working', 'cancelled']);
    expect(await purchase.result()).toMatchObject({ ok: false });
    expect(await balances()).toEqual(before);
  });
});

describe('trouble around the job', () => {
  test('the relay drops every connection while the work goes on: delivered once all the same', async () => {
    const started = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const seller = await sell(async ({ text }) => {
      started.resolve();
      await mayEnd.promise;
      return text.toUpperCase();
    });
    const purchase = await buy(stage.openCustomer());
    await started.promise;
    stage.relay.dropConnections();
    mayEnd.resolve();
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'A RED FOX' } });
    const sale = await seller.until(({ work }) => work === 'closed');
    const results = await stage
      .openPool()
      .query([stage.relayUrl], [{ kinds: [kind + 1000], '#e': [sale.requestId] }]);
    expect(results).toHaveLength(1);
  }, 60_000);

  test('work that a stop interrupts is taken up by the next start', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const seen = { stopped: false, started: Promise.withResolvers<void>() };
    const first = await sell(endless(seen), {}, { signer });
    const purchase = await buy(stage.openCustomer());
    await seen.started.promise;
    await first.close();
    expect(seen.stopped).toBe(true);
    const second = await sell(shout, {}, { signer, ledger: first.ledger });
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'A RED FOX' } });
    await second.until(({ work, money }) => work === 'closed' && money === 'settled');
  }, 60_000);

  test('beyond its capacity it refuses, with a code', async () => {
    const seen = { stopped: false, started: Promise.withResolvers<void>() };
    const seller = await sell(endless(seen), {}, { limits: { openSales: 1 } });
    await buy(stage.openCustomer());
    await seen.started.promise;
    const refused = await buy(stage.openCustomer(), { targets: [seller.provider.pubkey] });
    expect(await refused.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
    const answers = await stage
      .openPool()
      .query([stage.relayUrl], [{ kinds: [7000], '#e': [refused.requestId] }]);
    expect(
      answers.flatMap(({ tags }) => tags.filter(([name]) => name === 'error').map(([, code]) => code)),
    ).toEqual(['over-capacity']);
  });
});
