import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type BuyingPolicy,
  type Customer,
  type PurchaseHandle,
  type Wish,
} from '../../src/customer/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { failure, msat, orThrow, satsToMsat, type NostrEvent } from '../../src/protocol/index.ts';
import { faultyWallet } from './faulty-wallet.ts';
import { SALES } from './sales-by-mode.ts';
import { buy, openBuyingStage, untilState, WISH, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const ASK: Partial<Wish> = { approval: 'ask' };
const MOST = satsToMsat(50);

/** Waits until the comparison has that many offers to take, and nothing more to wait for. */
async function untilOffered(purchase: Pick<PurchaseHandle, 'comparison'>, offers: number): Promise<void> {
  await vi.waitFor(
    () => {
      const { collecting, offers: eligible } = purchase.comparison();
      expect([collecting, eligible.length]).toEqual([false, offers]);
    },
    { timeout: 20_000 },
  );
}

async function askTwo(customer: Customer, told: Partial<Wish> = {}) {
  const [alice, bob] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
  const purchase = await buy(customer, { ...ASK, targets: [alice.pubkey, bob.pubkey], ...told });
  const request = await alice.nextRequest();
  return { alice, bob, purchase, request };
}

describe('a purchase that asks for approval', () => {
  test('shows what each offer costs, risks and takes, and pays the one that is approved', async () => {
    const customer = stage.openCustomer();
    const { alice, bob, purchase, request } = await askTwo(customer);
    const dear = await alice.quote(request, 30);
    const cheap = await bob.quote(request, 20, { worstSeconds: 20 });
    await untilOffered(purchase, 2);
    const comparison = purchase.comparison();
    expect(comparison).toMatchObject({
      requestId: request.id,
      state: 'requested',
      offers: [
        { id: cheap.event.id, amountMsat: 20_000n, worstSeconds: 20, exposure: { exposure: 'guarded' } },
        { id: dear.event.id, amountMsat: 30_000n, record: null },
      ],
      refused: [],
      choice: { offerId: cheap.event.id },
    });
    expect(comparison.choice?.why.length).toBeGreaterThan(0);
    for (const { amountMsat, feeLimitMsat, totalMsat, exposure } of comparison.offers) {
      expect(totalMsat).toBe(amountMsat + feeLimitMsat);
      expect(exposure.customerTrusts).toContain('trusted');
    }

    const approved = await customer.approve(request.id, { offerId: dear.event.id, maxAmountMsat: MOST });
    expect(approved).toMatchObject({ ok: true, value: { approved: { offerId: dear.event.id } } });
    await alice.deliverPaid(request, dear);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { amountMsat: 30_000n } });
    expect(await bob.payment(cheap)).toBe('pending');
    expect((await customer.comparison(request.id))?.choice).toMatchObject({ offerId: dear.event.id });
  });

  test('says why the wallet refused, and pays the same offer once it is approved again', async () => {
    const real = stage.wallet();
    let refusals = 2;
    const wallet = faultyWallet(real, {
      pay: (payment) =>
        refusals-- > 0
          ? Promise.resolve(failure('insufficient-balance', 'holds too little'))
          : real.pay(payment),
    });
    const ledger = stage.openLedger();
    const customer = stage.openCustomer({ wallet, ledger });
    const alice = await stage.openProvider('alice');
    const purchase = await buy(customer, { ...ASK, targets: [alice.pubkey] });
    const request = await alice.nextRequest();
    const quote = await alice.quote(request, 20);
    await untilOffered(purchase, 1);
    const approval = { offerId: quote.event.id, maxAmountMsat: MOST };
    for (const calls of [1, 2]) {
      orThrow(await customer.approve(request.id, approval));
      await vi.waitFor(async () => {
        expect(await customer.get(request.id)).toMatchObject({
          state: 'requested',
          failure: { code: 'wallet-refused', data: { reason: 'insufficient-balance' } },
        });
        expect(await ledger.purchases.payments(request.id)).toMatchObject([{ state: 'failed', calls }]);
      }, 20_000);
      expect(purchase.comparison()).toMatchObject({ offers: [{ id: quote.event.id }], refused: [] });
    }
    expect(await customer.approve(request.id, approval)).toMatchObject({
      ok: true,
      value: { failure: null },
    });
    await alice.deliverPaid(request, quote);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { amountMsat: 20_000n } });
    expect(await ledger.purchases.payments(request.id)).toMatchObject([{ state: 'settled', calls: 3 }]);
    expect(wallet.payCalls).toEqual([quote.bolt11, quote.bolt11, quote.bolt11]);
  });

  test('takes nothing by itself, not even a gift, and says so at its deadline', async () => {
    const customer = stage.openCustomer();
    const { alice, purchase, request } = await askTwo(customer, { policy: { offerWaitMs: 600_000 } });
    const gift = await alice.deliver(request, 'for nothing');
    await vi.waitFor(() => expect(purchase.comparison().offers).toHaveLength(1), { timeout: 20_000 });
    expect(purchase.comparison()).toMatchObject({ state: 'requested', collecting: true });
    const taken = await customer.approve(request.id, { offerId: gift.id, maxAmountMsat: msat(0n) });
    expect(taken.ok).toBe(true);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'for nothing' } });

    const late = await askTwo(customer);
    await late.alice.deliver(late.request, 'for nothing');
    await vi.waitFor(() => expect(late.purchase.comparison().offers).toHaveLength(1), { timeout: 20_000 });
    stage.clock.aheadSeconds += 61;
    await late.bob.say(late.request, { status: 'error', error: { code: 'overloaded', detail: '' } });
    expect(await late.purchase.result()).toMatchObject({ ok: false, failure: { code: 'not-approved' } });
  });

  test('refuses what was not offered, costs more than approved, or fails a check', async () => {
    const customer = stage.openCustomer();
    const { alice, bob, purchase, request } = await askTwo(customer);
    const dear = await alice.quote(request, 30);
    const tooDear = await bob.quote(request, 1000);
    await vi.waitFor(() => expect(purchase.comparison().refused).toHaveLength(1), { timeout: 20_000 });
    const approve = async (offerId: string, sats: number) => {
      const approved = await customer.approve(request.id, { offerId, maxAmountMsat: satsToMsat(sats) });
      return approved.ok ? approved.value.state : [approved.failure.code, approved.failure.data];
    };
    expect(await approve('00'.repeat(32), 1)).toEqual(['offer-unknown', undefined]);
    expect(await approve(dear.event.id, 29)).toEqual(['above-max', { amountMsat: '30000' }]);
    expect(await approve(tooDear.event.id, 1000)).toEqual(['offer-not-takeable', { reason: 'above-max' }]);
    expect(
      await customer.approve('11'.repeat(32), { offerId: dear.event.id, maxAmountMsat: MOST }),
    ).toMatchObject({ failure: { code: 'not-found' } });
    const automatic = await buy(stage.openCustomer(), { policy: { offerWaitMs: 60_000 } });
    expect(await customer.approve(automatic.requestId, { offerId: '00', maxAmountMsat: MOST })).toMatchObject(
      {
        failure: { code: 'not-found' },
      },
    );
    expect(await alice.payment(dear)).toBe('pending');
  });

  test.each([
    ['a key of its own', 'first'],
    ['the key of the wish', 'wish'],
  ])('waits for another approval when the offer approved by %s comes to nothing', async (_of, key) => {
    const customer = stage.openCustomer();
    const { alice, bob, purchase, request } = await askTwo(customer, { idempotencyKey: 'wish' });
    const promise = await alice.promise(request, 20, 'postpay');
    const quote = await bob.quote(request, 30);
    await untilOffered(purchase, 2);
    orThrow(
      await customer.approve(request.id, {
        offerId: promise.id,
        maxAmountMsat: MOST,
        idempotencyKey: key,
      }),
    );
    await untilState(customer, request.id, 'offered');
    const second = { offerId: quote.event.id, maxAmountMsat: MOST };
    expect(await customer.approve(request.id, second)).toMatchObject({
      failure: { code: 'not-waiting', data: { state: 'offered', offerId: promise.id } },
    });
    await alice.say(request, { status: 'error', error: { code: 'overloaded', detail: '' } });
    expect(await untilState(customer, request.id, 'requested')).toMatchObject({
      offer: null,
      approved: null,
    });
    expect(purchase.comparison().offers.map(({ id }) => id)).toEqual([quote.event.id]);
    expect(await customer.approve(request.id, { ...second, idempotencyKey: key })).toMatchObject({
      failure: { code: 'key-used', data: { requestId: request.id } },
    });
    orThrow(await customer.approve(request.id, second));
    await bob.deliverPaid(request, quote);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { providerPubkey: bob.pubkey } });
  });
});

describe('a key', () => {
  test('names one approval, however often and whenever it is repeated', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const ledger = stage.openLedger();
    const customer = stage.openCustomer({ signer, ledger });
    const { alice, bob, purchase, request } = await askTwo(customer);
    const offers = [await alice.quote(request, 20), await bob.quote(request, 30)] as const;
    await untilOffered(purchase, 2);
    const approve = (by: Customer, offer: NostrEvent, idempotencyKey?: string) =>
      by.approve(request.id, {
        offerId: offer.id,
        maxAmountMsat: MOST,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
    const other = stage.openCustomer({ signer, ledger });
    const racing = await Promise.all([
      approve(customer, offers[0].event, 'k'),
      approve(other, offers[0].event, 'k'),
      approve(customer, offers[1].event, 'k'),
      approve(other, offers[1].event, 'k'),
    ]);
    const won = racing.filter(({ ok }) => ok);
    expect(won).toHaveLength(2); // the two that name the same offer
    const [taken, left] = racing[0]?.ok ? offers : [offers[1], offers[0]];
    await (taken === offers[0] ? alice : bob).deliverPaid(request, taken);
    expect((await purchase.result()).ok).toBe(true);
    await customer.close();
    await other.close();

    const again = stage.openCustomer({ signer, ledger });
    expect(await approve(again, taken.event, 'k')).toMatchObject({
      ok: true,
      value: { requestId: request.id },
    });
    expect(await approve(again, left.event)).toMatchObject({ failure: { code: 'not-waiting' } });
    expect(await again.byIdempotencyKey('k')).toMatchObject({ requestId: request.id });
    expect(await ledger.purchases.payments(request.id)).toMatchObject([{ state: 'settled' }]);
    const next = await askTwo(again);
    const quote = await next.alice.quote(next.request, 20);
    await vi.waitFor(() => expect(next.purchase.comparison().offers).toHaveLength(1), { timeout: 20_000 });
    expect(
      await again.approve(next.request.id, {
        offerId: quote.event.id,
        maxAmountMsat: MOST,
        idempotencyKey: 'k',
      }),
    ).toMatchObject({ failure: { code: 'key-used', data: { requestId: request.id } } });
  });

  test('names one purchase, in this life and the next', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const ledger: Ledger = stage.openLedger();
    const customer = stage.openCustomer({ signer, ledger });
    const wish = { ...WISH, targets: ['ab'.repeat(32)], idempotencyKey: 'fox' };
    const handles = await Promise.all([1, 2, 3].map(async () => orThrow(await customer.buy(wish))));
    expect(new Set(handles.map(({ requestId }) => requestId)).size).toBe(1);
    await customer.close();
    const again = stage.openCustomer({ signer, ledger });
    const [first] = handles;
    expect(orThrow(await again.buy({ ...wish, policy: { offerWaitMs: 1 } })).requestId).toBe(
      first?.requestId,
    );
    expect(await again.buy({ ...wish, inputs: ['another fox'] })).toMatchObject({
      failure: { code: 'key-used', data: { requestId: first?.requestId } },
    });
    expect(await again.buy({ ...wish, idempotencyKey: '' })).toMatchObject({
      failure: { code: 'invalid-wish' },
    });
    expect(await again.list({ limit: 10 })).toHaveLength(1);
    expect(await again.byIdempotencyKey('hen')).toBeNull();
  });
});

test('a program with a small cap leaves what passes it to another, and follows one purchase alone', async () => {
  const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
  const rich = stage.openCustomer({
    ...own,
    checkpoint: (name) => {
      if (name === 'customer:before-reserve') throw new Error('not yet');
    },
  });
  const { alice, purchase, request } = await askTwo(rich);
  const quote = await alice.quote(request, 20);
  await vi.waitFor(() => expect(purchase.comparison().offers).toHaveLength(1), { timeout: 20_000 });
  orThrow(await rich.approve(request.id, { offerId: quote.event.id, maxAmountMsat: MOST }));
  const approved = await untilState(rich, request.id, 'approved');
  const other = await buy(rich, { policy: { offerWaitMs: 600_000 } });
  await rich.close();

  const poor = stage.openCustomer({ ...own, caps: { perJobMsat: satsToMsat(1) } });
  const followed = await poor.follow(request.id);
  for await (const { type } of followed?.events() ?? []) if (type === 'offer') break;
  expect(await poor.follow('11'.repeat(32))).toBeNull();
  await poor.close();
  expect(await own.ledger.purchases.get(request.id)).toEqual(approved);
  expect(await own.ledger.purchases.get(other.requestId)).toMatchObject({ state: 'requested', version: 1 });

  const again = await stage.openCustomer(own).follow(request.id);
  await alice.deliverPaid(request, quote);
  expect(await again?.result()).toMatchObject({ ok: true, value: { amountMsat: 20_000n } });
});

test('who buys by the key of a purchase that was resumed decides by the own policy', async () => {
  const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
  const first = stage.openCustomer(own);
  const wish = { ...WISH, idempotencyKey: 'fox', policy: { offerWaitMs: 600_000 } };
  await buy(first, wish);
  await first.close();
  const seller = await stage.openProvider('alice');
  const again = stage.openCustomer({ ...own, policy: { offerWaitMs: 0, choose: () => null } });
  const [resumed] = await again.resume();
  const purchase = await buy(again, {
    ...wish,
    policy: { choose: (offers) => ({ offerId: offers[0]?.id ?? '', why: [] }) },
  });
  expect(resumed?.requestId).toBe(purchase.requestId);
  const { request } = await untilState(again, purchase.requestId, 'requested');
  await seller.deliver(request, 'for nothing');
  expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'for nothing' } });
});

test('a comparison of a purchase that nobody follows moves nothing', async () => {
  const signer = secretKeySigner(generateSecretKey());
  const ledger = stage.openLedger();
  const customer = stage.openCustomer({ signer, ledger });
  const seller = await stage.openProvider('alice');
  await buy(customer, { policy: { offerWaitMs: 60_000 } });
  const request = await seller.nextRequest();
  await customer.close();
  const quote = await seller.quote(request, 21);
  const reader = stage.openCustomer({ signer, ledger });
  await vi.waitFor(
    async () => expect((await reader.comparison(request.id))?.offers).toMatchObject([{ id: quote.event.id }]),
    { timeout: 20_000 },
  );
  expect(await reader.get(request.id)).toMatchObject({ state: 'requested', version: 1 });
  expect(await reader.comparison('11'.repeat(32))).toBeNull();
});

test('why an offer was taken is known after a restart, also when its invoice took the place of a promise', async () => {
  const [signer, ledger] = [secretKeySigner(generateSecretKey()), stage.openLedger()];
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer({ signer, ledger });
  const choose: BuyingPolicy['choose'] = ([first]) =>
    first === undefined ? null : { offerId: first.id, why: ['the only one', 'naïve ☕'] };
  const purchase = await buy(customer, { policy: { choose }, exchanges: ['postpay'] });
  const request = await seller.nextRequest();
  await SALES.postpay(seller, request);
  expect((await purchase.result()).ok).toBe(true);
  await customer.close();
  const next = await stage.openCustomer({ signer, ledger }).comparison(request.id);
  expect(next?.choice?.why).toEqual(['the only one', 'naïve ☕']);
});

test('all sellers that are known have answered: nobody waits any longer', async () => {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer({ knownSellers: () => [seller.pubkey] });
  const purchase = await buy(customer, { policy: { offerWaitMs: 600_000 } });
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  await seller.deliverPaid(request, quote);
  expect((await purchase.result()).ok).toBe(true);
});
