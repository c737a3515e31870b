import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { JsonObject } from '../../src/money/nwc-protocol.ts';
import { msat, type NostrEvent } from '../../src/protocol/index.ts';
import { walletContract } from '../contracts/wallet.ts';
import type { HandDrivenClient } from '../fixtures/hand-driven-client.ts';
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
import { openNwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

let stage: HandedOutStage;
beforeAll(async () => {
  stage = await openHandedOutStage();
});
afterEach(() => stage.reset());
afterAll(() => stage.close());

walletContract('a wallet of the bank through connections that see their own payments', async () => {
  const own = await openNwcMarket();
  const scope = 'own-payments';
  const payer = own.openWallet(await own.serve('customer', { scope, ...budget(10_000n) }));
  const payee = own.openWallet(await own.serve('provider', { scope }));
  const close = async () => {
    await payer.close();
    await payee.close();
    await own.close();
  };
  return { payer, payee, close };
});

describe('a connection', () => {
  test('says in its info event and get_info what it may do, and does no more', async () => {
    await stage.start();
    const client = await stage.handOut({ methods: ['pay_invoice', 'get_balance'] });
    const methods = ['pay_invoice', 'get_balance', 'get_info', 'get_budget'];
    expect((await stage.infoOf(client))?.content).toBe(`${methods.join(' ')} notifications`);
    expect(await ask(client, 'get_info')).toMatchObject({
      result: { methods, notifications: ['payment_sent'] },
    });
    for (const method of ['make_invoice', 'list_transactions', 'settle_hold_invoice'])
      expect(errorCodeOf(await ask(client, method))).toBe('RESTRICTED');
    expect(errorCodeOf(await ask(client, 'sign_message'))).toBe('NOT_IMPLEMENTED');
  });

  test('handed out while the service runs is served, and so are those before it', async () => {
    await stage.start();
    const first = await stage.handOut();
    const second = await stage.handOut();
    for (const client of [first, second])
      expect(await ask(client, 'get_balance')).toMatchObject({ error: null });
    expect(first.walletPubkey).not.toBe(second.walletPubkey);
  });

  test('ends at once when it is revoked, and says so', async () => {
    await stage.start();
    const client = await stage.handOut(budget(1_000n));
    const bystander = await stage.handOut();
    await stage.connections.revoke(client.grant.name, unixNow());
    const answer = await ask(client, 'pay_invoice', { invoice: await stage.invoice(1n) });
    expect(errorCodeOf(answer)).toBe('UNAUTHORIZED');
    expect(await stage.connections.payments.open(10)).toEqual([]);
    expect(await ask(bystander, 'get_balance')).toMatchObject({ error: null });
    await expect.poll(async () => (await stage.infoOf(client))?.content, PATIENCE).toBe('');
  });

  test('ends at its time', async () => {
    await stage.start();
    const client = await stage.handOut({ expiresAt: unixNow() + 60 });
    expect(await ask(client, 'get_balance')).toMatchObject({ error: null });
    stage.passTime(61);
    expect(errorCodeOf(await ask(client, 'get_balance'))).toBe('UNAUTHORIZED');
    expect(errorCodeOf(await ask(client, 'pay_invoice', { invoice: await stage.invoice(1n) }))).toBe(
      'UNAUTHORIZED',
    );
  });

  test('that asks too often is refused, then left alone, without harm to another', async () => {
    await stage.start();
    const [eager, calm] = [await stage.handOut({ requestsPerMinute: 3 }), await stage.handOut()];
    const requests: NostrEvent[] = [];
    for (let count = 0; count < 9; count += 1) requests.push(await eager.send('get_balance', {}));
    const answered = () => requests.flatMap((request) => eager.answersTo(request)).map(errorCodeOf);
    await expect.poll(answered, PATIENCE).toHaveLength(6);
    expect(await ask(calm, 'get_balance')).toMatchObject({ error: null });
    expect(answered().filter((code) => code === 'RATE_LIMITED')).toHaveLength(3);
    expect(answered().filter((code) => code === undefined)).toHaveLength(3);
  });

  test('is not served to another key, nor with another connection’s wallet key', async () => {
    await stage.start();
    const [client, other] = [await stage.handOut(), await stage.handOut()];
    const stranger = secretKeySigner(generateSecretKey());
    const stolen = await client.send('get_balance', {}, { signer: stranger });
    const crossed = await client.send('get_balance', {}, { signer: other.signer });
    expect(await ask(client, 'get_balance')).toMatchObject({ error: null });
    expect(await ask(other, 'get_balance')).toMatchObject({ error: null });
    expect([...client.answersTo(stolen), ...client.answersTo(crossed), ...other.answersTo(crossed)]).toEqual(
      [],
    );
  });
});

describe('isolation', () => {
  test('one connection sees, looks up and hears of nothing that is another’s', async () => {
    await stage.start();
    const [mine, other] = [await stage.handOut(budget(100n)), await stage.handOut(budget(100n))];
    const bolt11 = await stage.invoice(5n);
    const paid = await ask(mine, 'pay_invoice', { invoice: bolt11 });
    expect(paid).toMatchObject({ error: null });
    const made = resultOf(await ask(mine, 'make_invoice', { amount: 3_000 }));
    const sentNotices = (client: HandDrivenClient) =>
      client.heard.filter(({ message }) => 'notification_type' in message);
    await expect.poll(() => sentNotices(mine).length, PATIENCE).toBe(2);
    const list = async (client: HandDrivenClient) =>
      resultOf(await ask(client, 'list_transactions', { unpaid: true }))['transactions'];
    expect(await list(mine)).toMatchObject([
      { type: 'incoming', state: 'pending', amount: 3_000 },
      { type: 'outgoing', state: 'settled', amount: 5_000 },
    ]);
    expect(await list(other)).toEqual([]);
    for (const params of [{ invoice: bolt11 }, { payment_hash: made['payment_hash'] }]) {
      expect(errorCodeOf(await ask(other, 'lookup_invoice', params))).toBe('NOT_FOUND');
      expect(await ask(mine, 'lookup_invoice', params)).toMatchObject({ error: null });
    }
    expect(errorCodeOf(await ask(other, 'pay_invoice', { invoice: bolt11 }))).toBe('PAYMENT_FAILED');
    expect(sentNotices(other)).toEqual([]);
    expect(await used(other)).toBe(0);
  });

  test('one connection cannot settle, cancel or take over another’s hold invoice, nor the owner’s', async () => {
    await stage.start(stage.market.bankWallet('provider'));
    const [mine, other] = [await stage.handOut(), await stage.handOut()];
    const secret = newSecret();
    const payment_hash = secret.paymentHash;
    const made = await ask(mine, 'make_hold_invoice', { amount: 4_000, payment_hash });
    const owners = await stage.holdInvoice(4n);
    const bolt11 = String(resultOf(made)['invoice']);
    const paying = stage.market.bankWallet('customer').pay({ bolt11, feeLimitMsat: msat(5_000n) });
    await stage.untilHeld(secret.paymentHash);
    for (const { preimage, paymentHash } of [secret, owners]) {
      const hash = { payment_hash: paymentHash };
      expect(errorCodeOf(await ask(other, 'settle_hold_invoice', { preimage }))).toBe('NOT_FOUND');
      expect(errorCodeOf(await ask(other, 'cancel_hold_invoice', hash))).toBe('NOT_FOUND');
      expect(errorCodeOf(await ask(other, 'make_hold_invoice', { amount: 4_000, ...hash }))).toBe('INTERNAL');
      expect(errorCodeOf(await ask(other, 'cancel_hold_invoice', hash))).toBe('NOT_FOUND');
    }
    expect(await ask(mine, 'settle_hold_invoice', { preimage: secret.preimage })).toMatchObject({
      error: null,
    });
    expect(await paying).toMatchObject({ ok: true, value: { preimage: secret.preimage } });
    const heldNotice = ({ message }: { message: JsonObject }) =>
      message['notification_type'] === 'hold_invoice_accepted';
    expect(mine.heard.filter(heldNotice)).toHaveLength(2);
    expect(other.heard.filter(heldNotice)).toEqual([]);
    await stage.market.bankWallet('provider').cancelHold(owners);
  });

  test('the owner’s connection sees all of it', async () => {
    await stage.start();
    const client = await stage.handOut(budget(100n));
    const owner = await stage.handOut({ scope: 'whole-wallet' });
    const bolt11 = await stage.invoice(6n);
    await ask(client, 'pay_invoice', { invoice: bolt11 });
    expect(await ask(owner, 'lookup_invoice', { invoice: bolt11 })).toMatchObject({ error: null });
    expect(await ask(owner, 'get_budget')).toMatchObject({ error: null, result: {} });
  });
});
