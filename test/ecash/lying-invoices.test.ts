import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orThrow } from '../../src/protocol/index.ts';
import { about, changed, type LyingMint } from './lying-mint.ts';
import { openLyingStage, type LyingStage, type TestWallet } from './lying-stage.ts';
import { balanceSat, codeOf, fund, sats, type EcashStage } from './stage.ts';

/** From BOLT11: for 250,000 sat of real money, expired. */
const MAINNET_INVOICE =
  'lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh';

describe('a mint that lies about invoices', () => {
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
  const nextKey = () => `invoice ${++count}`;

  test.each<[string, () => Promise<string>]>([
    ['asks for more than was wished', async () => (await invoice(500)).bolt11],
    ['sends no invoice', () => Promise.resolve('lnbc1nonsense')],
    ['sends an invoice of real money', () => Promise.resolve(MAINNET_INVOICE)],
  ])('%s: nothing is paid', async (_how, request) => {
    const replaced = await request();
    const before = orThrow(await stage.lightning.balance());
    proxy.lie(changed('POST /v1/mint/quote', (quote: object) => ({ ...quote, request: replaced })));
    await expect(fund(wallet, 10)).rejects.toMatchObject({ code: 'invalid-invoice' });
    expect(orThrow(await stage.lightning.balance())).toEqual(before);
    expect(await wallet.store.openOperations()).toEqual([]);
  });

  test('says that it was not paid: the invoice is paid once, and the ecash comes with the truth', async () => {
    const before = orThrow(await stage.lightning.balance()).spendableMsat;
    let looks = 0;
    proxy.lie(
      about('GET /v1/mint/quote', async ({ forward }) => {
        const { status, body } = await forward();
        looks += 1;
        return looks > 4 ? 'break' : { status, body: { ...Object(body), state: 'UNPAID' } };
      }),
    );
    const key = nextKey();
    await expect(fund(wallet, 10, key)).rejects.toMatchObject({ code: 'mint-unreachable' });
    expect(looks).toBeGreaterThan(4);
    proxy.lie();
    expect(await wallet.resume()).toEqual({ endedCount: 1, open: [] });
    await fund(wallet, 10, key);
    expect(await balanceSat(wallet)).toBe(10);
    const paid = before - orThrow(await stage.lightning.balance()).spendableMsat;
    expect(paid).toBeLessThan(sats(20));
  });

  test('pays for us, as it says, and shows no preimage', async () => {
    await fund(wallet, 100);
    const { bolt11 } = await invoice(50);
    const wish = { key: nextKey(), mintUrl: proxy.url, bolt11, feeLimitMsat: sats(5) };
    proxy.lie(
      about('', async ({ route, forward }) => {
        if (!route.includes('/melt/')) return forward();
        if (route === 'POST /v1/melt/quote/bolt11') return forward();
        const { status, body } = route.startsWith('GET')
          ? await forward()
          : { status: 200, body: { quote: 'x', amount: 50, state: 'PAID' } };
        const state = proxy.asked.includes('POST /v1/melt/bolt11') ? 'PAID' : 'UNPAID';
        return { status, body: { ...Object(body), state, payment_preimage: '00'.repeat(32) } };
      }),
    );
    expect(codeOf(await wallet.melt(wish))).toBe('unproven-payment');
    const left = await balanceSat(wallet);
    proxy.lie();
    expect(codeOf(await wallet.melt(wish))).toBe('unproven-payment');
    expect(await balanceSat(wallet)).toBe(left);
    expect(proxy.asked).toEqual([]);
  });

  test('asks for another amount, or for more fees than allowed', async () => {
    await fund(wallet, 100);
    const { bolt11 } = await invoice(50);
    const melt = () => wallet.melt({ key: nextKey(), mintUrl: proxy.url, bolt11, feeLimitMsat: sats(5) });
    proxy.lie(changed('POST /v1/melt/quote', (quote: object) => ({ ...quote, amount: 60 })));
    expect(codeOf(await melt())).toBe('mint-invalid');
    proxy.lie(changed('POST /v1/melt/quote', (quote: object) => ({ ...quote, fee_reserve: 40 })));
    expect(codeOf(await melt())).toBe('fee-too-high');
    expect(await balanceSat(wallet)).toBe(100);
    proxy.lie();
    expect(codeOf(await melt())).toBe('ok');
  });

  test('gives no change: what it would keep counts as its fee', async () => {
    const generous = openWallet();
    await fund(generous, 1024);
    await fund(wallet, 64);
    proxy.lie(
      changed('GET /v1/info', (info: { nuts: object }) => ({ nuts: { ...info.nuts, 8: undefined } })),
    );
    const melt = async (purse: TestWallet, limit: number) =>
      openWallet({ store: purse.store }).melt({
        key: nextKey(),
        mintUrl: proxy.url,
        bolt11: (await invoice(50)).bolt11,
        feeLimitMsat: sats(limit),
      });
    expect(await melt(generous, 5)).toMatchObject({
      failure: { code: 'fee-too-high', data: { feeSat: '974' } },
    });
    expect(await balanceSat(generous)).toBe(1024);
    expect(codeOf(await melt(wallet, 13))).toBe('fee-too-high');
    expect(codeOf(await melt(wallet, 14))).toBe('ok');
  });

  test('is paying, and only later has paid', async () => {
    await fund(wallet, 100);
    const { bolt11, paymentHash } = await invoice(50);
    const wish = { key: nextKey(), mintUrl: proxy.url, bolt11, feeLimitMsat: sats(5) };
    proxy.lie(
      about('GET /v1/melt/quote', async ({ forward }) => {
        const { status, body } = await forward();
        const state = proxy.asked.includes('POST /v1/melt/bolt11') ? 'PENDING' : 'UNPAID';
        return { status, body: { ...Object(body), state, payment_preimage: null, change: null } };
      }),
    );
    expect(codeOf(await wallet.melt(wish))).toBe('mint-pending');
    expect(await balanceSat(wallet)).toBeLessThanOrEqual(50);
    proxy.lie();
    const { preimage } = orThrow(await wallet.melt(wish));
    const received = orThrow(await stage.lightning.lookup({ paymentHash }));
    expect(received).toMatchObject({ state: 'settled', preimage });
    expect(await balanceSat(wallet)).toBeGreaterThanOrEqual(45);
  });

  async function invoice(amountSat: number): Promise<{ bolt11: string; paymentHash: string }> {
    const wish = { amountMsat: sats(amountSat), description: 'x', expirySeconds: 600 };
    const { bolt11, paymentHash } = orThrow(await stage.lightning.makeInvoice(wish));
    return { bolt11: bolt11 ?? '', paymentHash };
  }
});
