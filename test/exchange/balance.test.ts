import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reconcile, totalBooks, type Finding } from '../../src/account/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { failure, GIFT_WRAP_KIND, openJobMessage, orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { refundSale } from '../../src/provider/index.ts';
import { Death } from '../fixtures/death.ts';
import {
  balanceSats,
  leftSats,
  openBalanceMarket,
  prepay,
  until,
  wishFor,
  type BalanceMarket,
} from './balance-stage.ts';

let market: BalanceMarket;
let death: Death;
beforeAll(async () => {
  market = await openBalanceMarket();
}, 60_000);
beforeEach(() => {
  death = new Death();
});
afterEach(async () => {
  death.bury();
  await market.sweep();
});
afterAll(() => market.close());

const now = () => Math.floor(Date.now() / 1000);
const walletSats = async (role: string) =>
  Number(orThrow(await market.stage.bank.wallet(role).balance()).spendableMsat) / 1000;

describe('a job is sold and bought by balance', () => {
  test('what was drawn for delivered work is given back by hand: booked once, told, and drawn again for the next', async () => {
    const seller = await market.sell();
    const buyer = market.buyer();
    await prepay(buyer, seller, 100);
    const bought = orThrow(await buyer.customer.buy(wishFor(seller)));
    expect(await bought.result()).toMatchObject({ ok: true });
    const { requestId } = await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
    const { ledger, signer } = seller;
    const operator = { ledger, signer, relayUrls: [market.stage.relayUrl], now };
    const give = (sats: number) => refundSale(operator, { requestId, amountMsat: satsToMsat(sats) });
    expect(await give(11)).toMatchObject({ failure: { code: 'invalid-amount' } });
    const given = await Promise.all([give(7), give(7), give(7)]);
    expect(given.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await give(3)).toMatchObject({ failure: { code: 'refunded-already' } });
    expect(await balanceSats(seller, buyer)).toBe(97);
    await until(async () => {
      const pool = market.stage.openPool();
      const wraps = await pool.query(
        [market.stage.relayUrl],
        [{ kinds: [GIFT_WRAP_KIND], '#p': [buyer.signer.pubkey] }],
      );
      const said = await Promise.all(wraps.map((wrap) => openJobMessage(wrap, buyer.signer)));
      const texts = said.flatMap((message) => (message.ok ? [message.value.text] : []));
      expect(texts).toContain('7 sat that were drawn for this job are in your balance here again.');
    });
    expect(await books(ledger, signer.pubkey)).toMatchObject({ prepaid: -97_000n, earned: -3_000n });
    const next = orThrow(await buyer.customer.buy(wishFor(seller)));
    expect(await next.result()).toMatchObject({ ok: true });
    expect(await balanceSats(seller, buyer)).toBe(87);
  }, 60_000);

  test('prepaid once, then drawn without a payment, and the rest comes back', async () => {
    const seller = await market.sell();
    const buyer = market.buyer();
    const before = [await walletSats('customer'), await walletSats('alice')];
    expect(await prepay(buyer, seller, 500)).toMatchObject({ saidMsat: satsToMsat(500) });
    for (const left of [490, 480]) {
      const purchase = orThrow(await buyer.customer.buy(wishFor(seller)));
      expect(await purchase.result()).toMatchObject({
        ok: true,
        value: { content: 'A RED FOX', exchange: 'balance', amountMsat: 10_000n, settlement: 'settled' },
      });
      expect([await balanceSats(seller, buyer), await leftSats(buyer, seller)]).toEqual([left, left]);
    }
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
    expect([await walletSats('customer'), await walletSats('alice')]).toEqual([
      (before[0] ?? 0) - 500,
      (before[1] ?? 0) + 500,
    ]);
    const providerPubkey = seller.signer.pubkey;
    const back = orThrow(await buyer.customer.balances.withdraw({ providerPubkey, amountMsat: null }));
    expect(back).toMatchObject({ amountMsat: satsToMsat(475), state: 'received' });
    expect(await walletSats('customer')).toBe((before[0] ?? 0) - 25);
    await until(async () => expect(await balanceSats(seller, buyer)).toBe(5));
  }, 60_000);

  test('of work that fails comes back with the very move that ends it', async () => {
    const seller = await market.sell({ handler: () => Promise.reject(new Error('no paper left')) });
    const buyer = market.buyer();
    await prepay(buyer, seller, 100);
    const purchase = orThrow(await buyer.customer.buy(wishFor(seller)));
    expect(await purchase.result()).toMatchObject({
      ok: false,
      failure: { code: 'provider-failed', data: { refunded: true } },
    });
    const moves = seller.moves.filter(({ requestId }) => requestId === purchase.requestId);
    expect(moves.at(-1)).toMatchObject({ work: 'failed', money: 'released' });
    expect(moves.filter(({ work }) => work === 'failed')).toHaveLength(1);
    expect([await balanceSats(seller, buyer), await leftSats(buyer, seller)]).toEqual([100, 100]);
  }, 60_000);
});

const books = async (ledger: Ledger, pubkey: string) =>
  Object.fromEntries(await totalBooks({ ledger, ecash: null, pubkey }, () => undefined));

test('the books of both sides sum to zero, and agree with the wallet', async () => {
  const seller = await market.sell({
    handler: async ({ text }) => {
      if (text === 'fail') throw new Error('no paper left');
      return text;
    },
  });
  const buyer = market.buyer();
  const provider = seller.signer.pubkey;
  await prepay(buyer, seller, 300);
  for (const input of ['work', 'fail', 'work'])
    await orThrow(await buyer.customer.buy({ ...wishFor(seller), inputs: [input] })).result();
  const wanted = { providerPubkey: provider, amountMsat: satsToMsat(100) };
  expect(await buyer.customer.balances.withdraw(wanted)).toMatchObject({ value: { state: 'received' } });
  await until(async () => expect(await balanceSats(seller, buyer)).toBe(180));
  const sold = await books(seller.ledger, provider);
  expect(sold).toMatchObject({ wallet: 200_000n, prepaid: -180_000n, earned: -20_000n });
  const bought = await books(buyer.ledger, buyer.signer.pubkey);
  expect(bought).toMatchObject({ wallet: -201_000n + 1000n, 'paid-for-work': 20_000n });
  for (const totals of [sold, bought])
    expect(Object.values(totals).reduce((sum, amountMsat) => sum + amountMsat, 0n)).toBe(0n);
  for (const [ledger, pubkey, role] of [
    [seller.ledger, provider, 'alice'],
    [buyer.ledger, buyer.signer.pubkey, 'customer'],
  ] as const) {
    const findings: Finding[] = [];
    orThrow(
      await reconcile({
        ledger,
        wallet: market.stage.bank.wallet(role),
        ecash: null,
        pubkey,
        dryRun: true,
        since: 0,
        onFinding: (finding) => findings.push(finding),
        now,
        signal: AbortSignal.timeout(30_000),
      }),
    );
    // Other tests of this file use the same wallets with books of their own.
    expect(findings.filter(({ code }) => !code.startsWith('unknown-'))).toEqual([]);
  }
}, 60_000);

describe('a provider that dies', () => {
  test.each(['provider:invoice-made', 'provider:payment-seen'])(
    'at %s of a top-up credits it once in its next life',
    async (fatal) => {
      const [signer, ledger] = [secretKeySigner(generateSecretKey()), market.stage.openLedger()];
      const doomed = { signer, ledger: death.mortal<Ledger>(ledger), checkpoint: death.at(fatal) };
      const seller = await market.sell({ options: doomed });
      const buyer = market.buyer();
      const before = await walletSats('customer');
      const wanted = { providerPubkey: seller.signer.pubkey, amountMsat: satsToMsat(200) };
      const asked = buyer.customer.balances.topUp(wanted);
      await until(() => expect(death.isDead).toBe(true));
      const next = await market.sell({ options: { signer, ledger } });
      orThrow(await asked);
      await until(async () => expect(await balanceSats(next, buyer)).toBe(200));
      expect(await walletSats('customer')).toBe(before - 200);
      expect(await ledger.balances.listOpenTopUps(signer.pubkey)).toEqual([]);
    },
    60_000,
  );

  test('at provider:payment-seen of a draw draws once', async () => {
    const [signer, ledger] = [secretKeySigner(generateSecretKey()), market.stage.openLedger()];
    const first = await market.sell({ options: { signer, ledger } });
    const buyer = market.buyer();
    await prepay(buyer, first, 100);
    await first.close();
    const doomed = await market.sell({
      options: {
        signer,
        ledger: death.mortal<Ledger>(ledger),
        checkpoint: death.at('provider:payment-seen'),
      },
    });
    const wish = wishFor(doomed);
    const purchase = orThrow(await buyer.customer.buy(wish));
    await until(() => expect(death.isDead).toBe(true));
    const next = await market.sell({ kind: wish.kind, options: { signer, ledger } });
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'A RED FOX' } });
    expect([await balanceSats(next, buyer), await leftSats(buyer, next)]).toEqual([90, 90]);
  }, 60_000);

  test.each(['provider:before-refund', 'provider:refunded-by-wallet'])(
    'at %s of a withdrawal pays it once',
    async (fatal) => {
      const [signer, ledger] = [secretKeySigner(generateSecretKey()), market.stage.openLedger()];
      const doomed = { signer, ledger: death.mortal<Ledger>(ledger), checkpoint: death.at(fatal) };
      const seller = await market.sell({ options: doomed });
      const buyer = market.buyer();
      await prepay(buyer, seller, 200);
      const before = await walletSats('customer');
      const wanted = { providerPubkey: signer.pubkey, amountMsat: satsToMsat(150) };
      const asked = buyer.customer.balances.withdraw(wanted);
      await until(() => expect(death.isDead).toBe(true));
      const later = () => now() + 60; // what a living process has in its hands is left alone for a while
      const next = await market.sell({ options: { signer, ledger, now: later } });
      expect(await asked).toMatchObject({ value: { state: 'received' } });
      await until(async () => expect(await balanceSats(next, buyer)).toBe(50));
      expect(await walletSats('customer')).toBe(before + 150);
    },
    60_000,
  );
});

test('a customer that dies while its wallet pays a top-up finishes it in its next life, and pays once', async () => {
  const seller = await market.sell();
  const [signer, ledger] = [secretKeySigner(generateSecretKey()), market.stage.openLedger()];
  const wallet = market.stage.wallet();
  const paid = Promise.withResolvers<void>();
  const pay: typeof wallet.pay = async (wish, call) => {
    await wallet.pay(wish);
    paid.resolve();
    await new Promise((resolve) => call?.signal?.addEventListener('abort', resolve));
    return failure('wallet-timeout', 'Nobody waits for the answer any more.');
  };
  const doomed = market.buyer({ signer, ledger, wallet: { ...wallet, pay } });
  const before = await walletSats('customer');
  const wanted = { providerPubkey: seller.signer.pubkey, amountMsat: satsToMsat(200) };
  const asked = doomed.customer.balances.topUp(wanted);
  await paid.promise;
  const next = market.buyer({ signer, ledger });
  expect(await next.customer.balances.topUp(wanted)).toMatchObject({ failure: { code: 'top-up-finished' } });
  await until(async () => expect(await balanceSats(seller, next)).toBe(200));
  expect([await walletSats('customer'), await leftSats(next, seller)]).toEqual([before - 200, 200]);
  await doomed.customer.close();
  expect(await asked).toMatchObject({ failure: { code: 'payment-unknown' } });
}, 60_000);
