import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import type { Ledger, Sale } from '../../src/ledger/index.ts';
import { failure, orThrow, satsToMsat, success } from '../../src/protocol/index.ts';
import { service, startProvider, type JobHandler, type Service } from '../../src/provider/index.ts';
import { StoreError } from '../../src/store/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { buy as buyKind, openBuyingStage, untilState, type BuyingStage } from '../customer/stage.ts';
import { faultyLedger, handDriven, handFedPool, requestOf } from './faulty-parts.ts';
import { openSeller, workOf, type Seller } from './stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5750;

beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

type Told = Parameters<typeof openSeller>[2];

async function sell(handler: JobHandler, more: Partial<Service> = {}, told: Told = {}): Promise<Seller> {
  const offered = { ...service({ kind, handler }), priceMsat: satsToMsat(10), ...more };
  const seller = await openSeller(stage, [offered], told);
  sellers.push(seller);
  return seller;
}

const buy = (told = {}) => buyKind(stage.openCustomer(), { kind, ...told });

const FREE = { priceMsat: satsToMsat(0) };
const shout: JobHandler = async ({ text }) => text.toUpperCase();
const signerOf = (): Signer => secretKeySigner(generateSecretKey());
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('a stop', () => {
  test('lets what ends in time be delivered and paid', async () => {
    const { handler, jobs, started } = handDriven();
    const seller = await sell(handler);
    const purchase = await buy();
    await started(1);
    const closing = seller.provider.close({ graceMs: 20_000 });
    jobs[0]?.finish();
    await closing;
    const [sale] = seller.moves.slice(-1);
    expect(sale).toMatchObject({ work: 'closed', money: 'settled' });
    expect(await purchase.result()).toMatchObject({ ok: true, value: { settlement: 'settled' } });
  });

  test('is no attempt that failed, however often it happens, and holds nobody up', async () => {
    const signer = signerOf();
    const { handler, jobs, started } = handDriven();
    const ledger = stage.openLedger();
    const limits = { attempts: 2, leaseSeconds: 600 };
    const purchase = await buy();
    for (let restart = 1; restart <= 5; restart++) {
      const seller = await sell(handler, {}, { signer, ledger, limits });
      await started(restart);
      await seller.close();
    }
    const last = await sell(handler, {}, { signer, ledger, limits });
    await started(6);
    jobs[5]?.finish();
    expect(await purchase.result()).toMatchObject({ ok: true });
    const sale = await last.until(({ work }) => work === 'closed');
    expect(sale.attempts).toBe(1);
  });

  test('gives back what was claimed while it came', async () => {
    const mayClaim = Promise.withResolvers<void>();
    const claiming = Promise.withResolvers<void>();
    const books = stage.openLedger();
    const held = faultyLedger(books, (sales) => ({
      claimWork: async (claim) => {
        const claimed = await sales.claimWork(claim);
        if (claimed.length === 0) return claimed;
        claiming.resolve();
        await mayClaim.promise;
        return claimed;
      },
    }));
    const stopped = Promise.withResolvers<void>();
    const waitForDue: Ledger['outbox']['waitForDue'] = (signal) => {
      signal.addEventListener('abort', () => stopped.resolve(), { once: true });
      return books.outbox.waitForDue(signal);
    };
    const ledger = { ...held, outbox: { ...books.outbox, waitForDue } };
    let runs = 0;
    const seller = await sell(async () => String(++runs), FREE, { ledger });
    const purchase = await buy();
    await claiming.promise;
    const closing = seller.provider.close({ graceMs: 0 });
    await stopped.promise;
    mayClaim.resolve();
    await closing;
    const left = await books.sales.get(seller.provider.pubkey, purchase.requestId);
    expect(runs).toBe(0);
    expect(left).toMatchObject({ work: 'working', attempts: 0 });
    expect(left?.lease?.expiresAt).toBeLessThanOrEqual(nowSeconds());
  });
});

describe('books that fail for a moment', () => {
  test('when the result is saved cost a second try, not the job', async () => {
    let failures = 1;
    let runs = 0;
    const ledger = faultyLedger(stage.openLedger(), (sales) => ({
      change: (seen, change) => {
        if (change.work !== 'ready' || failures-- <= 0) return sales.change(seen, change);
        return Promise.reject(new StoreError('disk-full', 'The disk is full.'));
      },
    }));
    const seller = await sell(async ({ text }) => `${++runs} ${text}`, {}, { ledger });
    const purchase = await buy();
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: '2 a red fox' } });
    const sale = await seller.until(({ work }) => work === 'closed');
    expect(workOf(seller, sale.requestId)).not.toContain('failed');
    expect(seller.troubles).toMatchObject([{ code: 'provider-broke' }]);
  });

  test('when the lease is renewed do not end the work', async () => {
    const { handler, jobs, started } = handDriven();
    let renewals = 0;
    const ledger = faultyLedger(stage.openLedger(), (sales) => ({
      renewLease: (...args) =>
        ++renewals === 1
          ? Promise.reject(new StoreError('store-busy', 'Another process writes.'))
          : sales.renewLease(...args),
    }));
    const seller = await sell(handler, FREE, { ledger });
    const purchase = await buy();
    await started(1);
    await vi.waitFor(() => expect(renewals).toBe(2), { timeout: 20_000 });
    jobs[0]?.finish();
    expect(await purchase.result()).toMatchObject({ ok: true });
    expect(jobs).toHaveLength(1);
    await seller.until(({ work }) => work === 'closed');
  });
});

describe('processes that share a key and its books', () => {
  test('leave to each other what only the other sells', async () => {
    const signer = signerOf();
    const ledger = stage.openLedger();
    const wallet = stage.bank.wallet('alice');
    const asked = Promise.withResolvers<void>();
    const mayQuote = Promise.withResolvers<void>();
    const slow = faultyWallet(wallet, {
      makeHoldInvoice: async (invoice, call) => {
        asked.resolve();
        await mayQuote.promise;
        return wallet.makeHoldInvoice(invoice, call);
      },
    });
    const one = await sell(shout, {}, { signer, ledger, wallet: slow });
    const purchase = await buy();
    await asked.promise;
    let sweeps = 0;
    const counted = faultyLedger(ledger, (sales) => ({
      listOpen: (page) => {
        sweeps += 1;
        return sales.listOpen(page);
      },
    }));
    const other = service({ kind: kind + 50, handler: shout, priceSats: 10 });
    sellers.push(await openSeller(stage, [other], { signer, ledger: counted }));
    await vi.waitFor(() => expect(sweeps).toBeGreaterThanOrEqual(2), { timeout: 20_000 });
    mayQuote.resolve();
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'A RED FOX' } });
    expect(workOf(one, purchase.requestId)).not.toContain('refused');
  });

  test('do not keep room for what another one has ended', async () => {
    const { pool, feed } = handFedPool(stage);
    const ledger = stage.openLedger();
    const seller = await sell(shout, {}, { ledger, relays: pool, limits: { openSales: 1 } });
    feed(await requestOf(signerOf(), { kind }));
    const quoted = await seller.until(({ money }) => money === 'quoted');
    const reason = { code: 'by-hand', message: 'Ended elsewhere.' };
    const ended = orThrow(await ledger.sales.change(quoted, { work: 'cancelled', failure: reason }));
    orThrow(await ledger.sales.change(ended, { money: 'lapsed' }));
    await vi.waitFor(
      async () => {
        feed(await requestOf(signerOf(), { kind }));
        expect(seller.moves.filter(({ money }) => money === 'quoted')).toHaveLength(2);
      },
      { timeout: 20_000, interval: 200 },
    );
  });
});

describe('held money', () => {
  test('does not wait for a service that is no longer sold', async () => {
    const signer = signerOf();
    const ledger = stage.openLedger();
    const { handler, started } = handDriven();
    const first = await sell(handler, { worstSeconds: 1 }, { signer, ledger });
    const purchase = await buy();
    await started(1);
    await first.close();
    const other = service({ kind: kind + 50, handler: shout });
    const second = await openSeller(stage, [other], { signer, ledger });
    sellers.push(second);
    const sale = await second.until(({ money }) => money === 'released');
    expect(sale).toMatchObject({ work: 'expired', failure: { code: 'deadline-passed' } });
    expect(await purchase.result()).toMatchObject({ ok: false });
  });

  test('that comes after its offer has lapsed goes back', async () => {
    const wallet = stage.bank.wallet('alice');
    const blind = faultyWallet(wallet, {
      lookup: async (payment, call) => {
        const found = await wallet.lookup(payment, call);
        return found.ok && found.value?.state === 'accepted'
          ? success({ ...found.value, state: 'pending' })
          : found;
      },
      subscribe: () => undefined,
    });
    let ahead = 0;
    const seller = await sell(shout, {}, { wallet: blind, now: () => nowSeconds() + ahead });
    const customer = stage.openCustomer();
    const purchase = await buyKind(customer, { kind });
    const quoted = await seller.until(({ money }) => money === 'quoted');
    // Money that comes back before its customer saw it held leaves it waiting for another offer, until its deadline.
    await untilState(customer, purchase.requestId, 'locked');
    await vi.waitFor(
      async () => {
        const found = orThrow(await wallet.lookup({ paymentHash: quoted.quote?.paymentHash ?? '' }));
        expect(found?.state).toBe('accepted');
      },
      { timeout: 20_000 },
    );
    ahead = 1000;
    await seller.until(({ money }) => money === 'lapsed');
    expect(orThrow(await wallet.lookup({ paymentHash: quoted.quote?.paymentHash ?? '' }))?.state).toBe(
      'canceled',
    );
    expect(await purchase.result()).toMatchObject({ ok: false });
  });

  test('goes back although the wallet refuses at first', async () => {
    const wallet = stage.bank.wallet('alice');
    let refusals = 3;
    const stubborn = faultyWallet(wallet, {
      cancelHold: (hold, call) =>
        refusals-- > 0
          ? Promise.resolve(failure('wallet-timeout', 'no answer in time'))
          : wallet.cancelHold(hold, call),
    });
    const seller = await sell(() => Promise.reject(new Error('no')), {}, { wallet: stubborn });
    await buy();
    await seller.until(({ work, money }) => work === 'failed' && money === 'released');
    expect(seller.troubles.length).toBeGreaterThanOrEqual(1);
  });
});

test('a clock that jumps past the lease leaves one worker that can still be stopped', async () => {
  const { handler, jobs, started } = handDriven();
  const seller = await sell(
    handler,
    { ...FREE, worstSeconds: 7200 },
    { now: () => nowSeconds() + stage.clock.aheadSeconds },
  );
  const customer = stage.openCustomer({ now: nowSeconds });
  const purchase = await buyKind(customer, { kind });
  await started(1);
  stage.clock.aheadSeconds = 3600;
  await started(2);
  await vi.waitFor(() => expect(jobs[0]?.stopped).toBe(true), { timeout: 20_000 });
  await customer.cancel(purchase.requestId);
  await seller.until(({ work }) => work === 'cancelled');
  await vi.waitFor(() => expect(jobs[1]?.stopped).toBe(true), { timeout: 20_000 });
  expect(jobs).toHaveLength(2);
});

test('a listener that throws loses no work', async () => {
  const thrown: Sale[] = [];
  const { pool, feed } = handFedPool(stage);
  const ledger = stage.openLedger();
  const seller = await sell(shout, FREE, { relays: pool, ledger });
  await seller.close();
  const troubles: string[] = [];
  const provider = orThrow(
    await startProvider({
      signer: signerOf(),
      ledger,
      wallet: null,
      relays: pool,
      relayUrls: [stage.relayUrl],
      services: [service({ kind, handler: shout })],
      onChange: (sale) => {
        thrown.push(sale);
        throw new Error('a bug of the host');
      },
      onTrouble: ({ code }) => void troubles.push(code),
    }),
  );
  feed(await requestOf(signerOf(), { kind }), await requestOf(signerOf(), { kind }));
  await vi.waitFor(() => expect(thrown.filter(({ work }) => work === 'closed')).toHaveLength(2), {
    timeout: 20_000,
  });
  expect(troubles).toContain('listener-failed');
  await provider.close();
});

test('a start that fails half-way leaves nothing running', async () => {
  const real = signerOf();
  const signer: Signer = {
    ...real,
    sign: (template) =>
      template.kind === 31990 ? Promise.reject(new Error('the bunker is away')) : real.sign(template),
  };
  const signals: AbortSignal[] = [];
  const { pool } = handFedPool(stage);
  const ledger = stage.openLedger();
  const starting = startProvider({
    signer,
    ledger: {
      ...ledger,
      outbox: {
        ...ledger.outbox,
        waitForDue: (signal) => {
          signals.push(signal);
          return ledger.outbox.waitForDue(signal);
        },
      },
    },
    wallet: null,
    relays: pool,
    relayUrls: [stage.relayUrl],
    services: [service({ kind, handler: shout })],
  });
  await expect(starting).rejects.toThrow('the bunker is away');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});
