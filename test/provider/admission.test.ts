import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buyWithWork } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  findTag,
  orThrow,
  parseJobFeedback,
  satsToMsat,
  workOf,
  type JobFeedback,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import {
  accessByLists,
  proofOfWorkByLoad,
  service,
  type JobHandler,
  type Service,
} from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { openBuyingStage, WISH, type BuyingStage } from '../customer/stage.ts';
import { handFedPool, requestOf } from './faulty-parts.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, type Seller } from './stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
const customers: ScriptedCustomer[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5860;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const customer of customers.splice(0)) customer.close();
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

const shout: JobHandler = async ({ text }) => text.toUpperCase();
const NO_EVENT = { kind: 0, created_at: 0, content: '', tags: [] };
const signerOf = (): Signer => secretKeySigner(generateSecretKey());

type Told = Parameters<typeof openSeller>[2];

async function sell(told: Partial<Service> & { priceSats?: number }, more: Told = {}): Promise<Seller> {
  return sellAll([{ kind, handler: shout, ...told }], more);
}

async function sellAll(offered: readonly Parameters<typeof service>[0][], more: Told = {}): Promise<Seller> {
  const seller = await openSeller(stage, offered.map(service), more);
  sellers.push(seller);
  return seller;
}

async function openCustomer(): Promise<ScriptedCustomer> {
  const customer = await openScriptedCustomer(stage);
  customers.push(customer);
  return customer;
}

const codeOf = async (customer: ScriptedCustomer, request: NostrEvent) =>
  (await customer.feedback(request, 'error')).error?.code;

/** A seller that is fed its requests by hand, and what it answers to each. */
async function sellByHand(told: Partial<Service> & { priceSats?: number }, more: Told = {}) {
  const { pool, feed } = handFedPool(stage);
  const answers: JobFeedback[] = [];
  const publish: RelayPool['publish'] = (event, ...rest) => {
    const read = event.kind === 7000 ? parseJobFeedback(event) : null;
    if (read?.ok) answers.push(read.value);
    return pool.publish(event, ...rest);
  };
  const seller = await sell(told, { ...more, relays: { ...pool, publish } });
  const answer = (request: NostrEvent, status: JobFeedback['status']) =>
    vi.waitFor(
      () => {
        const found = answers.find((each) => each.requestId === request.id && each.status === status);
        if (found === undefined) throw new Error('It has not come.');
        return found;
      },
      { timeout: 20_000 },
    );
  return { seller, feed, answers, answer };
}

describe('proof of work', () => {
  test('is asked of strangers, done by our customer within its bound, and not asked of who has paid', async () => {
    const seller = await sell({
      priceSats: 10,
      proofOfWorkBits: proofOfWorkByLoad({ idleBits: 8, mostBits: 10 }),
    });
    const wish = { ...WISH, kind, targets: [seller.signer.pubkey], maxAmountMsat: satsToMsat(20) };
    const signer = signerOf();
    const customer = stage.openCustomer({ signer });
    const lazy = orThrow(await buyWithWork(customer, wish, { maxBits: 7 }));
    expect(await lazy.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
    const worked = orThrow(await buyWithWork(customer, wish, { maxBits: 16 }));
    const receipt = orThrow(await worked.result());
    expect(receipt).toMatchObject({ content: 'A RED FOX', amountMsat: satsToMsat(10) });
    const purchase = await customer.get(worked.requestId);
    expect(workOf(purchase?.requestId ?? '')).toBeGreaterThanOrEqual(8);
    expect(findTag(purchase?.request ?? NO_EVENT, 'nonce')?.[2]).toBe('8');
    const again = orThrow(await customer.buy(wish));
    expect(await again.result()).toMatchObject({ ok: true });
    expect(findTag((await customer.get(again.requestId))?.request ?? NO_EVENT, 'nonce')).toBeUndefined();
  }, 60_000);

  test('that an id shows by luck counts for nothing', async () => {
    const seller = await sell({ proofOfWorkBits: 1 });
    const customer = await openCustomer();
    const targets = [seller.signer.pubkey];
    let request = await customer.request(kind, { targets });
    while (workOf(request.id) < 1) request = await customer.request(kind, { targets });
    const refused = await customer.feedback(request, 'error');
    expect(refused).toMatchObject({
      error: { code: 'pow-needed' },
      conditions: [{ code: 'pow', detail: '1' }],
    });
  });
});

describe('who is served', () => {
  test('is what the lists say at that moment; who is blocked hears nothing', async () => {
    const [blocked, allowed] = [new Set<string>(), new Set<string>()];
    const { seller, feed, answers, answer } = await sellByHand(
      {},
      { access: accessByLists({ blocked: () => blocked, allowed: () => allowed }) },
    );
    const customer = signerOf();
    const ask = (content: string) => requestOf(customer, { kind, content, targets: [seller.signer.pubkey] });
    const [first, unheard, served] = await Promise.all([ask('1'), ask('2'), ask('3')]);
    feed(first);
    expect((await answer(first, 'error')).error?.code).toBe('not-allowed');
    blocked.add(customer.pubkey);
    feed(unheard);
    blocked.clear();
    allowed.add(customer.pubkey);
    feed(served);
    await answer(served, 'processing');
    expect(answers.some(({ requestId }) => requestId === unheard.id)).toBe(false);
  });

  test('hangs on conditions: one that is not met is refused, one that nobody can check is said', async () => {
    const friends = new Set<string>();
    const seller = await sell({
      priceSats: 10,
      conditions: [
        {
          code: 'trust',
          detail: '30000:me:friends',
          isMet: ({ customerPubkey }) => friends.has(customerPubkey),
        },
        { code: 'subscription', detail: 'https://a.example' },
      ],
    });
    const customer = await openCustomer();
    const refused = await customer.feedback(await customer.request(kind), 'error');
    expect(refused.error?.code).toBe('condition-unmet');
    expect(refused.conditions).toEqual([{ code: 'trust', detail: '30000:me:friends' }]);
    friends.add(customer.signer.pubkey);
    const offer = await customer.feedback(await customer.request(kind), 'payment-required');
    expect(offer.conditions).toEqual([{ code: 'subscription', detail: 'https://a.example' }]);
    expect(seller.troubles).toEqual([]);
  });

  test('too often is told once, with the time to come back; all strangers together have a bound as well', async () => {
    const { feed, answers, answer } = await sellByHand(
      {},
      { limits: { requestsPerMinute: 2, strangersPerMinute: 3 } },
    );
    const minute = Math.floor(Date.now() / 60_000) * 60 - 600;
    const at = (signer: Signer, data: string) =>
      requestOf(signer, {
        kind,
        createdAt: minute,
        inputs: [{ data, type: 'text', relay: null, marker: null }],
      });
    const app = signerOf();
    const burst = await Promise.all(['1', '2', '3', '4', '5'].map((data) => at(app, data)));
    feed(...burst);
    const isLimited = ({ error }: JobFeedback) => error?.code === 'rate-limited';
    await vi.waitFor(() => expect(answers.filter(isLimited)).toHaveLength(1), { timeout: 20_000 });
    const retryAt = Number(answers.find(isLimited)?.conditions[0]?.detail);
    expect(retryAt % 60).toBe(0);
    expect(retryAt).toBeGreaterThan(minute);
    const [third, fourth] = await Promise.all([at(signerOf(), 'third'), at(signerOf(), 'fourth')]);
    feed(third);
    await answer(third, 'processing');
    feed(fourth);
    expect((await answer(fourth, 'error')).error?.code).toBe('rate-limited');
    const tooMany = burst.slice(2).map(({ id }) => id);
    expect(answers.filter(({ requestId }) => tooMany.includes(requestId))).toHaveLength(1);
  });
});

describe('room', () => {
  test('is made for who has paid by the unpaid offers of strangers, and what was paid for these is owed', async () => {
    const { seller, feed, answer } = await sellByHand(
      { priceSats: 10, exchanges: ['prepay'] },
      { limits: { openSales: 5 } },
    );
    const regular = signerOf();
    const payFor = async (request: NostrEvent) => {
      const { bolt11 } = await answer(request, 'payment-required');
      orThrow(await stage.wallet().pay({ bolt11: bolt11 ?? '', feeLimitMsat: satsToMsat(10) }));
    };
    const known = await requestOf(regular, { kind });
    feed(known);
    await payFor(known);
    await seller.until(({ work }) => work === 'closed');
    const flood = await Promise.all(Array.from({ length: 12 }, () => requestOf(signerOf(), { kind })));
    for (const request of flood) {
      feed(request);
      await Promise.any([answer(request, 'payment-required'), answer(request, 'error')]);
    }
    const quoted = flood.filter(({ id }) =>
      seller.moves.some(({ requestId, money }) => requestId === id && money === 'quoted'),
    );
    expect(quoted).toHaveLength(4); // four fifths of the room
    const [oldest] = quoted;
    if (oldest === undefined) throw new Error('Nobody was quoted.');
    const more = await Promise.all([1, 2, 3].map((n) => requestOf(regular, { kind, content: `${n}` })));
    for (const request of more) {
      feed(request);
      await answer(request, 'payment-required');
    }
    expect((await answer(oldest, 'error')).error?.code).toBe('over-capacity');
    await payFor(oldest); // its plain invoice can still be paid
    await seller.until(({ requestId, money }) => requestId === oldest.id && money === 'refund-due');
    expect(seller.troubles).toEqual([]);
  }, 60_000);

  test('one customer’s unpaid offers are bounded', async () => {
    const { feed, answer } = await sellByHand({ priceSats: 10 }, { limits: { offersPerStranger: 2 } });
    const app = signerOf();
    const asked = await Promise.all([1, 2, 3].map((n) => requestOf(app, { kind, content: `${n}` })));
    for (const request of asked.slice(0, 2)) {
      feed(request);
      await answer(request, 'payment-required');
    }
    const [, , third] = asked;
    if (third === undefined) throw new Error('There is no third request.');
    feed(third);
    expect((await answer(third, 'error')).error?.code).toBe('over-capacity');
  });

  test('what is owed on trust is bounded over all customers, whoever comes at once', async () => {
    const trust = () => ({ workUnpaidUpToMsat: satsToMsat(10), deliverUnpaidUpToMsat: satsToMsat(10) });
    const { feed, answer } = await sellByHand(
      { priceSats: 10, exchanges: ['postpay', 'prepay'], handler: () => new Promise(() => undefined) },
      { trust, limits: { unpaidMsat: satsToMsat(25) } },
    );
    const asked = await Promise.all(Array.from({ length: 4 }, () => requestOf(signerOf(), { kind })));
    feed(...asked);
    const statuses = await Promise.all(
      asked.map((request) =>
        Promise.any([answer(request, 'processing'), answer(request, 'payment-required')]).then(
          ({ status }) => status,
        ),
      ),
    );
    expect(statuses.toSorted()).toEqual(['payment-required', 'payment-required', 'processing', 'processing']);
  });
});

test('of several services of one kind that is chosen which serves the parameters and the bid', async () => {
  const model = (id: string, priceSats: number, models: string[]) => ({
    kind,
    id,
    priceSats,
    servesParams: new Map([['model', models]]),
    handler: async () => id,
  });
  const seller = await sellAll([model('large', 50, ['big']), model('small', 5, ['tiny', 'mini'])]);
  const customer = await openCustomer();
  const targets = [seller.signer.pubkey];
  const priceFor = async (told: Parameters<ScriptedCustomer['request']>[1]) => {
    const request = await customer.request(kind, { targets, ...told });
    return (await customer.feedback(request, 'payment-required')).amount?.msat;
  };
  const asking = (name: string) => ({ params: new Map([['model', [name]]]) });
  expect(await priceFor(asking('mini'))).toBe(satsToMsat(5));
  expect(await priceFor(asking('big'))).toBe(satsToMsat(50));
  expect(await priceFor({})).toBe(satsToMsat(50));
  expect(await priceFor({ bidMsat: satsToMsat(20) })).toBe(satsToMsat(5));
  const refused = await customer.request(kind, { targets, ...asking('huge') });
  expect(await codeOf(customer, refused)).toBe('not-served');
});
