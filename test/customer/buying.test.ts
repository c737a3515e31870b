import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buyChain, type PurchaseHandle, type PurchaseUpdate, type Wish } from '../../src/customer/index.ts';
import { orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import { buy, openBuyingStage, WISH, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

async function drain(purchase: PurchaseHandle): Promise<PurchaseUpdate[]> {
  const updates: PurchaseUpdate[] = [];
  for await (const update of purchase.events()) updates.push(update);
  return updates;
}

function statesOf(updates: readonly PurchaseUpdate[]): string[] {
  return updates.flatMap((update) => (update.type === 'state' ? [update.state] : []));
}

describe('a free job', () => {
  test('is delivered without money', async () => {
    const seller = await stage.openProvider('alice');
    // Long enough that the result ends the wait, on a slow machine too.
    const purchase = await buy(stage.openCustomer(), { policy: { offerWaitMs: 30_000 } });
    const request = await seller.nextRequest();
    await seller.say(request, { status: 'processing', exchange: 'free' });
    const result = await seller.deliver(request, 'a fox in red');
    expect(await purchase.result()).toEqual({
      ok: true,
      value: {
        requestId: request.id,
        content: 'a fox in red',
        file: null,
        providerPubkey: seller.pubkey,
        exchange: 'free',
        amountMsat: 0n,
        feePaidMsat: 0n,
        preimage: null,
        settlement: 'none',
        resultEvent: result,
        verdict: {
          verdict: 'plausible',
          checks: [{ name: 'output-type', ok: true, detail: 'The result may be text/plain.' }],
        },
      },
    });
    expect(statesOf(await drain(purchase))).toEqual(['requested', 'received']);
  });

  test('that was begun and never delivered gives way to a paid offer', async () => {
    const [idle, seller] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer());
    const request = await seller.nextRequest();
    await idle.say(request, { status: 'processing', exchange: 'free', usualSeconds: 1, worstSeconds: 1 });
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await seller.deliver(request, 'paid work');
    await seller.settle(quote);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'paid work' } });
  });
});

describe('a job paid by a hold invoice', () => {
  test('locks the money, takes the result, and proves the payment', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await seller.say(request, { status: 'processing', exchange: 'hold', info: 'at work' });
    await seller.say(request, { status: 'partial', content: 'a fo' });
    await seller.deliver(request, 'a fox');
    await seller.settle(quote);

    const receipt = orThrow(await purchase.result());
    expect(receipt).toMatchObject({
      content: 'a fox',
      amountMsat: 21_000n,
      preimage: quote.preimage,
      settlement: 'settled',
    });
    expect(receipt.feePaidMsat).toBeLessThanOrEqual(5000n);
    const updates = await drain(purchase);
    expect(statesOf(updates).slice(0, 4)).toEqual(['requested', 'offered', 'approved', 'paying']);
    expect(statesOf(updates).at(-1)).toBe('received');
    const types = updates.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['sent', 'offer', 'progress', 'partial', 'result']));
    expect(await customer.get(purchase.requestId)).toMatchObject({
      state: 'received',
      preimage: quote.preimage,
      offer: { event: { id: quote.event.id } },
    });
    expect(await customer.trace(purchase.requestId)).toMatchObject({ state: 'delivered' });
  });

  test('goes to the cheapest offer; the other invoice stays unpaid', async () => {
    const [dear, cheap] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer(), {
      targets: [dear.pubkey, cheap.pubkey],
      policy: { offerWaitMs: 600_000 }, // both targets have answered: nobody else is waited for
    });
    const request = await dear.nextRequest();
    const unpaid = await dear.quote(request, 30);
    const quote = await cheap.quote(request, 20);
    await cheap.untilHeld(quote);
    await cheap.deliver(request, 'cheap');
    await cheap.settle(quote);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'cheap' } });
    expect(await dear.payment(unpaid)).toBe('pending');
  });

  test(
    'hands the content over as pending when the provider does not take its money',
    { timeout: 30_000 },
    async () => {
      const seller = await stage.openProvider('alice');
      const customer = stage.openCustomer();
      const purchase = await buy(customer);
      const request = await seller.nextRequest();
      const quote = await seller.quote(request, 21);
      await seller.untilHeld(quote);
      await seller.deliver(request, 'a gift?');
      expect(await purchase.result()).toMatchObject({
        ok: true,
        value: { content: 'a gift?', settlement: 'pending', preimage: null, amountMsat: 21_000n },
      });
      await seller.settle(quote);
      await vi.waitFor(
        async () => expect(await customer.get(request.id)).toMatchObject({ preimage: quote.preimage }),
        { timeout: 20_000 },
      );
    },
  );

  test('takes the next offer when the first one is withdrawn before paying', async () => {
    const [fickle, seller] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const purchase = await buy(stage.openCustomer(), { policy: { offerWaitMs: 500 } });
    const request = await fickle.nextRequest();
    const unpaid = await fickle.quote(request, 1);
    await fickle.say(request, { status: 'error', error: { code: 'over-capacity', detail: 'sorry' } });
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await seller.deliver(request, 'mine');
    await seller.settle(quote);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { providerPubkey: seller.pubkey } });
    expect(await fickle.payment(unpaid)).toBe('pending');
  });
});

describe('without a delivery', () => {
  test('nobody answers: no-offer at the deadline', async () => {
    const purchase = await buy(stage.openCustomer(), { deadlineSeconds: 4 });
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
  });

  test('every target refuses: no-offer at once, with the reasons', async () => {
    const seller = await stage.openProvider('alice');
    const purchase = await buy(stage.openCustomer(), { targets: [seller.pubkey] });
    const request = await seller.nextRequest();
    await seller.say(request, { status: 'error', error: { code: 'over-capacity', detail: 'later' } });
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: {
        code: 'no-offer',
        data: { providerErrors: [{ providerPubkey: seller.pubkey, code: 'over-capacity' }] },
      },
    });
  });

  test('no relay takes the request', async () => {
    const customer = stage.openCustomer({ relayUrls: ['ws://127.0.0.1:1'] });
    const purchase = await buy(customer, { deadlineSeconds: 1 });
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'request-refused' } });
  });

  test('paid and not delivered in time; a late result is still taken', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await seller.settle(quote);
    await vi.waitFor(async () => expect(await customer.get(request.id)).toMatchObject({ state: 'paid' }), {
      timeout: 20_000,
    });
    stage.clock.aheadSeconds = 3600;
    await seller.say(request, { status: 'processing', info: 'any minute now' }); // an event makes it look
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'undelivered' } });
    await seller.deliver(request, 'at last');
    await vi.waitFor(
      async () =>
        expect(await customer.get(request.id)).toMatchObject({
          state: 'received',
          result: { content: 'at last' },
          preimage: quote.preimage,
        }),
      { timeout: 20_000 },
    );
  });
});

async function cancellationOf(requestId: string): Promise<NostrEvent | undefined> {
  const pool = stage.openPool();
  return vi.waitFor(
    async () => {
      const [event] = await pool.query([stage.relayUrl], [{ kinds: [5], '#e': [requestId] }]);
      if (event === undefined) throw new Error('No cancellation yet.');
      return event;
    },
    { timeout: 20_000 },
  );
}

describe('a cancellation', () => {
  test('before paying ends the purchase and tells the provider', async () => {
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    expect(await customer.cancel(purchase.requestId, 'not needed')).toMatchObject({ ok: true });
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(await cancellationOf(purchase.requestId)).toMatchObject({ content: 'not needed' });
  });

  test('by the signal of the wish does the same', async () => {
    const stop = new AbortController();
    const purchase = await buy(stage.openCustomer(), { signal: stop.signal });
    stop.abort();
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
  });

  test('after locking tells the provider, and the money is followed home', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    expect(await customer.cancel(request.id)).toMatchObject({ ok: false, failure: { code: 'too-late' } });
    expect(await cancellationOf(request.id)).toBeDefined();
    await vi.waitFor(async () => expect(await customer.get(request.id)).toMatchObject({ state: 'locked' }), {
      timeout: 20_000,
    });
    await seller.giveBack(quote);
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'refunded' } });
  });

  test('of a purchase that is not ours is refused', async () => {
    const requestId = (await buy(stage.openCustomer())).requestId;
    expect(await stage.openCustomer().cancel(requestId)).toMatchObject({
      ok: false,
      failure: { code: 'not-found' },
    });
  });
});

test('a chain builds each wish on the very result of the one before', async () => {
  const seller = await stage.openProvider('alice');
  const bought = buyChain(stage.openCustomer(), [WISH, { ...WISH, inputs: [], params: { lang: 'es' } }]);
  const first = await seller.nextRequest();
  const result = await seller.deliver(first, 'one');
  const second = await seller.nextRequest();
  const modesOf = ({ tags }: NostrEvent) => tags.find(([name]) => name === 'exchange');
  expect([modesOf(first)?.includes('reveal'), modesOf(second)?.includes('reveal')]).toEqual([false, true]);
  expect(second.tags).toEqual(
    expect.arrayContaining([
      ['i', first.id, 'job'],
      ['chain', first.id, result.id],
      ['param', 'lang', 'es'],
    ]),
  );
  await seller.deliver(second, 'two');
  expect(orThrow(await bought).map(({ content }) => content)).toEqual(['one', 'two']);
});

test('a chain stops at the step that fails and says which', async () => {
  const seller = await stage.openProvider('alice');
  const bought = buyChain(stage.openCustomer(), [WISH, { ...WISH, targets: [seller.pubkey] }, WISH]);
  const first = await seller.nextRequest();
  await seller.deliver(first, 'one');
  await seller.say(await seller.nextRequest(), { status: 'error', error: { code: 'no', detail: 'no' } });
  expect(await bought).toMatchObject({
    ok: false,
    failure: { code: 'no-offer', data: { step: 1, completed: [first.id] } },
  });
});

test.each<[string, Partial<Wish>]>([
  ['kind', { kind: 1 }],
  ['deadlineSeconds', { deadlineSeconds: 0 }],
  ['targets', { targets: ['npub'] }],
  ['exchanges', { exchanges: [] }],
  ['inputs', { inputs: Array<string>(65).fill('x') }],
])('a wish with a wrong %s is refused before anything is booked', async (field, told) => {
  const customer = stage.openCustomer();
  expect(await customer.buy({ ...WISH, ...told })).toMatchObject({
    ok: false,
    failure: { code: 'invalid-wish', data: { field } },
  });
  expect(await customer.list({ limit: 1 })).toEqual([]);
});

test('two equal wishes in one second are two purchases', async () => {
  const customer = stage.openCustomer();
  const [one, two] = await Promise.all([buy(customer), buy(customer)]);
  expect(one.requestId).not.toBe(two.requestId);
});

test('a closed customer takes no wishes and lets its followers go', async () => {
  const customer = stage.openCustomer();
  const purchase = await buy(customer);
  const updates = drain(purchase);
  await customer.close();
  expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'closed' } });
  expect(statesOf(await updates)).toEqual(['requested']);
  expect(await customer.buy(WISH)).toMatchObject({ ok: false, failure: { code: 'closed' } });
});
