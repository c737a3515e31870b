import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { wrapFor } from '../../src/keys/index.ts';
import {
  HEARTBEAT_KIND,
  openJobMessage,
  orThrow,
  parseHeartbeat,
  satsToMsat,
  wrapJobMessage,
  type JobWords,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, type JobHandler, type Service, type TermsByHand } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, workOf, type Seller } from './stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5840;

beforeAll(async () => {
  stage = await openBuyingStage();
  customer = await openScriptedCustomer(stage);
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
});
afterAll(async () => {
  customer.close();
  await stage.close();
});

const shout: JobHandler = async ({ text }) => text.toUpperCase();

async function person(
  told: Partial<Service> & { readonly priceSats?: number } = {},
  more: Parameters<typeof openSeller>[2] = {},
): Promise<Seller> {
  const byHand = service({ kind, handler: shout, quotedByHand: true, exchanges: ['prepay'], ...told });
  const seller = await openSeller(stage, [byHand], more);
  sellers.push(seller);
  return seller;
}

/** Waits until the request stands in the books for the person to look at. */
async function seen(seller: Seller, request: NostrEvent): Promise<void> {
  await seller.until(({ requestId, work }) => requestId === request.id && work === 'received');
}

const TERMS: TermsByHand = {
  amountMsat: satsToMsat(40),
  usualSeconds: 60,
  worstSeconds: 3600,
  note: 'Gladly.',
};

describe('a service that is quoted by hand', () => {
  test('waits for its person, whose offer is bought like any other', async () => {
    const seller = await person();
    const request = await customer.request(kind);
    await seen(seller, request);
    expect(customer.answers(request)).toEqual([]);

    const offered = orThrow(await seller.provider.byHand.offer(request.id, TERMS));
    expect(offered).toMatchObject({ work: 'accepted', money: 'quoted', exchange: 'prepay' });
    const offer = await customer.feedback(request, 'payment-required');
    expect(offer).toMatchObject({ usualSeconds: 60, worstSeconds: 3600, exchange: 'prepay' });
    expect(offer.amount?.msat).toBe(TERMS.amountMsat);
    expect(offer.event.content + JSON.stringify(offer.event.tags)).toContain('Gladly.');

    await customer.pay(offer.bolt11);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    const paid = await seller.until(({ work }) => work === 'working');
    expect(paid.deadlineAt).toBeGreaterThan(paid.openedAt + TERMS.usualSeconds);
  });

  test('may ask for more than was bid, which the customer then decides on, and may work for nothing', async () => {
    const seller = await person();
    const low = await customer.request(kind, { bidMsat: satsToMsat(5) });
    const gift = await customer.request(kind);
    await seen(seller, low);
    await seen(seller, gift);
    orThrow(await seller.provider.byHand.offer(low.id, TERMS));
    expect((await customer.feedback(low, 'payment-required')).amount?.msat).toBe(TERMS.amountMsat);

    const free = await person({ exchanges: ['free'] });
    await seen(free, gift);
    expect(await free.provider.byHand.offer(gift.id, TERMS)).toMatchObject({
      failure: { code: 'not-sellable', data: { code: 'no-common-exchange' } },
    });
    orThrow(await free.provider.byHand.offer(gift.id, { ...TERMS, amountMsat: satsToMsat(0) }));
    expect((await customer.result(gift)).content).toBe('A RED FOX');
  });

  test('keeps what waits over a restart', async () => {
    const first = await person();
    const request = await customer.request(kind);
    await seen(first, request);
    await first.close();
    const { signer, ledger } = first;
    const second = await person({}, { signer, ledger });
    orThrow(await second.provider.byHand.offer(request.id, TERMS));
    expect((await customer.feedback(request, 'payment-required')).amount?.msat).toBe(TERMS.amountMsat);
  });

  test('goes on with what it was asked when it has retired, and hears nothing new', async () => {
    const first = await person();
    const request = await customer.request(kind, { targets: [first.signer.pubkey] });
    await seen(first, request);
    await first.close();
    const { signer, ledger } = first;
    const second = await person({ retired: true }, { signer, ledger });
    const late = await customer.request(kind, { targets: [signer.pubkey] });
    expect((await customer.feedback(late, 'error')).error?.code).toBe('unknown-kind');
    const beats = [{ kinds: [HEARTBEAT_KIND], authors: [signer.pubkey] }];
    const newest = async () => (await stage.openPool().query([stage.relayUrl], beats))[0];
    await vi.waitFor(
      async () => {
        const beat = await newest();
        expect(beat && orThrow(parseHeartbeat(beat)).status).toBe('offline');
      },
      { timeout: 20_000, interval: 200 },
    );
    orThrow(await second.provider.byHand.offer(request.id, TERMS));
    const offer = await customer.feedback(request, 'payment-required');
    await customer.pay(offer.bolt11);
    expect((await customer.result(request)).content).toBe('A RED FOX');
    const told = customer.answers(request).map(({ tags }) => tags.find(([name]) => name === 'status')?.[1]);
    expect(told).not.toContain('error'); // nor when it was heard again
  });

  test('is declined with a reason, or passed over without a word', async () => {
    const seller = await person();
    const one = await customer.request(kind);
    const other = await customer.request(kind);
    await seen(seller, one);
    await seen(seller, other);
    const busy = { code: 'busy', message: 'Not this week.' };
    expect(orThrow(await seller.provider.byHand.decline(other.id, null))).toMatchObject({ work: 'refused' });
    expect(orThrow(await seller.provider.byHand.decline(one.id, busy))).toMatchObject({ work: 'refused' });
    expect((await customer.feedback(one, 'error')).error).toEqual({ code: 'busy', detail: busy.message });
    expect(customer.answers(other)).toEqual([]);
  });

  test('leaves the inbox when its customer withdraws it, or when its time is over', async () => {
    const seller = await person();
    const request = await customer.request(kind);
    await seen(seller, request);
    await customer.cancel(request);
    await seller.until(({ requestId, work }) => requestId === request.id && work === 'cancelled');
    expect(await seller.provider.byHand.offer(request.id, TERMS)).toMatchObject({
      failure: { code: 'already-answered', data: { work: 'cancelled' } },
    });

    const short = await customer.request(kind, { expiresAt: Math.floor(Date.now() / 1000) + 2 });
    await seller.until(({ requestId, work }) => requestId === short.id && work === 'refused');
    expect(workOf(seller, short.id)).toEqual(['received', 'refused']);
    expect(customer.answers(short)).toEqual([]);
  });

  test('is not asked about what it could never sell', async () => {
    const seller = await person({ priceSats: 10 });
    const low = await customer.request(kind, { bidMsat: satsToMsat(9), targets: [seller.signer.pubkey] });
    const holds = await customer.request(kind, { exchanges: ['reveal'], targets: [seller.signer.pubkey] });
    expect((await customer.feedback(low, 'error')).error?.code).toBe('bid-too-low');
    expect((await customer.feedback(holds, 'error')).error?.code).toBe('no-common-exchange');
    expect(seller.moves).toEqual([]);
  });

  test('is asked once more where its result is too large, and the job goes on', async () => {
    const made = ['x'.repeat(300_000), 'A fox in short.'];
    const seller = await person({ exchanges: ['free'], handler: async () => made.shift() ?? '' });
    const request = await customer.request(kind);
    await seen(seller, request);
    orThrow(await seller.provider.byHand.offer(request.id, { ...TERMS, amountMsat: satsToMsat(0) }));
    expect((await customer.result(request)).content).toBe('A fox in short.');
    expect(seller.troubles).toMatchObject([{ code: 'result-too-large' }]);
  });

  test('takes an answer once, with terms that make sense', async () => {
    const seller = await person();
    const request = await customer.request(kind);
    await seen(seller, request);
    const { byHand } = seller.provider;
    for (const wrong of [
      { ...TERMS, usualSeconds: 0 },
      { ...TERMS, worstSeconds: 59 },
      { ...TERMS, worstSeconds: 31 * 86_400 },
      { ...TERMS, usualSeconds: 1.5 },
    ])
      expect(await byHand.offer(request.id, wrong)).toMatchObject({ failure: { code: 'invalid-terms' } });
    const both = await Promise.all([byHand.offer(request.id, TERMS), byHand.offer(request.id, TERMS)]);
    expect(both.map(({ ok }) => ok)).toEqual([true, false]);
    expect(both[1]).toMatchObject({ failure: { code: 'already-answered', data: { work: 'accepted' } } });
    expect(await byHand.offer('00'.repeat(32), TERMS)).toMatchObject({ failure: { code: 'no-such-sale' } });
  });
});

describe('words between a person and its customer', () => {
  test('go both ways, in private', async () => {
    const heard: JobWords[] = [];
    const seller = await person({}, { onWords: (words) => heard.push(words) });
    const request = await customer.request(kind);
    await seen(seller, request);
    const wraps: NostrEvent[] = [];
    const listening = new AbortController();
    const pool = stage.openPool();
    await pool.subscribe({
      relays: [stage.relayUrl],
      filters: [{ kinds: [1059], '#p': [customer.signer.pubkey] }],
      onEvent: (wrap) => wraps.push(wrap),
      signal: listening.signal,
    });
    const asked = { type: 'question', text: 'Which fox?' } as const;
    orThrow(await seller.provider.byHand.write(request.id, asked));
    await vi.waitFor(() => expect(wraps).toHaveLength(1), { timeout: 20_000 });
    const [wrap = expect.fail('nothing came')] = wraps;
    expect(orThrow(await openJobMessage(wrap, customer.signer))).toMatchObject({
      ...asked,
      requestId: request.id,
      authorPubkey: seller.signer.pubkey,
    });

    const createdAt = Math.floor(Date.now() / 1000);
    const draft = { type: 'note', requestId: request.id, text: 'The red one.', createdAt } as const;
    const answer = orThrow(
      await wrapJobMessage(draft, wrapFor(seller.signer.pubkey, customer.signer, createdAt)),
    );
    await pool.publish(answer, [stage.relayUrl]);
    await vi.waitFor(() => expect(heard).toHaveLength(1), { timeout: 20_000 });
    expect(heard[0]).toMatchObject({
      type: 'note',
      text: 'The red one.',
      authorPubkey: customer.signer.pubkey,
    });
    listening.abort();
  });

  test('are some, and about a job', async () => {
    const seller = await person();
    const { byHand } = seller.provider;
    const request = await customer.request(kind);
    await seen(seller, request);
    for (const text of [' ', 'x'.repeat(20_001)])
      expect(await byHand.write(request.id, { type: 'note', text })).toMatchObject({
        failure: { code: 'invalid-words' },
      });
    expect(await byHand.write('00'.repeat(32), { type: 'note', text: 'Hello?' })).toMatchObject({
      failure: { code: 'no-such-sale' },
    });
  });
});

test('shows that a person is there in its hours only, and hears requests in all', async () => {
  const beats: string[] = [];
  const watching = new AbortController();
  const seller = await person({}, { isPresent: false });
  await stage.openPool().subscribe({
    relays: [stage.relayUrl],
    filters: [{ kinds: [HEARTBEAT_KIND], authors: [seller.signer.pubkey] }],
    onEvent: (event) => beats.push(orThrow(parseHeartbeat(event)).status ?? ''),
    signal: watching.signal,
  });
  await vi.waitFor(() => expect(beats).toEqual(['offline']), { timeout: 20_000 });
  await seen(seller, await customer.request(kind));
  seller.provider.setPresent(true);
  await vi.waitFor(() => expect(beats.at(-1)).toBe('online'), { timeout: 20_000 });
  seller.provider.setPresent(false);
  await vi.waitFor(() => expect(beats.at(-1)).toBe('offline'), { timeout: 20_000 });
  watching.abort();
});

test('other services answer by themselves', async () => {
  const seller = await openSeller(stage, [service({ kind, handler: shout, priceSats: 5 })]);
  sellers.push(seller);
  const request = await customer.request(kind);
  await customer.feedback(request, 'payment-required');
  expect(await seller.provider.byHand.decline(request.id, null)).toMatchObject({
    failure: { code: 'not-by-hand' },
  });
});
