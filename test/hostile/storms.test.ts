import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import { buildCancellation, type NostrEvent } from '../../src/protocol/index.ts';
import { service, type ProviderOptions } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { faultyLedger, handFedPool, requestOf } from '../provider/faulty-parts.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { jobMessage, newKey, type Target } from './floods.ts';

const KIND = 5754;
const CONDITIONAL_KIND = 5755;
/** More than one customer may do at once. */
const [COMPLAINTS, RESENDS] = [22, 12];

let stage: BuyingStage;
let seller: Seller;
let feed: (...events: NostrEvent[]) => void;
let target: Target;
/** Requests that are being judged, and how the judgement ends. */
let judged: string[];
let judgement: PromiseWithResolvers<boolean>;
let worked: number;
/** Results that were handed to relays, by the request they are for, each as often as it was. */
let published: string[];

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
beforeEach(() => openMarket());
afterEach(() => seller.close());
afterAll(() => stage.close());

async function openMarket(told: Partial<ProviderOptions> = {}): Promise<void> {
  const handFed = handFedPool(stage);
  [feed, judged, judgement, worked, published] = [handFed.feed, [], Promise.withResolvers(), 0, []];
  const handler = ({ text }: { readonly text: string }) => {
    worked += 1;
    return Promise.resolve(text.toUpperCase());
  };
  const isMet = ({ id }: { readonly id: string }) => {
    judged.push(id);
    return judgement.promise;
  };
  const sold = [
    service({ kind: KIND, handler }),
    {
      ...service({ kind: CONDITIONAL_KIND, handler }),
      conditions: [{ code: 'slow', detail: 'Wait.', isMet }],
    },
  ];
  const publish: RelayPool['publish'] = (event, ...rest) => {
    const [, requestId = ''] = event.tags.find(([name]) => name === 'e') ?? [];
    if (event.kind === KIND + 1000) published.push(requestId);
    return handFed.pool.publish(event, ...rest);
  };
  seller = await openSeller(stage, sold, { relays: { ...handFed.pool, publish }, wallet: null, ...told });
  const [now, { relayUrl }] = [() => Math.floor(Date.now() / 1000), stage];
  const [freeKind, pricedKind, foreignJobId] = [KIND, KIND, 'ab'.repeat(32)];
  target = { providerPubkey: seller.provider.pubkey, relayUrl, freeKind, pricedKind, foreignJobId, now };
}

async function buy(customer: Signer): Promise<string> {
  const request = await requestOf(customer, { kind: KIND, content: crypto.randomUUID() });
  feed(request);
  await seller.until(({ requestId, work }) => requestId === request.id && work === 'closed');
  return request.id;
}

const eventually = (look: () => unknown) => vi.waitFor(look, { timeout: 20_000 });
const saleOf = ({ id }: NostrEvent) => seller.ledger.sales.get(seller.provider.pubkey, id);

describe('a request that is withdrawn', () => {
  const withdrawal = (customer: Signer, { id, kind }: NostrEvent) =>
    customer.sign(
      buildCancellation({ requestId: id, requestKind: kind, reason: '', createdAt: target.now() }),
    );

  test('before it comes is not booked', async () => {
    const customer = newKey();
    const request = await requestOf(customer, { kind: KIND });
    feed(await withdrawal(customer, request), request);
    await buy(newKey());
    expect(await saleOf(request)).toBe(null);
    expect(worked).toBe(1);
  });

  test('while it is judged is not booked', async () => {
    const customer = newKey();
    const request = await requestOf(customer, { kind: CONDITIONAL_KIND });
    feed(request);
    await eventually(() => expect(judged).toEqual([request.id]));
    feed(await withdrawal(newKey(), request), await withdrawal(customer, request));
    await buy(newKey());
    judgement.resolve(true);
    await buy(newKey());
    expect(await saleOf(request)).toBe(null);
    expect(worked).toBe(2);
  });

  test('while it is booked is cancelled', async () => {
    await seller.close();
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ledger = faultyLedger(stage.openLedger(), (sales) => ({
      async open(sale) {
        begun.resolve();
        await goOn.promise;
        return sales.open(sale);
      },
    }));
    const wallet = stage.bank.wallet('alice');
    await openMarket({ ledger, wallet, services: [priced()] });
    const customer = newKey();
    const request = await requestOf(customer, { kind: KIND });
    feed(request);
    await begun.promise;
    feed(await withdrawal(customer, request));
    goOn.resolve();
    await seller.until(({ requestId, work }) => requestId === request.id && work === 'cancelled');
    expect(worked).toBe(0);
  });

  const priced = () =>
    service({
      kind: KIND,
      handler: ({ text }) => {
        worked += 1;
        return Promise.resolve(text);
      },
      priceSats: 10,
      exchanges: ['hold'],
    });
});

test('a request that comes a thousand times is one job', async () => {
  const request = await requestOf(newKey(), { kind: KIND });
  feed(...Array.from({ length: 1000 }, () => request));
  await buy(newKey());
  await eventually(() => expect(published).toContain(request.id));
  feed(request);
  await buy(newKey());
  expect(published.filter((requestId) => requestId === request.id)).toHaveLength(1);
  expect(worked).toBe(3);
});

test('a customer that complains of all its jobs silences nobody', async () => {
  const [loud, quiet] = [newKey(), newKey()];
  const jobs = await Promise.all(Array.from({ length: COMPLAINTS }, () => buy(loud)));
  const own = await buy(quiet);
  const complain = (customer: Signer, requestId: string) =>
    jobMessage(target, customer, { type: 'complaint' }, requestId);
  const storm = await Promise.all(jobs.map((requestId) => complain(loud, requestId)));
  feed(...storm, await complain(quiet, own));
  const told = () => seller.troubles.filter(({ code }) => code === 'complaint').map(({ message }) => message);
  const ofOwn = expect.stringContaining(own.slice(0, 16));
  await eventually(() => expect(told()).toContainEqual(ofOwn));
  expect(told().length).toBeLessThan(COMPLAINTS); // ten in a minute, of which a second one may have begun
});

test('a customer that asks for all its results again keeps nobody from its own', async () => {
  const [loud, quiet] = [newKey(), newKey()];
  const jobs = await Promise.all(Array.from({ length: RESENDS }, () => buy(loud)));
  const own = await buy(quiet);
  const again = (customer: Signer, requestId: string) =>
    jobMessage(target, customer, { type: 'resend', relays: [] }, requestId);
  const storm = await Promise.all(jobs.map((requestId) => again(loud, requestId)));
  await eventually(() => expect(new Set(published).size).toBe(RESENDS + 1));
  published = [];
  feed(...storm, await again(quiet, own));
  await eventually(() => expect(published).toContain(own));
  expect(published.filter((requestId) => requestId !== own)).toHaveLength(10);
});
