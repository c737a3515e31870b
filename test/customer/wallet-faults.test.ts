import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { failure, orThrow, success, msat } from '../../src/protocol/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { faultyWallet } from './faulty-wallet.ts';
import { buy, openBuyingStage, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const TIMED_OUT = failure('wallet-timeout', 'no answer in time');
const UNREACHABLE = failure('wallet-unreachable', 'no way to the wallet');

/** Buys with this wallet from a provider that delivers as soon as the money is held. */
async function buyFromHonest(wallet: Wallet) {
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer({ wallet });
  const purchase = await buy(customer);
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  await seller.untilHeld(quote);
  await seller.deliver(request, 'done');
  await seller.settle(quote);
  return { purchase, quote, customer };
}

test('a call that times out although the payment is on its way is followed, not repeated', async () => {
  const real = stage.wallet();
  const wallet = faultyWallet(real, {
    pay: (payment) => {
      void real.pay(payment);
      return Promise.resolve(TIMED_OUT);
    },
  });
  const { purchase, quote } = await buyFromHonest(wallet);
  expect(await purchase.result()).toMatchObject({
    ok: true,
    value: { settlement: 'settled', preimage: quote.preimage },
  });
  expect(wallet.payCalls).toEqual([quote.bolt11]);
});

test('a call that never answers is followed by looking', async () => {
  const real = stage.wallet();
  const wallet = faultyWallet(real, {
    pay: (payment) => {
      void real.pay(payment);
      return new Promise(() => undefined);
    },
  });
  const { purchase, quote } = await buyFromHonest(wallet);
  expect(await purchase.result()).toMatchObject({ ok: true, value: { settlement: 'settled' } });
  expect(wallet.payCalls).toEqual([quote.bolt11]);
});

test('a wallet that says failed and has the payment under way is not believed', async () => {
  const real = stage.wallet();
  const wallet = faultyWallet(real, {
    pay: (payment) => {
      void real.pay(payment);
      return vi.waitFor(
        async () => {
          const [latest] = orThrow(await real.list({ direction: 'outgoing', limit: 1 }));
          if (latest?.bolt11 !== payment.bolt11) throw new Error('The payment has not begun.');
          return failure('payment-failed', 'no route');
        },
        { timeout: 20_000 },
      );
    },
  });
  const { purchase, quote } = await buyFromHonest(wallet);
  expect(await purchase.result()).toMatchObject({ ok: true, value: { settlement: 'settled' } });
  expect(wallet.payCalls).toEqual([quote.bolt11]);
});

test('a call that never reached the wallet is made again once the wallet says that it never saw it', async () => {
  const real = stage.wallet();
  let calls = 0;
  const wallet = faultyWallet(real, {
    pay: (payment, call) => (++calls === 1 ? Promise.resolve(UNREACHABLE) : real.pay(payment, call)),
  });
  const { purchase, quote } = await buyFromHonest(wallet);
  expect(await purchase.result()).toMatchObject({ ok: true, value: { settlement: 'settled' } });
  expect(wallet.payCalls).toEqual([quote.bolt11, quote.bolt11]);
});

test('a wallet without notifications and with a false preimage: only the true one counts', async () => {
  const real = stage.wallet();
  const wallet = faultyWallet(real, {
    pay: async (payment) => {
      await real.pay(payment);
      return success({ preimage: '00'.repeat(32), feePaidMsat: msat(0n) });
    },
    subscribe: () => undefined,
  });
  const { purchase, quote } = await buyFromHonest(wallet);
  expect(await purchase.result()).toMatchObject({ ok: true, value: { preimage: quote.preimage } });
});

test('a refused payment frees its reservation, and the next offer is paid', async () => {
  const [first, second] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
  const real = stage.wallet();
  let refused: string | null = null;
  const wallet = faultyWallet(real, {
    pay: (payment, call) => {
      refused ??= payment.bolt11;
      if (payment.bolt11 === refused) return Promise.resolve(failure('insufficient-balance', 'too poor'));
      return real.pay(payment, call);
    },
  });
  const ledger = stage.openLedger();
  const customer = stage.openCustomer({ wallet, ledger });
  const purchase = await buy(customer, { targets: [first.pubkey, second.pubkey] });
  const request = await first.nextRequest();
  const unpaid = await first.quote(request, 10);
  const quote = await second.quote(request, 20);
  await second.untilHeld(quote);
  expect(await ledger.purchases.payment(unpaid.paymentHash)).toMatchObject({ state: 'failed' });
  await second.deliver(request, 'second choice');
  await second.settle(quote);
  expect(await purchase.result()).toMatchObject({ ok: true, value: { amountMsat: 20_000n } });
  const { feePaidMsat } = orThrow(await purchase.result());
  expect((await ledger.spending.spent(customer.pubkey)).todayMsat).toBe(20_000n + feePaidMsat);
});

test('when every payment is refused the purchase ends and nothing was spent', async () => {
  const seller = await stage.openProvider('alice');
  const wallet = faultyWallet(stage.wallet(), {
    pay: () => Promise.resolve(failure('insufficient-balance', 'too poor')),
  });
  const ledger = stage.openLedger();
  const customer = stage.openCustomer({ wallet, ledger });
  const purchase = await buy(customer, { targets: [seller.pubkey] });
  await seller.quote(await seller.nextRequest(), 10);
  expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'offers-failed' } });
  expect((await ledger.spending.spent(customer.pubkey)).todayMsat).toBe(0n);
});

test('a wallet that falls silent makes the purchase unreconciled, and reconciles it when it is back', async () => {
  const seller = await stage.openProvider('alice');
  const real = stage.wallet();
  let silent = true;
  const wallet = faultyWallet(real, {
    pay: (payment) => {
      void real.pay(payment);
      return Promise.resolve(TIMED_OUT);
    },
    lookup: (payment, call) => (silent ? Promise.resolve(UNREACHABLE) : real.lookup(payment, call)),
    subscribe: () => undefined,
  });
  const own = { ledger: stage.openLedger(), signer: secretKeySigner(generateSecretKey()) };
  const customer = stage.openCustomer({ ...own, wallet });
  const purchase = await buy(customer);
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  await seller.untilHeld(quote);
  stage.clock.aheadSeconds = 3600;
  await seller.say(request, { status: 'processing', info: 'an event makes it look' });
  expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'unreconciled' } });
  expect((await own.ledger.spending.spent(customer.pubkey)).todayMsat).toBe(26_000n); // still reserved
  await customer.close();

  silent = false;
  await seller.settle(quote);
  await seller.deliver(request, 'it was you who slept');
  const back = stage.openCustomer({ ...own, wallet });
  await back.resume();
  await vi.waitFor(
    async () =>
      expect(await back.get(request.id)).toMatchObject({
        state: 'received',
        preimage: quote.preimage,
        result: { content: 'it was you who slept' },
      }),
    { timeout: 20_000 },
  );
});

test('of two programs that follow one purchase, a refusal of the one is not the end while the other has called', async () => {
  const [alice, bob] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
  const real = stage.wallet();
  const own = { ledger: stage.openLedger(), signer: secretKeySigner(generateSecretKey()) };
  const refusal = Promise.withResolvers<undefined>();
  let looks = 0;
  const refusing = faultyWallet(real, {
    pay: async () => {
      await refusal.promise;
      return failure('insufficient-balance', 'too poor');
    },
    lookup: (payment, call) => {
      looks += 1;
      return real.lookup(payment, call);
    },
  });
  const first = stage.openCustomer({ ...own, wallet: refusing });
  const purchase = await buy(first, { targets: [alice.pubkey, bob.pubkey] });
  const request = await alice.nextRequest();
  const [cheap, dear] = [await alice.quote(request, 10), await bob.quote(request, 20)];
  await vi.waitFor(() => expect(refusing.payCalls).toEqual([cheap.bolt11]), { timeout: 20_000 });

  const sending = Promise.withResolvers<undefined>();
  const slow = faultyWallet(real, {
    pay: async (payment, call) => {
      await sending.promise;
      return real.pay(payment, call);
    },
  });
  const second = stage.openCustomer({ ...own, wallet: slow });
  await second.resume();
  await vi.waitFor(() => expect(slow.payCalls).toEqual([cheap.bolt11]), { timeout: 20_000 });
  expect(await own.ledger.purchases.payment(cheap.paymentHash)).toMatchObject({
    state: 'reserved',
    calls: 2,
  });
  const looksBefore = looks;
  refusal.resolve(undefined);
  await vi.waitFor(() => expect(looks).toBeGreaterThan(looksBefore + 1), { timeout: 20_000 });
  sending.resolve(undefined);
  await alice.untilHeld(cheap);
  await alice.deliver(request, 'paid once');
  await alice.settle(cheap);
  expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'paid once' } });
  expect(refusing.payCalls).toEqual([cheap.bolt11]);
  expect(await bob.payment(dear)).toBe('pending');
});

test('a proof that comes after its payment was given up is kept, and somebody is told', async () => {
  const seller = await stage.openProvider('alice');
  let notify: Parameters<Wallet['subscribe']>[0] = () => undefined;
  const wallet = faultyWallet(stage.wallet(), {
    pay: () => Promise.resolve(failure('insufficient-balance', 'too poor')),
    subscribe: (onPayment) => void (notify = onPayment),
  });
  const ledger = stage.openLedger();
  const troubles: string[] = [];
  const customer = stage.openCustomer({ wallet, ledger, onTrouble: ({ code }) => troubles.push(code) });
  const purchase = await buy(customer, { targets: [seller.pubkey] });
  const quote = await seller.quote(await seller.nextRequest(), 10);
  expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'offers-failed' } });
  const paid = {
    direction: 'outgoing',
    state: 'settled',
    paymentHash: quote.paymentHash,
    bolt11: quote.bolt11,
    amountMsat: msat(10_000n),
    feePaidMsat: msat(3n),
    createdAt: 1,
    settledAt: 2,
    settleDeadlineHeight: null,
  } as const;
  for (const preimage of ['00'.repeat(32), quote.preimage, quote.preimage])
    notify({ type: 'sent', payment: { ...paid, preimage } });
  await vi.waitFor(() => expect(troubles).toContain('paid-after-all'), { timeout: 20_000 });
  await customer.close();
  expect(troubles.filter((code) => code === 'paid-after-all')).toHaveLength(1);
  expect(await ledger.purchases.payment(quote.paymentHash)).toMatchObject({
    state: 'failed',
    preimage: quote.preimage,
    feePaidMsat: 3n,
  });
});
