import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { memoryEcashStore, type EcashWallet } from '../../src/ecash/index.ts';
import { generateSecretKey } from '../../src/keys/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { about, type LyingMint } from './lying-mint.ts';
import { openLyingStage, type LyingStage, type TestWallet } from './lying-stage.ts';
import { balanceSat, codeOf, fund, sats } from './stage.ts';

describe('books that are older than the last use of their seed', () => {
  let lying: LyingStage;
  let proxy: LyingMint;
  beforeAll(async () => {
    lying = await openLyingStage();
    ({ proxy } = lying);
  });
  afterAll(() => lying.close());
  afterEach(() => proxy.lie());

  /** A wallet with 100 sat, and one of the same seed that has never heard of them. */
  async function openTwo(): Promise<{ current: TestWallet; old: TestWallet }> {
    const secrets = {
      seed: crypto.getRandomValues(new Uint8Array(64)),
      lockSecretKey: generateSecretKey(),
    };
    const current = lying.openWallet(secrets);
    await fund(current, 100);
    return { current, old: lying.openWallet(secrets) };
  }
  let count = 0;
  const nextKey = () => `stale ${++count}`;
  const sendPlain = (from: EcashWallet, amountSat: number, key = nextKey()) =>
    from.send({ key, mintUrl: proxy.url, amountMsat: sats(amountSat), lock: 'none' });
  const take = (wallet: EcashWallet, ecash: string) =>
    wallet.redeem({ key: nextKey(), ecash, lock: { kind: 'none' }, minAmountMsat: sats(1) });
  /** That what it has is worth it: somebody else can have all of it. */
  async function expectWorth(wallet: TestWallet, amountSat: number): Promise<void> {
    expect(await balanceSat(wallet)).toBe(amountSat);
    const { token } = orThrow(await sendPlain(wallet, amountSat));
    expect(codeOf(await take(lying.openWallet(), token))).toBe('ok');
  }

  test('take ecash in only by a swap of that ecash', async () => {
    const { current, old } = await openTwo();
    const payer = lying.openWallet();
    await fund(payer, 100);
    const key = nextKey();
    const { token } = orThrow(await sendPlain(payer, 100, key));
    expect(codeOf(await take(old, token))).toBe('ok');
    expect(orThrow(await payer.lookupSent({ key })).state).toBe('spent');
    await expectWorth(old, 100);
    await expectWorth(current, 100);
  });

  test('take nothing in where the counters cannot be put right yet', async () => {
    const { old } = await openTwo();
    const payer = lying.openWallet();
    await fund(payer, 100);
    const key = nextKey();
    const { token } = orThrow(await sendPlain(payer, 100, key));
    proxy.lie(about('POST /v1/restore', async () => ({ status: 500, body: {} })));
    expect(codeOf(await take(old, token))).toBe('mint-unreachable');
    expect(await balanceSat(old)).toBe(0);
    proxy.lie();
    expect(await old.resume()).toEqual({ endedCount: 1, open: [] });
    expect(await balanceSat(old)).toBe(0);
    expect(orThrow(await payer.lookupSent({ key })).state).toBe('unspent');
    expect(codeOf(await take(old, token))).toBe('ok');
    await expectWorth(old, 100);
  });

  test('spend what is gone since only to learn that', async () => {
    const { current, old } = await openTwo();
    await old.store.addRestored(await current.store.proofs({}));
    const payee = lying.openWallet();
    const wish = {
      mintUrl: proxy.url,
      amountMsat: sats(30),
      lock: { kind: 'p2pk', pubkey: payee.lockPubkey },
    } as const;
    orThrow(await current.send({ ...wish, key: nextKey() }));
    const key = nextKey();
    expect(codeOf(await old.send({ ...wish, key }))).toBe('already-spent');
    expect(await old.store.openOperations()).toEqual([]);
    orThrow(await old.restore({ mintUrl: proxy.url }));
    expect(codeOf(await old.send({ ...wish, key }))).toBe('ok');
  });

  test('mint what they pay for', async () => {
    const { current, old } = await openTwo();
    await fund(old, 100);
    await expectWorth(old, 100);
    await expectWorth(current, 100);
  });

  test('never take what the mint signed before for what was paid now', async () => {
    const { old } = await openTwo();
    proxy.lie(
      about('POST /v1/restore', async ({ forward }) =>
        proxy.asked.includes('POST /v1/mint/bolt11')
          ? forward()
          : { status: 200, body: { outputs: [], signatures: [] } },
      ),
    );
    await expect(fund(old, 100)).rejects.toMatchObject({ code: 'mint-pending' });
    expect(await balanceSat(old)).toBe(0);
    expect(await old.store.openOperations()).toHaveLength(1);
  });

  test('get the change of what they pay', async () => {
    const { current, old } = await openTwo();
    // The pieces are known, the counters are not.
    await old.store.addRestored(await current.store.proofs({}));
    const wish = { amountMsat: sats(50), description: 'x', expirySeconds: 600 };
    const { bolt11 } = orThrow(await lying.stage.lightning.makeInvoice(wish));
    const melt = { key: nextKey(), mintUrl: proxy.url, bolt11: bolt11 ?? '', feeLimitMsat: sats(5) };
    const paid = orThrow(await old.melt(melt));
    await expectWorth(old, 50 - Number(paid.feePaidMsat / 1000n));
  });

  test('find again what was made since, but nothing of what is under way', async () => {
    let dies = true;
    const store = memoryEcashStore();
    const secrets = {
      seed: crypto.getRandomValues(new Uint8Array(64)),
      lockSecretKey: generateSecretKey(),
    };
    const wallet = lying.openWallet({
      ...secrets,
      store,
      checkpoint: (name) => {
        if (!dies || name !== 'before-end') return;
        dies = false;
        throw new Error('died');
      },
    });
    await expect(fund(wallet, 64, 'interrupted')).rejects.toThrow('died');
    expect(orThrow(await wallet.restore({ mintUrl: proxy.url })).amountMsat).toBe(0n);
    expect(await wallet.resume()).toEqual({ endedCount: 1, open: [] });
    await expectWorth(wallet, 64);
  });
});
