import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createNwcConnection, memoryNwcConnections, serveNwc } from '../../src/money/index.ts';
import { failure, msat, orThrow, success } from '../../src/protocol/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openHandDrivenClient } from '../fixtures/hand-driven-client.ts';
import {
  ask,
  budget,
  errorCodeOf,
  newSecret,
  openHandedOutStage,
  PATIENCE,
  resultOf,
  used,
  type HandedOutStage,
} from '../fixtures/handed-out-stage.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';
import { openRelayStage } from '../fixtures/relay-stage.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';

let stage: HandedOutStage;
beforeAll(async () => {
  stage = await openHandedOutStage();
});
afterEach(() => stage.reset());
afterAll(() => stage.close());

describe('a budget', () => {
  test('is told, spent with its fees, and then refuses', async () => {
    await stage.start();
    const client = await stage.handOut(budget(100n));
    expect(await ask(client, 'get_budget')).toMatchObject({
      result: { used_budget: 0, total_budget: 100_000, renewal_period: 'never' },
    });
    const paid = await ask(client, 'pay_invoice', { invoice: await stage.invoice(60n) });
    const cost = 60_000 + Number(resultOf(paid)['fees_paid']);
    expect(await used(client)).toBe(cost);
    expect(await ask(client, 'get_balance')).toMatchObject({ result: { balance: 100_000 - cost } });
    const refused = await ask(client, 'pay_invoice', { invoice: await stage.invoice(40n) });
    expect(errorCodeOf(refused)).toBe('QUOTA_EXCEEDED');
    expect(await used(client)).toBe(cost);
    expect(await ask(client, 'pay_invoice', { invoice: await stage.invoice(20n) })).toMatchObject({
      error: null,
    });
  });

  test('is not overspent by payments of the same moment', async () => {
    await stage.start();
    const client = await stage.handOut(budget(100n));
    const holds = await Promise.all(Array.from({ length: 8 }, () => stage.holdInvoice(20n)));
    const requests = await Promise.all(
      holds.map((held) => client.send('pay_invoice', { invoice: held.invoice })),
    );
    const answers = () => requests.flatMap((request) => client.answersTo(request));
    await expect.poll(answers, PATIENCE).toHaveLength(4);
    expect(answers().map(errorCodeOf)).toEqual(Array(4).fill('QUOTA_EXCEEDED'));
    expect(await used(client)).toBe(100_000);
    for (const { paymentHash } of holds)
      await stage.market.bankWallet('provider').cancelHold({ paymentHash });
    await expect.poll(() => used(client), PATIENCE).toBe(0);
  });

  test('starts anew the next day', async () => {
    await stage.start();
    const client = await stage.handOut(budget(30n, 'daily'));
    const { renews_at } = resultOf(await ask(client, 'get_budget'));
    expect(await ask(client, 'pay_invoice', { invoice: await stage.invoice(20n) })).toMatchObject({
      error: null,
    });
    expect(errorCodeOf(await ask(client, 'pay_invoice', { invoice: await stage.invoice(20n) }))).toBe(
      'QUOTA_EXCEEDED',
    );
    const tomorrow = Number(renews_at) - unixNow();
    expect(tomorrow).toBeGreaterThan(0);
    expect(await stage.connections.payments.spentSince(client.grant.clientPubkey, Number(renews_at))).toBe(
      0n,
    );
  });

  test('is given back when the payment fails, and can be spent again', async () => {
    await stage.start();
    const client = await stage.handOut(budget(50n));
    const held = await stage.holdInvoice(40n);
    const request = await client.send('pay_invoice', { invoice: held.invoice });
    await stage.untilHeld(held.paymentHash);
    expect(await used(client)).toBe(45_000);
    await stage.market.bankWallet('provider').cancelHold(held);
    await expect.poll(() => client.answersTo(request).map(errorCodeOf), PATIENCE).toEqual(['PAYMENT_FAILED']);
    expect(await used(client)).toBe(0);
    expect(await ask(client, 'pay_invoice', { invoice: await stage.invoice(40n) })).toMatchObject({
      error: null,
    });
  });

  test('stays reserved when the wallet says failed but has locked the money', async () => {
    const real = stage.market.bankWallet('customer');
    const liar = faultyWallet(real, {
      pay: async (payment) => {
        void real.pay(payment);
        const { paymentHash } = held;
        await stage.untilHeld(paymentHash);
        return failure('payment-failed', 'It says it failed.');
      },
    });
    await stage.start(liar);
    const client = await stage.handOut(budget(50n));
    const held = await stage.holdInvoice(40n);
    const request = await client.send('pay_invoice', { invoice: held.invoice });
    await stage.untilHeld(held.paymentHash);
    expect(errorCodeOf(await ask(client, 'pay_invoice', { invoice: await stage.invoice(20n) }))).toBe(
      'QUOTA_EXCEEDED',
    );
    expect(client.answersTo(request)).toEqual([]);
    await stage.market.bankWallet('provider').settleHold(held);
    await expect.poll(async () => Number(await used(client)), PATIENCE).toBeLessThan(45_000);
    expect(await ask(client, 'lookup_invoice', { payment_hash: held.paymentHash })).toMatchObject({
      result: { type: 'outgoing', state: 'settled', preimage: held.preimage },
    });
  });

  test('stays reserved while the wallet answers late or not at all, until it says how it ended', async () => {
    const real = stage.market.bankWallet('customer');
    let away = true;
    const gone = failure('wallet-unreachable', 'It is away.');
    const wallet = faultyWallet(real, {
      pay: async (payment) => {
        void real.pay(payment);
        return failure('wallet-timeout', 'No answer came.');
      },
      lookup: async (payment) =>
        away && payment.paymentHash === held.paymentHash ? gone : real.lookup(payment),
      subscribe: () => undefined,
    });
    const held = await stage.holdInvoice(40n);
    const failing = await stage.holdInvoice(2n);
    await stage.start(wallet);
    const client = await stage.handOut(budget(60n));
    // Before it is paid, the wallet is asked whether it knows the invoice: then it must be there.
    away = false;
    await client.send('pay_invoice', { invoice: held.invoice });
    await stage.untilHeld(held.paymentHash);
    away = true;
    await client.send('pay_invoice', { invoice: failing.invoice });
    await stage.untilHeld(failing.paymentHash);
    await ask(client, 'lookup_invoice', { payment_hash: held.paymentHash });
    expect(await used(client)).toBe(52_000);
    await stage.market.bankWallet('provider').settleHold(held);
    await stage.market.bankWallet('provider').cancelHold(failing);
    const stateOf = async ({ paymentHash }: { paymentHash: string }) =>
      resultOf(await ask(client, 'lookup_invoice', { payment_hash: paymentHash }))['state'];
    await expect.poll(() => stateOf(failing), PATIENCE).toBe('failed');
    expect(await stateOf(held)).toBe('pending');
    expect(await used(client)).toBe(45_000);
    away = false;
    await expect.poll(() => stateOf(held), PATIENCE).toBe('settled');
    expect(await used(client)).toBeLessThan(45_000);
  });

  test('is not spent by an invoice that the wallet paid otherwise, nor is its preimage told', async () => {
    await stage.start();
    const client = await stage.handOut(budget(100n));
    const bolt11 = await stage.invoice(5n);
    const fees = { feeLimitMsat: msat(5_000n) };
    orThrow(await stage.market.bankWallet('customer').pay({ bolt11, ...fees }));
    expect(await ask(client, 'pay_invoice', { invoice: bolt11 })).toMatchObject({
      result: null,
      error: { code: 'PAYMENT_FAILED' },
    });
    expect(await used(client)).toBe(0);
  });
});

describe('a request to pay', () => {
  test('is carried out once, though it comes twice and by two relays', async () => {
    const secondRelay = await openRelayStage();
    const relayUrls = [stage.market.relay.url, secondRelay.relay.url];
    await stage.start(stage.market.bankWallet('customer'), relayUrls);
    const client = await stage.handOut(budget(100n), relayUrls);
    const request = await client.send('pay_invoice', { invoice: await stage.invoice(10n) });
    await secondRelay.openPool().publish(request, [secondRelay.relay.url]);
    await client.publish(request);
    await expect.poll(() => client.answersTo(request).length, PATIENCE).toBe(1);
    const cost = await used(client);
    expect(cost).toBeLessThan(16_000);
    await client.publish(request);
    expect(await used(client)).toBe(cost);
    expect(client.answersTo(request)).toHaveLength(1);
    await stage.reset();
    await secondRelay.close();
  });

  test('that failed is not tried again by whoever sends it once more after a restart', async () => {
    const wallet = faultyWallet(stage.market.bankWallet('customer'), {});
    await stage.start(wallet);
    const client = await stage.handOut(budget(100n));
    const held = await stage.holdInvoice(10n);
    const request = await client.send('pay_invoice', { invoice: held.invoice });
    await stage.untilHeld(held.paymentHash);
    await stage.market.bankWallet('provider').cancelHold(held);
    await expect.poll(() => client.answersTo(request).length, PATIENCE).toBe(1);
    await stage.start(wallet);
    await client.publish(request);
    expect(await ask(client, 'get_balance')).toMatchObject({ error: null });
    expect(wallet.payCalls).toHaveLength(1);
    expect(client.answersTo(request)).toHaveLength(1);
  });
});

test('a payment that the wallet never saw is given back long after its invoice expired', async () => {
  const expired = sampleInvoice({
    createdAt: unixNow() - 5_000,
    expirySeconds: 60,
    paymentHash: newSecret().paymentHash,
  });
  const fresh = sampleInvoice({
    createdAt: unixNow(),
    expirySeconds: 60,
    paymentHash: newSecret().paymentHash,
  });
  const deaf = faultyWallet(stage.market.bankWallet('customer'), {
    pay: async () => failure('wallet-timeout', 'No answer came.'),
    lookup: async () => success(null),
  });
  await stage.start(deaf);
  const client = await stage.handOut(budget(100n));
  await client.send('pay_invoice', { invoice: expired });
  await client.send('pay_invoice', { invoice: fresh });
  await expect.poll(() => used(client), PATIENCE).toBe(52_000);
  await stage.start(deaf); // which follows what was left open
  await expect.poll(() => used(client), PATIENCE).toBe(26_000);
});

test('a service whose storage breaks says so, answers nothing false, and goes on', async () => {
  const troubles: unknown[] = [];
  const broken = memoryNwcConnections();
  const refuse = () => Promise.reject(new Error('The disk is full.'));
  const relayUrls = [stage.market.relay.url];
  const { uri, ...keys } = createNwcConnection({ relayUrls });
  orThrow(
    await broken.add({
      ...keys,
      name: 'agent',
      scope: 'own-payments',
      createdAt: unixNow(),
      ...budget(100n),
    }),
  );
  const end = new AbortController();
  const service = await serveNwc({
    wallet: stage.market.bankWallet('customer'),
    relays: stage.market.openPool(),
    relayUrls,
    connections: { ...broken, payments: { ...broken.payments, reserve: refuse } },
    now: unixNow,
    onTrouble: (error) => troubles.push(error),
  });
  const client = await openHandDrivenClient({ uri, pool: stage.market.openPool(), signal: end.signal });
  const request = await client.send('pay_invoice', { invoice: await stage.invoice(1n) });
  await expect.poll(() => troubles, PATIENCE).toEqual([new Error('The disk is full.')]);
  expect(await ask(client, 'get_balance')).toMatchObject({ error: null });
  expect(client.answersTo(request)).toEqual([]);
  end.abort();
  await service.close();
});
