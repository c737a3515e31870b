import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EcashWallet } from '../../src/ecash/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { about, changed, type Lie, type LyingMint } from './lying-mint.ts';
import { openLyingStage, type LyingStage, type TestWallet } from './lying-stage.ts';
import { balanceSat, codeOf, fund, openTestWallet, sats, type EcashStage } from './stage.ts';

/** A blind signature as the real mint sends it. */
interface Signature {
  readonly amount: number;
}

describe('a mint that lies', () => {
  let lying: LyingStage;
  let stage: EcashStage;
  let proxy: LyingMint;
  let wallet: TestWallet;
  beforeAll(async () => {
    lying = await openLyingStage();
    ({ stage, proxy } = lying);
  });
  afterAll(() => lying.close());
  beforeEach(() => {
    wallet = openWallet();
  });
  afterEach(() => proxy.lie());

  const openWallet: LyingStage['openWallet'] = (options) => lying.openWallet(options);
  let count = 0;
  const nextKey = () => `lie ${++count}`;
  const lockTo = (to: EcashWallet) => ({ kind: 'p2pk', pubkey: to.lockPubkey }) as const;
  const sendTo = (to: EcashWallet, key = nextKey()) =>
    wallet.send({ key, mintUrl: proxy.url, amountMsat: sats(10), lock: lockTo(to) });
  const redeemAt = (to: EcashWallet, ecash: string, key = nextKey()) =>
    to.redeem({ key, ecash, lock: { kind: 'p2pk' }, minAmountMsat: sats(10) });
  const sendPlain = (from: EcashWallet, key = nextKey()) =>
    from.send({ key, mintUrl: proxy.url, amountMsat: sats(10), lock: 'none' });

  describe('about itself is not used', () => {
    const drop = (nut: number): Lie =>
      changed('GET /v1/info', (info: { nuts: object }) => ({
        ...info,
        nuts: { ...info.nuts, [nut]: undefined },
      }));
    test.each([7, 9, 12])('without NUT %i', async (nut) => {
      proxy.lie(drop(nut));
      await expect(fund(wallet, 10)).rejects.toMatchObject({ code: 'mint-unsupported' });
    });

    test.each([11, 14])('for locks, without NUT %i', async (nut) => {
      proxy.lie(drop(nut));
      await fund(wallet, 20);
      expect(codeOf(await sendTo(openWallet()))).toBe('mint-unsupported');
      expect(codeOf(await sendPlain(wallet))).toBe('ok');
    });

    test('nor does a recipient take locked ecash of a mint that does not enforce locks', async () => {
      await fund(wallet, 20);
      const recipient = openWallet();
      const sent = orThrow(await sendTo(recipient));
      proxy.lie(drop(14));
      expect(codeOf(await redeemAt(recipient, sent.token))).toBe('mint-unsupported');
    });
  });

  describe('about its keys is not used', () => {
    const keysets = (change: (keyset: object) => object): Lie =>
      changed('GET /v1/keysets', ({ keysets: all }: { keysets: object[] }) => ({ keysets: all.map(change) }));
    test.each<[string, Lie]>([
      [
        'keys that do not make the id',
        changed('GET /v1/keys/', ({ keysets: all }: { keysets: { keys: Record<string, string> }[] }) => ({
          keysets: all.map((keyset) => ({ ...keyset, keys: { ...keyset.keys, 1: keyset.keys[2] } })),
        })),
      ],
      ['a fee that does not make the id', keysets((keyset) => ({ ...keyset, input_fee_ppk: 500 }))],
      ['a fee beyond all measure', keysets((keyset) => ({ ...keyset, input_fee_ppk: 1_000_000 }))],
      ['no keys', changed('GET /v1/keys/', () => ({ keysets: [] }))],
      ['something else', changed('GET /v1/keysets', () => ['nonsense'])],
    ])('%s', async (_how, lie) => {
      proxy.lie(lie);
      await expect(fund(wallet, 10)).rejects.toMatchObject({ code: 'mint-invalid' });
      expect(proxy.asked).not.toContain('POST /v1/mint/quote/bolt11');
    });

    test('a fee that rises later', async () => {
      await fund(wallet, 20);
      proxy.lie(keysets((keyset) => ({ ...keyset, input_fee_ppk: 900 })));
      const later = openWallet({ store: wallet.store });
      expect(codeOf(await sendPlain(later))).toBe('mint-invalid');
    });

    test('keysets of other units, and none that is active', async () => {
      proxy.lie(keysets((keyset) => ({ ...keyset, unit: 'usd' })));
      await expect(fund(wallet, 10)).rejects.toMatchObject({ code: 'mint-unsupported' });
      proxy.lie(keysets((keyset) => ({ ...keyset, active: false })));
      await expect(fund(openWallet(), 10)).rejects.toMatchObject({ code: 'mint-unsupported' });
    });
  });

  describe('about signatures never makes the wallet believe that it was paid', () => {
    const signatures = (change: (all: Signature[]) => unknown[]): Lie =>
      changed('POST /v1/swap', (body: { signatures: Signature[] }) => ({
        signatures: change(body.signatures),
      }));
    const firstChanged = (change: (first: Signature) => object): Lie =>
      signatures((all) => all.map((signature, index) => (index === 0 ? change(signature) : signature)));
    const LIES: [string, Lie][] = [
      ['fewer', signatures((all) => all.slice(1))],
      ['none', signatures(() => [])],
      ['in another order', signatures((all) => all.toReversed())],
      ['for less', firstChanged((first) => ({ ...first, amount: first.amount * 2 }))],
      ['without proof', firstChanged((first) => ({ ...first, dleq: undefined }))],
      ['by another key', firstChanged((first) => ({ ...first, C_: `02${'79'.repeat(32)}` }))],
      ['of another keyset', firstChanged((first) => ({ ...first, id: '00'.repeat(8) }))],
    ];
    test.each(LIES)('%s', async (_how, lie) => {
      await fund(wallet, 40);
      const recipient = openWallet();
      const { token } = orThrow(await sendTo(recipient));
      proxy.lie(async (asked) => {
        if (asked.route === 'POST /v1/restore') return { status: 200, body: { outputs: [], signatures: [] } };
        return lie(asked);
      });
      const key = nextKey();
      expect(codeOf(await redeemAt(recipient, token, key))).not.toBe('ok');
      expect(await balanceSat(recipient)).toBe(0);
    });

    test('and where it tells the truth later, the ecash is found', async () => {
      await fund(wallet, 40);
      const recipient = openWallet();
      const { token } = orThrow(await sendTo(recipient));
      const key = nextKey();
      proxy.lie(async (asked) => {
        if (asked.route === 'POST /v1/restore') return { status: 500, body: {} };
        return signatures((all) => all.slice(1))(asked);
      });
      expect(codeOf(await redeemAt(recipient, token, key))).toBe('mint-unreachable');
      expect((await recipient.resume()).open).toHaveLength(1);
      proxy.lie();
      expect(await recipient.resume()).toEqual({ endedCount: 1, open: [] });
      expect(await balanceSat(recipient)).toBe(10);
      expect(codeOf(await redeemAt(recipient, token, key))).toBe('ok');
    });
  });

  describe('that does it and says nothing', () => {
    const WAYS: [string, Lie][] = [
      ['breaks off', async ({ forward }) => (await forward(), 'break')],
      ['says that it failed', async ({ forward }) => (await forward(), { status: 500, body: {} })],
      ['says that it is busy', async ({ forward }) => (await forward(), { status: 429, body: {} })],
      ['says that it refused', async ({ forward }) => (await forward(), { status: 400, body: { code: 1 } })],
    ];
    test.each(WAYS)('%s: nothing is lost and nothing spent twice', async (_how, way) => {
      await fund(wallet, 40);
      const recipient = openWallet();
      const key = nextKey();
      proxy.lie(about('POST /v1/swap', way));
      const first = await sendTo(recipient, key);
      proxy.lie();
      await wallet.resume();
      const { token } = orThrow(await sendTo(recipient, key));
      if (first.ok) expect(first.value.token).toBe(token);
      expect(await balanceSat(wallet)).toBe(30);
      orThrow(await redeemAt(recipient, token));
      expect(await wallet.resume()).toEqual({ endedCount: 0, open: [] });
    });

    test('is not waited for beyond the time limit, nor after an abort', async () => {
      await fund(wallet, 40);
      const hasty = openWallet({
        store: wallet.store,
        fetch: createGuardedFetch({ allowHosts: [new URL(proxy.url).host], timeoutMs: 2_000 }),
      });
      proxy.lie(about('POST /v1/swap', async () => 'silence'));
      expect(codeOf(await sendPlain(hasty, 'quiet'))).toBe('mint-unreachable');
      const stop = new AbortController();
      proxy.lie(
        about('POST /v1/swap', async () => {
          stop.abort(new Error('enough'));
          return 'silence';
        }),
      );
      const wish = { key: 'quiet', mintUrl: proxy.url, amountMsat: sats(10), lock: 'none' } as const;
      await expect(hasty.send(wish, { signal: stop.signal })).rejects.toThrow('enough');
      proxy.lie();
      expect(codeOf(await sendPlain(hasty, 'quiet'))).toBe('ok');
      expect(await balanceSat(wallet)).toBe(30);
    });
  });

  describe('about what is spent', () => {
    test('makes fresh ecash look spent: it is refused, and still there', async () => {
      await fund(wallet, 20);
      const recipient = openWallet();
      const { token } = orThrow(await sendTo(recipient));
      proxy.lie(
        changed('POST /v1/checkstate', ({ states }: { states: object[] }) => ({
          states: states.map((state) => ({ ...state, state: 'SPENT' })),
        })),
      );
      expect(codeOf(await redeemAt(recipient, token))).toBe('already-spent');
      proxy.lie();
      expect(codeOf(await redeemAt(recipient, token))).toBe('ok');
    });

    test('makes spent ecash look fresh: only the swap counts, and it fails', async () => {
      await fund(wallet, 20);
      const recipient = openWallet();
      const { token } = orThrow(await sendTo(recipient));
      orThrow(await redeemAt(recipient, token));
      const other = openTestWallet({ mintUrls: [proxy.url] });
      const plain = orThrow(await sendPlain(wallet)).token;
      const takePlain = (by: EcashWallet) =>
        by.redeem({ key: nextKey(), ecash: plain, lock: { kind: 'none' }, minAmountMsat: sats(10) });
      orThrow(await takePlain(other));
      proxy.lie(
        changed('POST /v1/checkstate', ({ states }: { states: object[] }) => ({
          states: states.map((state) => ({ ...state, state: 'UNSPENT', witness: null })),
        })),
      );
      expect(codeOf(await takePlain(recipient))).toBe('mint-refused');
      expect(await balanceSat(recipient)).toBe(10);
    });

    test.each<[string, (states: object[]) => unknown]>([
      ['about fewer pieces', (states) => states.slice(1)],
      ['about other pieces', (states) => states.map((state) => ({ ...state, Y: `02${'11'.repeat(32)}` }))],
      ['nonsense', () => ['nonsense']],
    ])('speaks %s', async (_how, change) => {
      await fund(wallet, 20);
      const recipient = openWallet();
      const { token } = orThrow(await sendTo(recipient));
      proxy.lie(
        changed('POST /v1/checkstate', ({ states }: { states: object[] }) => ({ states: change(states) })),
      );
      expect(codeOf(await redeemAt(recipient, token))).toBe('mint-invalid');
    });

    test('shows a preimage that does not open the lock: it is not believed', async () => {
      await fund(wallet, 20);
      const key = nextKey();
      const lock = {
        kind: 'htlc',
        paymentHash: 'ab'.repeat(32),
        pubkey: openWallet().lockPubkey,
        refundPubkey: wallet.lockPubkey,
        refundAfter: 4_000_000_000,
      } as const;
      orThrow(await wallet.send({ key, mintUrl: proxy.url, amountMsat: sats(10), lock }));
      const witness = JSON.stringify({ preimage: 'cd'.repeat(32), signatures: [] });
      proxy.lie(
        changed('POST /v1/checkstate', ({ states }: { states: object[] }) => ({
          states: states.map((state) => ({ ...state, state: 'SPENT', witness })),
        })),
      );
      expect(orThrow(await wallet.lookupSent({ key }))).toEqual({ state: 'spent', preimage: null });
    });
  });

  describe('with answers that are no answers', () => {
    test.each<[string, Lie, string]>([
      [
        'endless redirects',
        async () => ({ raw: (response) => response.writeHead(302, { location: '/v1/info' }).end() }),
        'mint-unreachable',
      ],
      [
        'more than can be meant',
        async () => ({ raw: (response) => response.end(`{"nuts":"${'x'.repeat(2 << 20)}"}`) }),
        'mint-invalid',
      ],
      ['no JSON', async () => ({ raw: (response) => response.end('<html>') }), 'mint-invalid'],
      ['deep JSON', async () => ({ raw: (response) => response.end('['.repeat(500_000)) }), 'mint-invalid'],
      [
        'a redirect to a private address',
        async () => ({ raw: (response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end() }),
        'mint-unreachable',
      ],
    ])('%s', async (_how, lie, code) => {
      proxy.lie(lie);
      await expect(fund(wallet, 10)).rejects.toMatchObject({ code });
    });
  });

  test('that retires its keyset: ecash of the old one is still spent, new ecash is of the new one', async () => {
    await fund(wallet, 40);
    const [old] = await wallet.store.proofs({});
    // Both know the list of keysets from before.
    const recipient = openWallet();
    await fund(recipient, 10);
    await stage.mint.rotateKeyset(0);
    const { token } = orThrow(await sendTo(recipient));
    orThrow(await redeemAt(recipient, token, 'rotated'));
    expect(await balanceSat(wallet)).toBe(30);
    const fresh = await recipient.store.proofs({ role: 'purse', madeBy: 'redeem:rotated' });
    expect(fresh.length).toBeGreaterThan(0);
    for (const { id } of fresh) expect(id).not.toBe(old?.id);
  });
});
