import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Wallet, WalletFailureCode } from '../../src/money/index.ts';
import { failure, orThrow, parseInvoice, success } from '../../src/protocol/index.ts';
import { about, type LyingMint } from './lying-mint.ts';
import { openLyingStage, type LyingStage, type TestWallet } from './lying-stage.ts';
import { balanceSat, codeOf, openTestWallet, sats, type EcashStage } from './stage.ts';

describe('ecash bought with a payment', () => {
  let lying: LyingStage;
  let stage: EcashStage;
  let proxy: LyingMint;
  beforeAll(async () => {
    lying = await openLyingStage();
    ({ stage, proxy } = lying);
  });
  afterAll(() => lying.close());
  afterEach(() => proxy.lie());

  /** The Lightning wallet with another way to pay; how often it was asked. */
  function lightningThat(pay: (real: Wallet['pay'], count: number) => Wallet['pay']) {
    const { lightning } = stage;
    const asked = { count: 0, wallet: lightning };
    const real: Wallet['pay'] = (payment, call) => lightning.pay(payment, call);
    asked.wallet = {
      ...lightning,
      lookup: (payment, call) => lightning.lookup(payment, call),
      pay: (payment, call) => pay(real, (asked.count += 1))(payment, call),
    };
    return asked;
  }
  const answers = (code: WalletFailureCode) => async () => failure(code, 'The wallet says so.');
  const buy = (wallet: TestWallet) =>
    wallet.mint({ key: 'k', mintUrl: proxy.url, amountMsat: sats(50), feeLimitMsat: sats(5) });
  const spent = async () => orThrow(await stage.lightning.balance()).spendableMsat;

  test.each(['wallet-timeout', 'wallet-unreachable', 'wallet-internal'] as const)(
    'that was made, but answered by %s: it is pending, and then ecash, and paid once',
    async (code) => {
      const lightning = lightningThat((real) => async (payment, call) => {
        orThrow(await real(payment, call));
        return answers(code)();
      });
      const wallet = lying.openWallet({ lightning: lightning.wallet });
      const before = await spent();
      expect(await buy(wallet)).toMatchObject({ failure: { code: 'mint-pending', data: { reason: code } } });
      expect(codeOf(await buy(wallet))).toBe('ok');
      expect(await balanceSat(wallet)).toBe(50);
      expect(lightning.count).toBe(1);
      expect(before - (await spent())).toBeLessThan(sats(60));
    },
  );

  test('that never reached the wallet is made by the next call', async () => {
    const lightning = lightningThat((real, count) => (count === 1 ? answers('wallet-timeout') : real));
    const wallet = lying.openWallet({ lightning: lightning.wallet });
    expect(codeOf(await buy(wallet))).toBe('mint-pending');
    expect(await wallet.resume()).toEqual({ endedCount: 1, open: [] });
    expect(await balanceSat(wallet)).toBe(50);
    expect(lightning.count).toBe(2);
  });

  test.each(['insufficient-balance', 'payment-failed', 'quota-exceeded'] as const)(
    'that the wallet refuses for %s is over, and the next call begins anew',
    async (code) => {
      const lightning = lightningThat((real, count) => (count === 1 ? answers(code) : real));
      const wallet = lying.openWallet({ lightning: lightning.wallet });
      expect(await buy(wallet)).toMatchObject({
        failure: { code: 'payment-failed', data: { reason: code } },
      });
      expect(await wallet.store.openOperations()).toEqual([]);
      expect(codeOf(await buy(wallet))).toBe('ok');
    },
  );

  test('that no wallet can make is not begun, which is said', async () => {
    const lightning = { ...stage.lightning, canPayFor: () => false };
    const wallet = lying.openWallet({ lightning });
    expect(await buy(wallet)).toMatchObject({
      failure: { code: 'payment-failed', data: { reason: 'no-wallet' } },
    });
    expect(await wallet.store.openOperations()).toEqual([]);
  });

  test('that is refused for a reason of its own tells that one', async () => {
    const lightning = lightningThat(
      () => () => Promise.resolve(failure('quota-exceeded', 'No room.', { reason: 'over-budget' })),
    );
    expect(await buy(lying.openWallet({ lightning: lightning.wallet }))).toMatchObject({
      failure: { code: 'payment-failed', data: { reason: 'over-budget' } },
    });
  });

  test('that is refused after a call of unknown end: the first may still come through', async () => {
    const lightning = lightningThat((_real, count) =>
      answers(count === 1 ? 'wallet-timeout' : 'insufficient-balance'),
    );
    const wallet = lying.openWallet({ lightning: lightning.wallet });
    expect(codeOf(await buy(wallet))).toBe('mint-pending');
    expect(codeOf(await buy(wallet))).toBe('mint-pending');
    const [open] = await wallet.store.openOperations();
    orThrow(await stage.lightning.pay({ bolt11: open?.bolt11 ?? '', feeLimitMsat: sats(5) }));
    expect(codeOf(await buy(wallet))).toBe('ok');
    expect(lightning.count).toBe(2);
  });

  test('that is refused although the wallet made it is not over', async () => {
    const lightning = lightningThat((real) => async (payment, call) => {
      orThrow(await real(payment, call));
      return answers('payment-failed')();
    });
    const wallet = lying.openWallet({ lightning: lightning.wallet });
    expect(codeOf(await buy(wallet))).toBe('mint-pending');
    expect(codeOf(await buy(wallet))).toBe('ok');
  });

  test('that nobody can look up, or whose wallet is gone, stays pending', async () => {
    const lightning = lightningThat(() => answers('wallet-timeout'));
    const wallet = lying.openWallet({ lightning: lightning.wallet });
    expect(codeOf(await buy(wallet))).toBe('mint-pending');
    const blind: Wallet = { ...stage.lightning, lookup: answers('wallet-unauthorized') };
    const { store } = wallet;
    expect(codeOf(await buy(lying.openWallet({ lightning: blind, store })))).toBe('mint-pending');
    expect((await lying.openWallet({ lightning: blind, store }).resume()).open).toHaveLength(1);
  });

  test.each([
    ['is silent', failure('wallet-timeout', 'It is paused.')],
    ['is still settling it', 'pending'],
  ] as const)(
    'whose wallet %s when the mint has signed: the ecash waits for what it cost',
    async (_, then) => {
      const { lightning } = stage;
      const away = { count: 0 };
      const wallet = lying.openWallet({
        lightning: {
          ...lightning,
          pay: (payment, call) => lightning.pay(payment, call),
          async lookup(payment, call) {
            const seen = await lightning.lookup(payment, call);
            if (!seen.ok || seen.value?.state !== 'settled' || ++away.count > 1) return seen;
            return then === 'pending' ? success({ ...seen.value, state: then }) : then;
          },
        },
      });
      expect(codeOf(await buy(wallet))).toBe('mint-pending');
      expect(await balanceSat(wallet)).toBe(0);
      expect(codeOf(await buy(wallet))).toBe('ok');
      expect(await balanceSat(wallet)).toBe(50);
      expect(await wallet.store.operation('mint:k')).toMatchObject({ state: 'done', routingFeeMsat: 0n });
      expect(away.count).toBe(2);
    },
  );

  test('whose wallet cannot look anything up is ecash all the same, at an unknown cost', async () => {
    const blind = { isBlind: false };
    const { lightning } = stage;
    const wallet = lying.openWallet({
      lightning: {
        ...lightning,
        async pay(payment, call) {
          const paid = await lightning.pay(payment, call);
          blind.isBlind = true;
          return paid;
        },
        lookup: (payment, call) =>
          blind.isBlind ? answers('not-implemented')() : lightning.lookup(payment, call),
      },
    });
    expect(codeOf(await buy(wallet))).toBe('ok');
    expect(await wallet.store.operation('mint:k')).toMatchObject({ state: 'done', routingFeeMsat: null });
  });

  test('that was not made ends with its invoice, but not at that very moment', async () => {
    const lightning = lightningThat(() => answers('wallet-timeout'));
    const wallet = lying.openWallet({ lightning: lightning.wallet });
    expect(codeOf(await buy(wallet))).toBe('mint-pending');
    const known = await wallet.store.operation('mint:k');
    const { expiresAt } = orThrow(parseInvoice(known?.bolt11 ?? ''));
    const after = (seconds: number) => {
      const now = () => expiresAt + seconds;
      return lying.openWallet({ lightning: lightning.wallet, store: wallet.store, now });
    };
    expect(codeOf(await buy(after(5)))).toBe('mint-pending');
    expect(await after(100).resume()).toEqual({ endedCount: 1, open: [] });
    expect(await wallet.store.operation('mint:k')).toMatchObject({
      state: 'failed',
      failure: { code: 'quote-expired' },
    });
    expect(lightning.count).toBe(1);
  });

  test('that the mint refuses to honour is pending for as long as it does', async () => {
    const wallet = lying.openWallet();
    proxy.lie(about('POST /v1/mint/bolt11', async () => ({ status: 400, body: { code: 1, detail: 'no' } })));
    expect(await buy(wallet)).toMatchObject({
      failure: { code: 'mint-pending', data: { reason: 'mint-refused' } },
    });
    proxy.lie();
    expect(codeOf(await buy(wallet))).toBe('ok');
    expect(await balanceSat(wallet)).toBe(50);
  });

  test('that nobody can make is not begun', async () => {
    const wallet = openTestWallet({ mintUrls: [proxy.url] });
    expect(codeOf(await buy(wallet))).toBe('payment-failed');
    expect(await wallet.store.openOperations()).toEqual([]);
  });
});
