import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  openJobMessage,
  orThrow,
  satsToMsat,
  wrapJobMessage,
  type JobMessage,
} from '../../src/protocol/index.ts';
import {
  balanceSats,
  leftSats,
  openBalanceMarket,
  prepay,
  until,
  wishFor,
  type BalanceMarket,
} from '../exchange/balance-stage.ts';
import { signInvoice } from '../fixtures/signed-invoice.ts';
import { openScriptedCustomer } from '../provider/scripted-customer.ts';

let market: BalanceMarket;
beforeAll(async () => {
  market = await openBalanceMarket();
}, 60_000);
afterEach(() => market.sweep());
afterAll(() => market.close());

const freshId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
const now = () => Math.floor(Date.now() / 1000);
const walletSats = async (role: string) =>
  Number(orThrow(await market.stage.bank.wallet(role).balance()).spendableMsat) / 1000;

describe('whoever is not the customer, or says something else than it did', () => {
  test('draws nothing: consent counts from the customer, over the price, once', async () => {
    const work = Promise.withResolvers<string>();
    const seller = await market.sell({ handler: () => work.promise });
    const scripted = await openScriptedCustomer(market.stage);
    const owner = market.buyer({ signer: scripted.signer });
    await prepay(owner, seller, 100);
    const { kind } = wishFor(seller);
    const request = await scripted.request(kind, { exchanges: ['balance'] });
    await scripted.feedback(request, 'payment-required');
    const draw = { type: 'draw', requestId: request.id } as const;
    const stranger = secretKeySigner(generateSecretKey());
    await market.say(stranger, seller, { ...draw, amountMsat: satsToMsat(10) });
    for (const sats of [9, 11, 100]) {
      await market.say(scripted.signer, seller, { ...draw, amountMsat: satsToMsat(sats) });
    }
    // Messages are taken in their order: when the next one is answered, these were.
    await market.say(scripted.signer, seller, {
      type: 'top-up',
      requestId: freshId(),
      amountMsat: satsToMsat(1),
    });
    await until(async () => expect(await heardBy(scripted.signer)).toContain('balance-refused'));
    expect(await balanceSats(seller, owner)).toBe(100);
    const right = { ...draw, amountMsat: satsToMsat(10) };
    await Promise.all([1, 2, 3].map(() => market.say(scripted.signer, seller, right)));
    await scripted.feedback(request, 'processing');
    work.resolve('done');
    await seller.until(({ requestId, work: state }) => requestId === request.id && state === 'closed');
    await market.say(scripted.signer, seller, right);
    await market.stage.openPool().publish(request, [market.stage.relayUrl]); // the same request again
    expect(await balanceSats(seller, owner)).toBe(90);
    expect(
      seller.moves.filter(({ money, work: state }) => money === 'locked' && state === 'accepted'),
    ).toHaveLength(1);
    scripted.close();
  }, 60_000);

  test('has no balance by asking for a top-up, or by the top-up of another', async () => {
    const seller = await market.sell();
    const owner = market.buyer();
    await prepay(owner, seller, 100);
    const scripted = await openScriptedCustomer(market.stage);
    const id = freshId();
    await market.say(scripted.signer, seller, { type: 'top-up', requestId: id, amountMsat: satsToMsat(500) });
    await until(async () => expect(await heardBy(scripted.signer)).toContain('top-up-invoice'));
    await market.say(scripted.signer, seller, {
      type: 'balance',
      requestId: id,
      amountMsat: satsToMsat(500),
    });
    const { kind, targets = [] } = wishFor(seller);
    const request = await scripted.request(kind, { exchanges: ['balance'], targets });
    expect(await scripted.feedback(request, 'error')).toMatchObject({ error: { code: 'balance-too-low' } });
    expect([await balanceSats(seller, scripted), await balanceSats(seller, owner)]).toEqual([0, 100]);
    scripted.close();
  }, 60_000);
});

test('jobs at once draw no more together than was prepaid', async () => {
  const seller = await market.sell({ options: { balances: { minTopUpMsat: satsToMsat(1) } } });
  const owner = market.buyer();
  await prepay(owner, seller, 45);
  const wish = { ...wishFor(seller), exchanges: ['balance'] as const };
  const bought = await Promise.all(
    Array.from({ length: 12 }, async () => orThrow(await owner.customer.buy(wish)).result()),
  );
  expect(bought.filter(({ ok }) => ok)).toHaveLength(4);
  expect([await balanceSats(seller, owner), await leftSats(owner, seller)]).toEqual([5, 5]);
  expect(seller.moves.filter(({ money }) => money === 'settled').length).toBeGreaterThanOrEqual(4);
}, 60_000);

test('one withdrawal is paid at a time, its message counts once, and never more than there is', async () => {
  const seller = await market.sell();
  const owner = market.buyer();
  await prepay(owner, seller, 200);
  const before = await walletSats('customer');
  const wallet = market.stage.wallet();
  const invoices = await Promise.all(
    [1, 2].map(async () => {
      const made = { amountMsat: satsToMsat(150), description: 'back', expirySeconds: 600 };
      return orThrow(await wallet.makeInvoice(made)).bolt11 ?? '';
    }),
  );
  const ids = [freshId(), freshId()];
  const asking = [0, 1, 0, 1, 0].map((which) => {
    const [requestId = '', bolt11 = ''] = [ids[which], invoices[which]];
    return market.say(owner.signer, seller, { type: 'withdrawal', requestId, bolt11 });
  });
  await Promise.all(asking);
  await until(async () => expect(await walletSats('customer')).toBe(before + 150));
  await until(async () => expect(await balanceSats(seller, owner)).toBe(50));
  await Promise.all(
    invoices.map((bolt11) =>
      market.say(owner.signer, seller, { type: 'withdrawal', requestId: freshId(), bolt11 }),
    ),
  );
  await until(async () => expect(await heardBy(owner.signer)).toContain('balance-refused'));
  expect([await walletSats('customer'), await balanceSats(seller, owner)]).toEqual([before + 150, 50]);
  expect(await seller.ledger.balances.listOpenWithdrawals(seller.signer.pubkey)).toEqual([]);
}, 60_000);

describe('a provider that lies', () => {
  test.each([
    ['of another amount', 'wrong-amount', 'lnbcrt2u'],
    ['of another network', 'wrong-network', 'lnbc1u'],
  ] as const)(
    'is not paid by an invoice %s',
    async (_what, code, prefix) => {
      const liar = secretKeySigner(generateSecretKey());
      const owner = market.buyer();
      const closing = new AbortController();
      const pool = market.stage.openPool();
      await pool.subscribe({
        relays: [market.stage.relayUrl],
        filters: [{ kinds: [GIFT_WRAP_KIND], '#p': [liar.pubkey] }],
        signal: closing.signal,
        onEvent: (wrap) =>
          void openJobMessage(wrap, liar).then(async (asked) => {
            if (!asked.ok || asked.value.type !== 'top-up') return;
            const bolt11 = signInvoice({
              prefix,
              createdAt: now(),
              fields: [
                ['p', { hex: freshId() }],
                ['s', { hex: freshId() }],
                ['d', { text: 'balance' }],
                ['9', [16, 8, 0]],
              ],
            });
            const { requestId, authorPubkey } = asked.value;
            const said = { type: 'top-up-invoice', bolt11, requestId, text: '', createdAt: now() } as const;
            const answer = orThrow(await wrapJobMessage(said, wrapFor(authorPubkey, liar, now())));
            await pool.publish(answer, [market.stage.relayUrl]);
          }),
      });
      const before = await walletSats('customer');
      const wanted = { providerPubkey: liar.pubkey, amountMsat: satsToMsat(100) };
      expect(await owner.customer.balances.topUp(wanted)).toMatchObject({ failure: { code } });
      expect([await walletSats('customer'), await owner.customer.balances.list()]).toEqual([before, []]);
      closing.abort();
    },
    60_000,
  );

  test('and denies a balance is paid nothing again, and the customer keeps invoice and preimage', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const honest = await market.sell({ options: { signer } });
    const owner = market.buyer();
    const { paymentHash, preimage } = await prepay(owner, honest, 100);
    await honest.close();
    const forgetful = await market.sell({ options: { signer } }); // its books are empty
    const before = await walletSats('customer');
    const purchase = orThrow(await owner.customer.buy(wishFor(forgetful)));
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
    const wanted = { providerPubkey: signer.pubkey, amountMsat: null };
    expect(await owner.customer.balances.withdraw(wanted)).toMatchObject({
      failure: { code: 'refused-by-provider', data: { reason: 'balance-too-low' } },
    });
    expect(await walletSats('customer')).toBe(before);
    expect(await leftSats(owner, forgetful)).toBe(100);
    const payment = await owner.ledger.spending.payment(paymentHash);
    expect(payment).toMatchObject({ state: 'settled', preimage, counterparty: signer.pubkey });
    expect(payment?.bolt11).toMatch(/^lnbcrt/);
  }, 60_000);
});

/** The types of what a key was told in private so far. */
async function heardBy(signer: Signer): Promise<JobMessage['type'][]> {
  const since = now() - GIFT_WRAP_BACKDATE_SECONDS - 60;
  const filter = { kinds: [GIFT_WRAP_KIND], '#p': [signer.pubkey], since };
  const wraps = await market.stage.openPool().query([market.stage.relayUrl], [filter]);
  const opened = await Promise.all(wraps.map((wrap) => openJobMessage(wrap, signer)));
  return opened.flatMap((each) => (each.ok ? [each.value.type] : []));
}
