import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPaidFetch, type PaidFetchParts } from '../../src/account/paid-fetch.ts';
import { unixNow } from '../../src/clock/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { createL402Gate, createMemoryCredentialStore } from '../../src/l402/index.ts';
import { satsToMsat, type Msat, type NostrEvent } from '../../src/protocol/index.ts';
import { JobFailure, service, type JobContext } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

const PRICE = satsToMsat(21);

let stage: BuyingStage;
let shop: HttpStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5750;

beforeAll(async () => {
  stage = await openBuyingStage();
  const gate = createL402Gate({
    rootKey: new Uint8Array(32).fill(7),
    service: 'shop',
    wallet: stage.bank.wallet('bob'),
    network: 'regtest',
    priceOf: ({ url }) => (url.endsWith('/free') ? null : { amountMsat: PRICE, description: 'one answer' }),
    now: unixNow,
  });
  shop = await openHttpStage(async (request) => {
    const verdict = await gate.check(request);
    if (!verdict.admitted) return verdict.response;
    return new Response(`${new URL(request.url).pathname} for ${verdict.payment?.paymentHash ?? 'nothing'}`);
  });
}, 60_000);
beforeEach(async () => {
  customer = await openScriptedCustomer(stage);
});
afterEach(async () => {
  kind += 1;
  customer.close();
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(async () => {
  await shop.close();
  await stage.close();
});

/** A free service with a wallet, whose handler does this; it may spend so much on a job. */
async function sell(
  handler: (job: JobContext) => Promise<string>,
  spendUpToMsat?: Msat,
  caps: PaidFetchParts['caps'] = {},
): Promise<Seller> {
  const wallet = stage.bank.wallet('alice');
  const [signer, ledger] = [secretKeySigner(generateSecretKey()), stage.openLedger()];
  const seller = await openSeller(
    stage,
    [service({ kind, handler, ...(spendUpToMsat === undefined ? {} : { spendUpToMsat }) })],
    {
      signer,
      ledger,
      wallet,
      paidFetch: createPaidFetch({
        ledger,
        wallet,
        pubkey: signer.pubkey,
        fetch: createGuardedFetch({ allowHosts: [shop.host] }),
        credentials: createMemoryCredentialStore(),
        caps,
        now: unixNow,
      }),
    },
  );
  sellers.push(seller);
  return seller;
}

/** The text of a path of the shop, or the end of the job with the code that says why there is none. */
async function read({ fetchPaid }: JobContext, path: string): Promise<string> {
  const answer = await fetchPaid(`${shop.origin}${path}`);
  if (!answer.ok) throw new JobFailure(answer.failure.code, answer.failure.message);
  return new TextDecoder().decode(answer.value.body);
}

/** What the provider has paid for jobs, with amounts in millisats. */
async function payments({ ledger, signer }: Seller) {
  const listed = await ledger.spending.list({ spenderPubkey: signer.pubkey, limit: 100 });
  return listed.map(({ purpose, counterparty, amountMsat, state }) => ({
    purpose,
    counterparty,
    amountMsat,
    state,
  }));
}

const paidFor = ({ id }: NostrEvent) => ({
  purpose: `data for job ${id}`,
  counterparty: shop.origin,
  amountMsat: PRICE,
  state: 'settled',
});

/** How the work on this request failed. */
async function failureOf(seller: Seller, request: NostrEvent): Promise<string | undefined> {
  const failed = await seller.until(({ requestId, work }) => requestId === request.id && work === 'failed');
  return failed.failure?.code;
}

describe('a handler that buys data while it works', () => {
  test('pays with the provider’s wallet, once for each path, and the books say for which job', async () => {
    const seller = await sell(
      async (job) => `${await read(job, '/prices')}; ${await read(job, '/prices')}`,
      satsToMsat(30),
    );
    const request = await customer.request(kind);
    const [first, second] = (await customer.result(request)).content.split('; ');
    expect(first).toMatch(/^\/prices for [0-9a-f]{64}$/);
    expect(second).toBe(first);
    expect(await payments(seller)).toEqual([paidFor(request)]);
  });

  test('pays for each job anew: what one customer’s job has bought is not shown to another', async () => {
    const seller = await sell((job) => read(job, '/answer'), satsToMsat(30));
    const requests = [await customer.request(kind), await customer.request(kind)];
    const contents = await Promise.all(requests.map(async (each) => (await customer.result(each)).content));
    expect(new Set(contents).size).toBe(2);
    const byPurpose = (left: { purpose: string }, right: { purpose: string }) =>
      left.purpose < right.purpose ? -1 : 1;
    expect((await payments(seller)).toSorted(byPurpose)).toEqual(requests.map(paidFor).toSorted(byPurpose));
  });

  test('shares one payment between calls that run side by side', async () => {
    const seller = await sell(
      async (job) => (await Promise.all([read(job, '/x'), read(job, '/x'), read(job, '/x')])).join(),
      satsToMsat(30),
    );
    const request = await customer.request(kind);
    expect(new Set((await customer.result(request)).content.split(',')).size).toBe(1);
    expect(await payments(seller)).toHaveLength(1);
  });

  test('fetches what is free like everybody', async () => {
    const seller = await sell((job) => read(job, '/free'), satsToMsat(30));
    expect((await customer.result(await customer.request(kind))).content).toBe('/free for nothing');
    expect(await payments(seller)).toEqual([]);
  });
});

describe('a handler that would spend too much', () => {
  test.each([
    ['the service has no cap', undefined, 'spending-not-allowed'],
    ['the price is above the cap', satsToMsat(20), 'price-too-high'],
    ['price and fee together may be', satsToMsat(25), 'over-budget'],
  ])('is refused before anything is paid: %s', async (_, spendUpToMsat, code) => {
    const seller = await sell((job) => read(job, '/prices'), spendUpToMsat);
    expect(await failureOf(seller, await customer.request(kind))).toBe(code);
    expect(await payments(seller)).toEqual([]);
  });

  test('has all calls of a job counted together', async () => {
    const seller = await sell(async (job) => {
      await read(job, '/one');
      await read(job, '/two');
      return read(job, '/three');
    }, satsToMsat(60));
    const request = await customer.request(kind);
    expect(await failureOf(seller, request)).toBe('over-budget');
    expect(await payments(seller)).toEqual([paidFor(request), paidFor(request)]);
  });

  test('is held to the caps of the account as well', async () => {
    const seller = await sell((job) => read(job, '/prices'), satsToMsat(30), { perDayMsat: satsToMsat(40) });
    const first = await customer.request(kind);
    await customer.result(first);
    expect(await failureOf(seller, await customer.request(kind))).toBe('over-budget');
    expect(await payments(seller)).toEqual([paidFor(first)]);
  });
});
