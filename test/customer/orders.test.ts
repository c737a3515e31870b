import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer, OrderWish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { failure, orThrow, satsToMsat, type NostrEvent } from '../../src/protocol/index.ts';
import { faultyWallet } from './faulty-wallet.ts';
import type { ScriptedProvider, ScriptedQuote } from './scripted-provider.ts';
import { openBuyingStage, requestFor, WISH, type BuyingStage } from './stage.ts';

const SELLERS = ['alice', 'bob', 'carol'];
let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage(['carol']);
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

function openSellers(): Promise<ScriptedProvider[]> {
  return Promise.all(SELLERS.map((role) => stage.openProvider(role)));
}

/** An order for `WISH` that may cost 100 sats. */
function anOrder(told: Partial<OrderWish> = {}): OrderWish {
  return { wish: WISH, maxTotalMsat: satsToMsat(100), ...told };
}

/** Quotes, waits for the money, delivers and takes it. */
async function sell(seller: ScriptedProvider, request: NostrEvent, sats: number, content: string) {
  const quote = await seller.quote(request, sats);
  await seller.untilHeld(quote);
  await seller.deliver(request, content);
  await seller.settle(quote);
  return quote;
}

/** Waits until the customer has withdrawn that request by a kind 5. */
async function untilWithdrawn(request: NostrEvent): Promise<void> {
  const pool = stage.openPool();
  await vi.waitFor(
    async () =>
      expect(
        await pool.query([stage.relayUrl], [{ kinds: [5], '#e': [request.id], authors: [request.pubkey] }]),
      ).toHaveLength(1),
    { timeout: 20_000 },
  );
}

async function stateOf(customer: Customer, request: NostrEvent): Promise<string | undefined> {
  return (await customer.get(request.id))?.state;
}

describe('an order that is encrypted to several providers', () => {
  test('asks each by a request of its own, pays one, and withdraws the others', async () => {
    const sellers = await openSellers();
    const customer = stage.openCustomer();
    const targets = sellers.map(({ pubkey }) => pubkey);
    const order = orThrow(
      await customer.order(
        anOrder({ wish: { ...WISH, encrypted: true, targets, policy: { offerWaitMs: 600_000 } } }),
      ),
    );
    const requests = await Promise.all(sellers.map(requestFor));
    const [dear, cheap, third] = [30, 20, 40].map((sats, index) => ({
      seller: sellers[index]!,
      request: requests[index]!,
      sats,
    })) as [Asked, Asked, Asked];
    for (const request of requests) expect(request.tags).toContainEqual(['encrypted']);
    const unpaid = await dear.seller.quote(dear.request, dear.sats);
    await third.seller.say(third.request, { status: 'error', error: { code: 'overloaded', detail: '' } });
    await sell(cheap.seller, cheap.request, cheap.sats, 'a fox');

    const receipt = orThrow(await order.result());
    expect(receipt).toMatchObject({ content: 'a fox', won: { providerPubkey: cheap.seller.pubkey } });
    expect(receipt.spentMsat).toBe(20_000n + receipt.won.feePaidMsat);
    await untilWithdrawn(dear.request);
    await vi.waitFor(async () => expect(await stateOf(customer, dear.request)).toBe('cancelled'), {
      timeout: 20_000,
    });
    expect(await dear.seller.payment(unpaid)).toBe('pending');
  });
});

interface Asked {
  readonly seller: ScriptedProvider;
  readonly request: NostrEvent;
  readonly sats: number;
}

describe('an order for results that agree', () => {
  test('pays each of three providers, and takes what two of them say', async () => {
    const sellers = await openSellers();
    const customer = stage.openCustomer();
    const order = orThrow(
      await customer.order(
        anOrder({
          wish: { ...WISH, targets: sellers.map(({ pubkey }) => pubkey) },
          redundancy: { ask: 3, agree: 2, compare: 'json' },
        }),
      ),
    );
    const contents = ['{"fox": "red", "legs": 4}', '{"fox":"blue"}', '{"legs":4,"fox":"red"}'];
    const sold = sellers.map(async (seller, index) =>
      sell(seller, await requestFor(seller), 10 + index, contents[index] ?? ''),
    );
    await Promise.all(sold.slice(0, 2));
    await sold[2];
    const receipt = orThrow(await order.result());
    expect(JSON.parse(receipt.content)).toEqual({ fox: 'red', legs: 4 });
    expect(receipt.why).toEqual([expect.stringMatching(/^2 of [23] results are the same$/)]);
    await vi.waitFor(
      async () => {
        const spent = (await order.purchases()).map(({ spentMsat }) => spentMsat);
        expect(spent.every((msat) => msat >= 10_000n)).toBe(true);
      },
      { timeout: 20_000 },
    );
  });

  test('asks first whoever may answer, then others by name, and says when they disagree', async () => {
    const sellers = await openSellers();
    const closing = new AbortController();
    const work: Promise<NostrEvent>[] = [];
    const asked: string[][] = [];
    await stage.openPool().subscribe({
      relays: [stage.relayUrl],
      filters: [{ kinds: [5050], limit: 0 }],
      onEvent: (request) => {
        const targets = request.tags.flatMap(([name, key]) => (name === 'p' && key ? [key] : []));
        asked.push(targets);
        for (const [index, seller] of sellers.entries())
          if (targets.length === 0 || targets.includes(seller.pubkey))
            work.push(seller.deliver(request, `fox ${index}`));
      },
      signal: closing.signal,
    });
    const wish = { ...WISH, policy: { offerWaitMs: 600_000 } };
    const redundancy = { ask: 3, agree: 2 };
    const customer = stage.openCustomer();
    const order = orThrow(await customer.order(anOrder({ wish, redundancy, rescues: 0 })));
    const outcome = await order.result();
    closing.abort();
    await Promise.all(work);
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'disagreement', data: { results: [{}, {}, {}] } },
    });
    const providers = (await order.purchases()).map(({ providerPubkey }) => providerPubkey);
    expect(new Set(providers)).toEqual(new Set(sellers.map(({ pubkey }) => pubkey)));
    expect([asked.length, asked[0]]).toEqual([3, []]);
  });
});

describe('an order whose job goes wrong', () => {
  test('is rescued by another provider when the first gives the money back', async () => {
    const [alice, bob] = (await openSellers()) as [ScriptedProvider, ScriptedProvider, ScriptedProvider];
    const customer = stage.openCustomer();
    const wish = { ...WISH, targets: [alice.pubkey, bob.pubkey], policy: { offerWaitMs: 600_000 } };
    const order = orThrow(await customer.order(anOrder({ wish })));
    const request = await requestFor(alice);
    const failing = await alice.quote(request, 20);
    await bob.quote(request, 30);
    await alice.untilHeld(failing);
    await alice.say(request, { status: 'error', error: { code: 'model-broken', detail: '' } });
    await alice.giveBack(failing);

    expect((await requestFor(bob)).id).toBe(request.id);
    const again = await requestFor(bob);
    expect(again.id).not.toBe(request.id);
    await sell(bob, again, 30, 'a fox after all');
    const receipt = orThrow(await order.result());
    expect(receipt).toMatchObject({ content: 'a fox after all', won: { providerPubkey: bob.pubkey } });
    expect(receipt.spentMsat).toBe(30_000n + receipt.won.feePaidMsat);
    expect(receipt.purchases.map(({ state }) => state).toSorted()).toEqual(['received', 'refunded']);
  });

  test('hires a provider once, however often that one quotes what cannot be paid', async () => {
    const [alice, bob] = (await openSellers()) as [ScriptedProvider, ScriptedProvider, ScriptedProvider];
    const real = stage.wallet();
    let unpayable: ScriptedQuote | null = null;
    const wallet = faultyWallet(real, {
      pay: (payment, call) =>
        payment.bolt11 === unpayable?.bolt11
          ? alice.quote(request, 10).then(() => failure('payment-failed', 'no route'))
          : real.pay(payment, call),
    });
    const customer = stage.openCustomer({ wallet });
    const wish = { ...WISH, targets: [alice.pubkey, bob.pubkey], policy: { offerWaitMs: 600_000 } };
    const order = orThrow(await customer.order(anOrder({ wish })));
    const request = await requestFor(alice);
    unpayable = await alice.quote(request, 10);
    await bob.quote(request, 30);
    expect((await requestFor(bob)).id).toBe(request.id);
    const again = await requestFor(bob);
    await sell(bob, again, 30, 'a fox after all');
    const { purchases } = orThrow(await order.result());
    expect(purchases.map(({ state }) => state).toSorted()).toEqual(['expired', 'received']);
    expect(new Set(wallet.payCalls).size).toBe(2);
  });

  test('is not rescued beyond its cap', async () => {
    const [alice, bob] = (await openSellers()) as [ScriptedProvider, ScriptedProvider, ScriptedProvider];
    const customer = stage.openCustomer();
    const targets = [alice.pubkey, bob.pubkey];
    const order = orThrow(
      await customer.order(anOrder({ wish: { ...WISH, targets }, maxTotalMsat: satsToMsat(15) })),
    );
    const request = await requestFor(alice);
    const unpaid = [await alice.quote(request, 30), await bob.quote(request, 30)];
    stage.clock.aheadSeconds += 61;
    await alice.say(request, { status: 'processing' });
    expect(await order.result()).toMatchObject({ ok: false, failure: { code: 'over-budget' } });
    expect(await alice.payment(unpaid[0]!)).toBe('pending');
    expect(await bob.payment(unpaid[1]!)).toBe('pending');
  });
});

test('a late job is hedged; the first result wins, and the hold of the loser comes back', async () => {
  const [slow, fast] = (await openSellers()) as [ScriptedProvider, ScriptedProvider, ScriptedProvider];
  const customer = stage.openCustomer();
  const order = orThrow(
    await customer.order(
      anOrder({
        wish: { ...WISH, targets: [slow.pubkey, fast.pubkey], policy: { offerWaitMs: 600_000 } },
        hedge: { after: 'usual' },
      }),
    ),
  );
  const request = await requestFor(slow);
  const held = await slow.quote(request, 20, { usualSeconds: 1, worstSeconds: 20 });
  await fast.quote(request, 30);
  await slow.untilHeld(held);
  expect((await requestFor(fast)).id).toBe(request.id);
  const hedge = await requestFor(fast);
  await sell(fast, hedge, 30, 'the fast fox');
  const receipt = orThrow(await order.result());
  expect(receipt.won.providerPubkey).toBe(fast.pubkey);
  await untilWithdrawn(request);
  await slow.giveBack(held);
  await vi.waitFor(
    async () => {
      const purchases = await order.purchases();
      expect(purchases.map(({ state, spentMsat }) => [state, spentMsat])).toEqual([
        ['refunded', 0n],
        ['received', 30_000n + receipt.won.feePaidMsat],
      ]);
    },
    { timeout: 20_000 },
  );
});

test('an order that its signal withdraws pays nothing', async () => {
  const [alice] = (await openSellers()) as [ScriptedProvider, ScriptedProvider, ScriptedProvider];
  const customer = stage.openCustomer();
  const withdrawing = new AbortController();
  const wish = { ...WISH, policy: { offerWaitMs: 600_000 }, signal: withdrawing.signal };
  const order = orThrow(await customer.order(anOrder({ wish })));
  const request = await alice.nextRequest();
  const quote = await alice.quote(request, 20);
  withdrawing.abort();
  expect(await order.result()).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
  await untilWithdrawn(request);
  expect(await alice.payment(quote)).toBe('pending');
  expect(await order.purchases()).toMatchObject([{ state: 'cancelled', spentMsat: 0n }]);
});

test('an order goes on in another life, and its key names it there', async () => {
  const [alice] = (await openSellers()) as [ScriptedProvider, ScriptedProvider, ScriptedProvider];
  const told = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
  const first = stage.openCustomer(told);
  const wish = { ...WISH, targets: [alice.pubkey] };
  const placed = anOrder({
    wish,
    idempotencyKey: 'fox',
    redundancy: { ask: 1, agree: 1, compare: () => true },
  });
  const order = orThrow(await first.order(placed));
  const request = await requestFor(alice);
  await first.close();
  expect(await order.result()).toMatchObject({ ok: false, failure: { code: 'closed' } });

  const second = stage.openCustomer(told);
  const quote: ScriptedQuote = await alice.quote(request, 20);
  const [resumed] = await second.resumeOrders();
  expect(resumed?.orderId).toBe(order.orderId);
  const again = orThrow(await second.order(placed));
  expect(again.orderId).toBe(order.orderId);
  await alice.untilHeld(quote);
  await alice.deliver(request, 'a fox');
  await alice.settle(quote);
  expect(await again.result()).toMatchObject({ ok: true, value: { content: 'a fox' } });
  await vi.waitFor(async () => expect(await second.resumeOrders()).toEqual([]), { timeout: 20_000 });
  expect(orThrow(await second.order(placed)).orderId).toBe(order.orderId);
  expect(await second.order({ ...placed, maxTotalMsat: satsToMsat(1) })).toMatchObject({
    failure: { code: 'key-used', data: { orderId: order.orderId } },
  });
  expect(await second.buy({ ...wish, idempotencyKey: 'fox' })).toMatchObject({
    failure: { code: 'key-used', data: { orderId: order.orderId } },
  });
});

test.each<[string, Partial<OrderWish>]>([
  ['wish.kind', { wish: { ...WISH, kind: 1 } }],
  ['redundancy', { redundancy: { ask: 2, agree: 3 } }],
  ['wish.targets', { wish: { ...WISH, encrypted: true } }],
  ['wish.targets', { wish: { ...WISH, targets: ['ab'.repeat(32)] }, redundancy: { ask: 2, agree: 2 } }],
  ['idempotencyKey', { redundancy: { ask: 2, agree: 2, compare: () => true } }],
  ['hedge', { hedge: { after: 0 } }],
  ['rescues', { rescues: 11 }],
  ['deadlineSeconds', { deadlineSeconds: 0 }],
])('an order with a wrong %s is refused: %o', async (field, told) => {
  expect(await stage.openCustomer().order(anOrder(told))).toMatchObject({
    failure: { code: 'invalid-order', data: { field } },
  });
});
