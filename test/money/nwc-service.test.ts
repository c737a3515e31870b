import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { createNwcConnection, memoryNwcConnections, serveNwc } from '../../src/money/index.ts';
import { asJsonObject } from '../../src/money/nwc-protocol.ts';
import { findTag, msat } from '../../src/protocol/index.ts';
import { openHandDrivenClient, type HandDrivenClient } from '../fixtures/hand-driven-client.ts';
import { openNwcMarket, ownersGrant, type NwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';

const PATIENCE = { timeout: 10_000 };
let market: NwcMarket;
let customer: HandDrivenClient;
let provider: HandDrivenClient;
const end = new AbortController();

beforeAll(async () => {
  market = await openNwcMarket();
  customer = await connect(await market.serve('customer'));
  provider = await connect(await market.serve('provider'));
});
afterAll(async () => {
  end.abort();
  await market.close();
});

function connect(uri: string): Promise<HandDrivenClient> {
  return openHandDrivenClient({ uri, pool: market.openPool(), signal: end.signal });
}

type Params = Parameters<HandDrivenClient['send']>[1];
type Odd = Parameters<HandDrivenClient['send']>[2];

/** Sends a request and resolves to its one answer. */
async function ask(client: HandDrivenClient, method: string, params: Params = {}, odd: Odd = {}) {
  const request = await client.send(method, params, odd);
  await expect.poll(() => client.answersTo(request).length, PATIENCE).toBe(1);
  return client.answersTo(request)[0] ?? {};
}

/** Waits until the service has worked through everything that was sent before. */
async function untilCaughtUp(client: HandDrivenClient): Promise<void> {
  expect(await ask(client, 'get_balance')).toMatchObject({ error: null });
}

function newSecret() {
  const preimage = bytesToHex(generateSecretKey());
  return { preimage, payment_hash: bytesToHex(sha256(hexToBytes(preimage))) };
}

/** Makes a hold invoice at the provider, pays it as the customer, and resolves once the money is held. */
async function payHeld() {
  const { preimage, payment_hash } = newSecret();
  const made = await ask(provider, 'make_hold_invoice', { amount: 5_000, payment_hash, description: 'held' });
  expect(made).toMatchObject({ error: null, result: { type: 'incoming', state: 'pending', payment_hash } });
  const invoice = resultOf(made)['invoice'];
  const request = await customer.send('pay_invoice', { invoice });
  await expect
    .poll(async () => resultOf(await ask(provider, 'lookup_invoice', { payment_hash }))['state'], PATIENCE)
    .toBe('accepted');
  return { preimage, payment_hash, invoice, request };
}

function resultOf(answer: Params): Params {
  return asJsonObject(answer['result']) ?? {};
}

function asList(value: unknown): readonly Params[] {
  return Array.isArray(value) ? value.map((item) => asJsonObject(item) ?? {}) : [];
}

describe('the info event', () => {
  test('names methods, notifications and encryption, and stays the newest', async () => {
    const filter = { kinds: [13194], authors: [customer.walletPubkey] };
    const [info] = await market.openPool().query([market.relay.url], [filter]);
    expect(info?.content).toBe(
      'pay_invoice make_invoice lookup_invoice list_transactions get_balance get_info ' +
        'make_hold_invoice settle_hold_invoice cancel_hold_invoice get_budget notifications',
    );
    expect(info?.tags).toEqual([
      ['encryption', 'nip44_v2 nip04'],
      ['notifications', 'payment_received payment_sent hold_invoice_accepted'],
    ]);
  });
});

describe('a request', () => {
  test.each(['nip44_v2', 'nip04'] as const)('in %s is answered in kind', async (scheme) => {
    const request = await customer.send('get_info', {}, { scheme });
    await expect
      .poll(() => customer.answersTo(request))
      .toMatchObject([
        { result_type: 'get_info', error: null, result: { alias: 'coinop play money', network: 'regtest' } },
      ]);
    const answer = customer.heard.find(({ event }) => findTag(event, 'e')?.[1] === request.id);
    expect(answer?.event.content.includes('?iv=')).toBe(scheme === 'nip04');
  });

  test('without an encryption tag is read as NIP-04', async () => {
    expect(await ask(customer, 'get_balance', {}, { scheme: 'nip04', tags: [] })).toMatchObject({
      error: null,
    });
  });

  test('is carried out once, however often it is sent', async () => {
    const request = await provider.send('make_invoice', { amount: 7_777 });
    await provider.publish(request);
    await market.openPool().publish(request, [market.relay.url]);
    await untilCaughtUp(provider);
    expect(provider.answersTo(request).length).toBe(1);
    const { transactions } = resultOf(await ask(provider, 'list_transactions', { unpaid: true, limit: 20 }));
    expect(asList(transactions).filter(({ amount }) => amount === 7_777)).toHaveLength(1);
  });

  const stranger = secretKeySigner(generateSecretKey());
  test.each([
    ['of a stranger', { signer: stranger }],
    [
      'that has expired',
      {
        tags: [
          ['encryption', 'nip44_v2'],
          ['expiration', String(unixNow() - 1)],
        ],
      },
    ],
    [
      'with a senseless expiration',
      {
        tags: [
          ['encryption', 'nip44_v2'],
          ['expiration', 'soon'],
        ],
      },
    ],
    ['from long ago', { createdAt: unixNow() - 600 }],
    ['from the future', { createdAt: unixNow() + 600 }],
    ['that is no JSON', { plaintext: '{"method":"get_balance"' }],
    ['that is a JSON list', { plaintext: '["get_balance"]' }],
    ['that cannot be opened', { content: 'A'.repeat(100) }],
    [
      'too long to be one',
      { scheme: 'nip04', plaintext: JSON.stringify({ method: 'get_balance', padding: 'A'.repeat(120_000) }) },
    ],
  ] satisfies [string, Odd][])('%s is passed over', async (_title, odd) => {
    const before = provider.heard.length;
    const request = await provider.send('get_balance', {}, odd).catch(() => null);
    await untilCaughtUp(provider);
    if (request !== null) expect(provider.answersTo(request)).toEqual([]);
    expect(provider.heard.length).toBe(before + 1);
  });

  test('in an unknown encryption is told so', async () => {
    expect(await ask(customer, 'get_balance', {}, { tags: [['encryption', 'rot13']] })).toMatchObject({
      result: null,
      error: { code: 'UNSUPPORTED_ENCRYPTION' },
    });
  });

  test.each([
    ['sign_message', {}, 'NOT_IMPLEMENTED'],
    ['constructor', {}, 'NOT_IMPLEMENTED'],
    ['make_invoice', {}, 'OTHER'],
    ['make_invoice', { amount: 0 }, 'OTHER'],
    ['make_invoice', { amount: 1.5 }, 'OTHER'],
    ['make_invoice', { amount: 2 ** 53 }, 'OTHER'],
    ['make_invoice', { amount: 1_000, expiry: -1 }, 'OTHER'],
    ['make_invoice', { amount: 1_000, expiry: 10 ** 9 }, 'OTHER'],
    ['make_invoice', { amount: 1_000, description: 'x'.repeat(640) }, 'OTHER'],
    ['make_invoice', { amount: 1_000, description_hash: 'ab' }, 'OTHER'],
    ['make_hold_invoice', { amount: 1_000 }, 'OTHER'],
    [
      'make_hold_invoice',
      { amount: 1_000, payment_hash: 'ab'.repeat(32), min_cltv_expiry_delta: 99 },
      'NOT_IMPLEMENTED',
    ],
    ['settle_hold_invoice', { preimage: 7 }, 'OTHER'],
    ['settle_hold_invoice', { preimage: 'ab'.repeat(32) }, 'NOT_FOUND'],
    ['cancel_hold_invoice', {}, 'OTHER'],
    ['cancel_hold_invoice', { payment_hash: 'ab'.repeat(32) }, 'NOT_FOUND'],
    ['lookup_invoice', {}, 'OTHER'],
    ['lookup_invoice', { payment_hash: 'ab'.repeat(32) }, 'NOT_FOUND'],
    ['lookup_invoice', { invoice: sampleInvoice() }, 'NOT_FOUND'],
    ['pay_invoice', {}, 'PAYMENT_FAILED'],
    ['pay_invoice', { invoice: sampleInvoice({ prefix: 'lnbc210n' }) }, 'PAYMENT_FAILED'],
    ['pay_invoice', { invoice: sampleInvoice({ prefix: 'lnbcrt' }), amount: 1_000 }, 'PAYMENT_FAILED'],
    ['pay_invoice', { invoice: sampleInvoice(), amount: 20_000 }, 'PAYMENT_FAILED'],
    ['pay_invoice', { invoice: sampleInvoice() }, 'PAYMENT_FAILED'],
  ])('%s %o is refused with %s', async (method, params, code) => {
    expect(await ask(customer, method, params)).toMatchObject({ result: null, error: { code } });
  });

  test('with parameters that are no object has none', async () => {
    expect(await ask(customer, '', {}, { plaintext: '{"method":"get_balance","params":[1]}' })).toMatchObject(
      {
        result: { balance: expect.any(Number) },
      },
    );
  });
});

describe('a connection', () => {
  test('may be narrowed to some methods', async () => {
    const narrow = await connect(await market.serve('provider', { methods: ['get_info', 'make_invoice'] }));
    expect(await ask(narrow, 'get_info')).toMatchObject({
      result: { methods: ['make_invoice', 'get_info', 'get_budget'], notifications: ['payment_received'] },
    });
    expect(await ask(narrow, 'make_invoice', { amount: 1_000 })).toMatchObject({ error: null });
    expect(await ask(narrow, 'get_balance')).toMatchObject({ error: { code: 'RESTRICTED' } });
  });

  test('ends when its time is up', async () => {
    const ended = await connect(await market.serve('provider', { expiresAt: unixNow() }));
    expect(await ask(ended, 'get_balance')).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
  });
});

describe('a payment', () => {
  test('that is held is answered when it is decided, while other requests go on', async () => {
    const { preimage, payment_hash, request } = await payHeld();
    await untilCaughtUp(customer);
    expect(customer.answersTo(request)).toEqual([]);
    expect(await ask(provider, 'settle_hold_invoice', { preimage })).toMatchObject({
      error: null,
      result: {},
    });
    await expect
      .poll(() => customer.answersTo(request), PATIENCE)
      .toMatchObject([
        { result_type: 'pay_invoice', error: null, result: { preimage, fees_paid: expect.any(Number) } },
      ]);
    const outgoing = await ask(customer, 'lookup_invoice', { payment_hash });
    expect(outgoing).toMatchObject({
      result: { type: 'outgoing', state: 'settled', amount: 5_000, preimage },
    });
  });

  test('that is cancelled is answered as failed', async () => {
    const { payment_hash, request } = await payHeld();
    expect(await ask(provider, 'cancel_hold_invoice', { payment_hash })).toMatchObject({ error: null });
    await expect
      .poll(() => customer.answersTo(request), PATIENCE)
      .toMatchObject([{ result: null, error: { code: 'PAYMENT_FAILED' } }]);
    expect(await ask(provider, 'lookup_invoice', { payment_hash })).toMatchObject({
      result: { state: 'failed' },
    });
  });

  test('under way when the service ends is not answered, goes on, and is joined after a restart', async () => {
    const { preimage, payment_hash } = newSecret();
    const wallet = market.bankWallet('customer');
    const relayUrls = [market.relay.url];
    const { uri, ...keys } = createNwcConnection({ relayUrls });
    const connections = memoryNwcConnections([ownersGrant(keys)]);
    const relays = market.openPool();
    const start = () => serveNwc({ wallet, relays, relayUrls, connections, now: unixNow });
    const client = await connect(uri);
    const made = await ask(provider, 'make_hold_invoice', { amount: 5_000, payment_hash });
    const { invoice } = resultOf(made);

    const first = await start();
    const unanswered = await client.send('pay_invoice', { invoice });
    await expect
      .poll(async () => resultOf(await ask(provider, 'lookup_invoice', { payment_hash }))['state'], PATIENCE)
      .toBe('accepted');
    await first.close();
    const second = await start();
    const again = await client.send('pay_invoice', { invoice });
    expect(await ask(client, 'lookup_invoice', { payment_hash })).toMatchObject({
      result: { state: 'pending' },
    });
    await ask(provider, 'settle_hold_invoice', { preimage });
    await expect.poll(() => client.answersTo(again), PATIENCE).toMatchObject([{ result: { preimage } }]);
    expect(client.answersTo(unanswered)).toEqual([]);
    await second.close();
  });

  test('is told to its parties in both encryptions', async () => {
    const { preimage, payment_hash } = await payHeld();
    await expect
      .poll(() => heardBy(provider, 'hold_invoice_accepted', payment_hash), PATIENCE)
      .toEqual([23196, 23197]);
    await ask(provider, 'settle_hold_invoice', { preimage });
    await expect
      .poll(() => heardBy(provider, 'payment_received', payment_hash), PATIENCE)
      .toEqual([23196, 23197]);
    await expect
      .poll(() => heardBy(customer, 'payment_sent', payment_hash), PATIENCE)
      .toEqual([23196, 23197]);
    const held = provider.heard.find(
      ({ message }) => message['notification_type'] === 'hold_invoice_accepted',
    );
    expect(held?.message['notification']).toMatchObject({
      type: 'incoming',
      state: 'accepted',
      settle_deadline: expect.any(Number),
    });
  });
});

describe('a list', () => {
  test('comes in pages of at most 20, without unpaid invoices unless they are asked for', async () => {
    const wallet = market.bankWallet('provider');
    for (let count = 0; count < 21; count += 1)
      await wallet.makeInvoice({ amountMsat: msat(1_000n), expirySeconds: 600 });
    const unpaid = await list({ unpaid: true, limit: 500 });
    expect(unpaid).toHaveLength(20);
    expect(await list({ unpaid: true, limit: 3, offset: 1 })).toEqual(unpaid.slice(1, 4));
    const paid = await list({ type: 'incoming' });
    expect(paid.length).toBeGreaterThan(0);
    for (const transaction of paid) expect(transaction).toMatchObject({ state: 'settled', type: 'incoming' });
    expect(await list({ type: 'outgoing', until: 1_000 })).toEqual([]);
  });
});

/** Kinds of the notifications of that type about that payment. */
function heardBy(client: HandDrivenClient, type: string, paymentHash: string): number[] {
  return client.heard
    .filter(({ message }) => message['notification_type'] === type)
    .filter(({ message }) => asJsonObject(message['notification'])?.['payment_hash'] === paymentHash)
    .map(({ event }) => event.kind)
    .toSorted((left, right) => left - right);
}

async function list(params: Params): Promise<readonly Params[]> {
  return asList(resultOf(await ask(provider, 'list_transactions', params))['transactions']);
}
