import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CUSTOMER_APPROVAL_CHECKPOINTS,
  CUSTOMER_ORDER_CHECKPOINTS,
  type Customer,
  type OrderWish,
} from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { feeLimitOf, type Wallet } from '../../src/money/index.ts';
import { msat, satsToMsat } from '../../src/protocol/index.ts';
import { Death } from '../fixtures/death.ts';
import { faultyWallet } from './faulty-wallet.ts';
import type { ScriptedProvider } from './scripted-provider.ts';
import { openBuyingStage, requestFor, SELLERS, WISH, type BuyingStage } from './stage.ts';

const PRICE = satsToMsat(20);
const COST_MSAT = PRICE + feeLimitOf(PRICE);
const WAIT = { timeout: 30_000 };

let stage: BuyingStage;
let death: Death;
beforeAll(async () => {
  stage = await openBuyingStage();
});
beforeEach(() => {
  death = new Death();
});
afterEach(async () => {
  death.bury();
  await stage.sweep();
});
afterAll(() => stage.close());

/** One customer in two lives: what they share, and how each begins. */
function twoLives(): {
  readonly ledger: Ledger;
  readonly wallet: ReturnType<typeof faultyWallet>;
  readonly doomed: (fatal: string) => Customer;
  readonly next: () => Customer;
} {
  const [ledger, wallet] = [stage.openLedger(), faultyWallet(stage.wallet(), {})];
  const signer = secretKeySigner(generateSecretKey());
  return {
    ledger,
    wallet,
    next: () => stage.openCustomer({ signer, ledger, wallet }),
    doomed: (fatal) =>
      stage.openCustomer({
        signer,
        ledger: death.mortal<Ledger>(ledger),
        wallet: death.mortal<Wallet>(wallet),
        checkpoint: death.at(fatal),
      }),
  };
}

async function sell(seller: ScriptedProvider): Promise<void> {
  const request = await requestFor(seller);
  const quote = await seller.quote(request, 20);
  await seller.untilHeld(quote);
  await seller.deliver(request, 'a fox');
  await seller.settle(quote);
}

const ORDER_POINTS = [
  ...CUSTOMER_ORDER_CHECKPOINTS,
  ...CUSTOMER_APPROVAL_CHECKPOINTS,
  'customer:before-reserve',
  'customer:after-reserve',
  'customer:wallet-called',
  'customer:after-received',
];

describe('an order for two results that agree', () => {
  test.each(ORDER_POINTS)(
    'dead at %s: the next life ends it, each provider is paid once, and no more than the cap',
    { timeout: 60_000 },
    async (fatal) => {
      const sellers = [await stage.openProvider('alice'), await stage.openProvider('bob')];
      const lives = twoLives();
      const order: OrderWish = {
        wish: { ...WISH, targets: sellers.map(({ pubkey }) => pubkey), maxAmountMsat: PRICE },
        redundancy: { ask: 2, agree: 2 },
        maxTotalMsat: msat(2n * COST_MSAT),
        idempotencyKey: 'fox',
        rescues: 0,
      };
      const doomed = lives.doomed(fatal);
      await doomed.order(order).catch(() => undefined);
      const sold = sellers.slice(0, fatal === 'order:before-open' ? 0 : 2).map((seller) => sell(seller));
      await vi.waitFor(() => expect(death.isDead).toBe(true), WAIT);
      const next = lives.next();
      await next.resume();
      const placed = await next.order(order);
      if (fatal === 'order:before-open') sold.push(...sellers.map((seller) => sell(seller)));
      await Promise.all(sold);
      if (!placed.ok) return expect.fail(placed.failure.message);
      expect(await placed.value.result()).toMatchObject({ ok: true, value: { content: 'a fox' } });

      const { orderId } = placed.value;
      const purchases = await vi.waitFor(async () => {
        const ended = await placed.value.purchases();
        expect(ended.map(({ state }) => state)).toEqual(['received', 'received']);
        expect(await lives.ledger.orders.get(orderId)).toMatchObject({ state: 'closed' });
        return ended;
      }, WAIT);
      expect(new Set(purchases.map(({ providerPubkey }) => providerPubkey)).size).toBe(2);
      const payments = await Promise.all(
        purchases.map(({ requestId }) => lives.ledger.purchases.payments(requestId)),
      );
      expect(payments.map((each) => each.filter(({ state }) => state !== 'failed').length)).toEqual([1, 1]);
      expect(new Set(lives.wallet.payCalls).size).toBe(2);
      expect(await lives.ledger.orders.listOpen(next.pubkey)).toEqual([]);
    },
  );
});

describe('an approval', () => {
  test.each([...CUSTOMER_APPROVAL_CHECKPOINTS, 'customer:before-reserve', 'customer:after-reserve'])(
    'dead at %s: the next life asks again with the same key, and pays once',
    { timeout: 60_000 },
    async (fatal) => {
      const seller = await stage.openProvider(SELLERS[0] ?? '');
      const lives = twoLives();
      const doomed = lives.doomed(fatal);
      const bought = await doomed.buy({ ...WISH, approval: 'ask' });
      if (!bought.ok) return expect.fail(bought.failure.message);
      const { requestId } = bought.value;
      const request = await seller.nextRequest();
      const quote = await seller.quote(request, 20);
      const approval = { offerId: quote.event.id, maxAmountMsat: PRICE, idempotencyKey: 'fox' };
      await vi.waitFor(() => expect(bought.value.comparison().offers).toHaveLength(1), WAIT);
      void doomed.approve(requestId, approval).catch(() => undefined);
      await vi.waitFor(() => expect(death.isDead).toBe(true), WAIT);

      const next = lives.next();
      await next.resume();
      expect(await next.approve(requestId, approval)).toMatchObject({ ok: true, value: { requestId } });
      await seller.untilHeld(quote);
      await seller.deliver(request, 'a fox');
      await seller.settle(quote);
      await vi.waitFor(
        async () => expect(await next.get(requestId)).toMatchObject({ state: 'received' }),
        WAIT,
      );
      expect(await lives.ledger.purchases.payments(requestId)).toHaveLength(1);
      expect(await next.byIdempotencyKey('fox')).toMatchObject({ requestId });
    },
  );

  test('that was not given before a death is not given by a restart', async () => {
    const seller = await stage.openProvider(SELLERS[0] ?? '');
    const lives = twoLives();
    const doomed = lives.doomed('never');
    const bought = await doomed.buy({ ...WISH, approval: 'ask' });
    if (!bought.ok) return expect.fail(bought.failure.message);
    const quote = await seller.quote(await seller.nextRequest(), 20);
    await doomed.close();
    const next = lives.next();
    const [resumed] = await next.resume();
    await vi.waitFor(
      () =>
        expect(resumed?.comparison()).toMatchObject({ collecting: false, offers: [{ id: quote.event.id }] }),
      WAIT,
    );
    expect(await next.get(bought.value.requestId)).toMatchObject({ state: 'requested', version: 1 });
    expect(lives.wallet.payCalls).toEqual([]);
  });
});
