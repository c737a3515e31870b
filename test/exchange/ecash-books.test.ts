import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  reconcile,
  totalBooks,
  type AccountEcash,
  type BookedItem,
  type Finding,
} from '../../src/account/index.ts';
import { trialBalance, type Ledger } from '../../src/ledger/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { untilState } from '../customer/stage.ts';
import { about } from '../ecash/lying-mint.ts';
import { balanceSat, codeOf, fund, openTestWallet, sats, unixNow } from '../ecash/stage.ts';
import { Death } from '../fixtures/death.ts';
import { openEcashMarket, wishFor, type EcashMarket, type Purse } from './ecash-stage.ts';

vi.setConfig({ testTimeout: 60_000 });

let market: EcashMarket;
let death: Death;
beforeAll(async () => {
  market = await openEcashMarket();
}, 60_000);
afterEach(async () => {
  death.bury();
  await market.sweep();
});
afterAll(() => market.close());

/** The books of one side. */
interface Side {
  readonly purse: Purse;
  readonly ledger: Ledger;
  readonly ecash: AccountEcash;
}

function sideOf(purse: Purse): Side {
  death = new Death();
  return { purse, ledger: market.stage.openLedger(), ecash: market.ecashOf(purse) };
}

/** Compares and repairs; what the wallet, which all share, did for others is left out. */
async function findings({ purse, ledger, ecash }: Side, dryRun = false): Promise<Finding[]> {
  const found: Finding[] = [];
  const { signal } = new AbortController();
  const whose = { ledger, ecash, wallet: market.stage.wallet(), pubkey: purse.signer.pubkey };
  const onFinding = (finding: Finding) => found.push(finding);
  orThrow(await reconcile({ ...whose, dryRun, since: 0, onFinding, now: unixNow, signal }));
  return found.filter(({ subject }) => subject !== 'wallet');
}

const codesOf = (found: readonly Finding[]) => found.map(({ code, standing }) => `${code} ${standing}`);

async function totals({ purse, ledger, ecash }: Side) {
  const items: BookedItem[] = [];
  const books = { ledger, ecash, pubkey: purse.signer.pubkey };
  const sums = await totalBooks(books, (item) => items.push(item));
  for (const { id, journal } of items)
    expect([id, [...trialBalance(journal).values()].reduce((sum, amount) => sum + amount, 0n)]).toEqual([
      id,
      0n,
    ]);
  return { sums: Object.fromEntries(sums), items };
}

describe.each([
  ['ecash-htlc', 0],
  ['nutzap', 100],
] as const)('after a job by %s the books of both sides are what they hold', (exchange, balance) => {
  test(balance === 0 ? 'with ecash that was bought for it' : 'out of a balance', async () => {
    const buyer = sideOf(market.openPurse());
    const taker = sideOf(market.openPurse());
    const lightning = async () => orThrow(await market.stage.wallet().balance()).spendableMsat;
    const before = await lightning();
    if (balance > 0) await fund(buyer.purse.wallet, balance);
    const seller = await market.sell({ exchanges: [exchange] }, { ledger: taker.ledger }, taker.purse);
    const customer = market.buyer(buyer.purse, { ledger: buyer.ledger });
    const purchase = orThrow(await customer.buy(wishFor(seller)));
    expect(await purchase.result()).toMatchObject({ ok: true, value: { settlement: 'settled' } });
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
    await untilSettled(buyer.ledger, purchase.requestId);

    const bought = await totals(buyer);
    expect(bought.sums['ecash']).toBe(sats(await balanceSat(buyer.purse.wallet)));
    expect(bought.sums['wallet']).toBe((await lightning()) - before);
    expect(bought.sums).toMatchObject({ 'paid-for-work': 21_000n, 'on-its-way': 0n });
    expect(bought.sums['mint-fees']).toBeGreaterThan(0n);
    const sold = await totals(taker);
    const earned = sats(await balanceSat(taker.purse.wallet));
    expect(sold.sums).toMatchObject({ ecash: earned, 'owed-to-customers': 21_000n - earned });
    expect(sold.sums['wallet']).toBeUndefined();
    expect(codesOf(await findings(buyer))).toEqual([]);
    expect(codesOf(await findings(taker))).toEqual([]);
  });
});

async function untilSettled(ledger: Ledger, requestId: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const [payment] = await ledger.purchases.payments(requestId);
      expect(payment?.state).toBe('settled');
    },
    { timeout: 20_000 },
  );
}

test('a refund in ecash is in the books of both, with the fees of the mint', async () => {
  const buyer = sideOf(market.openPurse());
  const taker = sideOf(market.openPurse());
  await fund(buyer.purse.wallet, 100);
  await fund(taker.purse.wallet, 100);
  expect(await buyer.ecash.announce()).toBe(true);
  const handler = () => Promise.reject(new Error('out of paper'));
  const seller = await market.sell({ exchanges: ['nutzap'], handler }, { ledger: taker.ledger }, taker.purse);
  const customer = market.buyer(buyer.purse, { ledger: buyer.ledger });
  const purchase = orThrow(await customer.buy(wishFor(seller)));
  await seller.until(({ money }) => money === 'refunded');
  await untilState(customer, purchase.requestId, 'refunded');
  for (const side of [buyer, taker]) {
    const { sums } = await totals(side);
    expect(sums['ecash']).toBe(sats(await balanceSat(side.purse.wallet)));
    expect(codesOf(await findings(side))).toEqual([]);
  }
  expect((await totals(taker)).sums).toMatchObject({ 'owed-to-customers': 0n, 'on-its-way': 0n });
});

describe('a crash between the mint and the books', () => {
  test('of a provider that redeemed locked ecash is completed', async () => {
    const buyer = sideOf(market.openPurse());
    const taker = sideOf(market.openPurse());
    await fund(buyer.purse.wallet, 100);
    const seller = await market.sell(
      { exchanges: ['ecash-htlc'] },
      { ledger: death.mortal<Ledger>(taker.ledger), checkpoint: death.at('provider:settled-by-wallet') },
      taker.purse,
    );
    const customer = market.buyer(buyer.purse, { ledger: buyer.ledger });
    orThrow(await customer.buy(wishFor(seller)));
    await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
    expect(codesOf(await findings(taker, true))).toEqual(['settling-done repairable']);
    expect(codesOf(await findings(taker))).toEqual(['settling-done repaired']);
    expect(codesOf(await findings(taker))).toEqual([]);
    const [sale] = await taker.ledger.sales.listRecent({ limit: 1 });
    expect(sale?.money).toBe('settled');
  });

  test('of a customer whose lock was redeemed meanwhile is completed', async () => {
    const buyer = sideOf(market.openPurse());
    await fund(buyer.purse.wallet, 100);
    const work = Promise.withResolvers<string>();
    const seller = await market.sell({ exchanges: ['ecash-htlc'], handler: () => work.promise });
    const customer = market.buyer(buyer.purse, { ledger: buyer.ledger });
    const { requestId } = orThrow(await customer.buy(wishFor(seller)));
    await seller.until(({ money }) => money === 'locked');
    await customer.close();
    expect(codesOf(await findings(buyer))).toEqual([]);
    work.resolve('done');
    await seller.until(({ money }) => money === 'settled');
    expect(codesOf(await findings(buyer))).toEqual(['payment-settled repaired']);
    expect(codesOf(await findings(buyer))).toEqual([]);
    expect(await buyer.ledger.purchases.get(requestId)).toMatchObject({ state: 'paid' });
  });

  test('of a provider that redeemed a nutzap is told, and completed by the next that runs', async () => {
    const buyer = sideOf(market.openPurse());
    const taker = sideOf(market.openPurse());
    await fund(buyer.purse.wallet, 100);
    const told = { exchanges: ['nutzap'] } as const;
    const doomed = await market.sell(
      told,
      { ledger: death.mortal<Ledger>(taker.ledger), checkpoint: death.at('provider:payment-seen') },
      taker.purse,
    );
    const wish = wishFor(doomed);
    orThrow(await market.buyer(buyer.purse, { ledger: buyer.ledger }).buy(wish));
    await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
    expect(codesOf(await findings(taker))).toEqual(['ecash-unbooked open']);
    const next = await market.sell({ ...told, kind: wish.kind }, { ledger: taker.ledger }, taker.purse);
    await next.until(({ money }) => money === 'settled');
    expect(codesOf(await findings(taker))).toEqual([]);
  });

  test('of ecash that was paid for and not made is completed when the mint answers', async () => {
    const side = sideOf(market.openPurse());
    market.proxy.lie(about('POST /v1/mint/bolt11', async () => 'break'));
    const [mintUrl = ''] = side.purse.wallet.mintUrls;
    const wish = { key: 'mine', mintUrl, amountMsat: sats(50), feeLimitMsat: sats(5) };
    expect(codeOf(await side.purse.wallet.mint(wish))).toBe('mint-unreachable');
    expect((await totals(side)).sums).toMatchObject({ wallet: -55_000n, 'on-its-way': 55_000n });
    expect(codesOf(await findings(side))).toEqual(['ecash-unfinished open']);
    market.proxy.lie();
    expect(codesOf(await findings(side, true))).toEqual(['ecash-unfinished repairable']);
    expect(codesOf(await findings(side))).toEqual(['ecash-unfinished repaired']);
    expect(codesOf(await findings(side))).toEqual([]);
    expect((await totals(side)).sums).toMatchObject({ ecash: 50_000n, wallet: -50_000n });
  });
});

test('buying and melting ecash is known, whoever asks for it', async () => {
  const side = sideOf(market.openPurse());
  await fund(side.purse.wallet, 100);
  const invoice = await market.stage.wallet().makeInvoice({
    amountMsat: sats(30),
    description: 'ours',
    expirySeconds: 600,
  });
  const { bolt11, paymentHash } = orThrow(invoice);
  const [mintUrl = ''] = side.purse.wallet.mintUrls;
  const melt = { key: 'out', mintUrl, bolt11: bolt11 ?? never(), feeLimitMsat: sats(10) };
  orThrow(await side.purse.wallet.melt(melt));
  const found: Finding[] = [];
  const { purse, ledger, ecash } = side;
  const whose = { ledger, ecash, wallet: market.stage.wallet(), pubkey: purse.signer.pubkey };
  const told = { dryRun: false, since: 0, now: unixNow, signal: new AbortController().signal };
  orThrow(await reconcile({ ...whose, ...told, onFinding: (finding) => found.push(finding) }));
  const bought: string[] = [];
  for await (const movement of ecash.movements()) bought.push(movement.paymentHash ?? never());
  expect(bought).toHaveLength(2);
  expect(bought).toContain(paymentHash);
  expect(found.filter((finding) => bought.includes(finding.paymentHash))).toEqual([]);
  const { sums } = await totals(side);
  expect(sums).toMatchObject({ withdrawn: 30_000n, ecash: sats(await balanceSat(purse.wallet)) });
});

test('ecash that a copy of the books has spent is reported by the word of the mint, and written off', async () => {
  const secrets = { seed: crypto.getRandomValues(new Uint8Array(64)), mintUrls: [market.proxy.url] };
  const lightning = market.stage.wallet();
  const wallet = openTestWallet({ ...secrets, lightning });
  const side = sideOf({ ...market.openPurse(), wallet });
  await fund(wallet, 64);
  const copy = openTestWallet(secrets);
  const [mintUrl = ''] = wallet.mintUrls;
  orThrow(await copy.restore({ mintUrl }));
  orThrow(await copy.send({ key: 'gone', mintUrl, amountMsat: sats(10), lock: 'none' }));
  const [spent, ...others] = await findings(side);
  expect(others).toEqual([]);
  expect(spent).toMatchObject({ code: 'ecash-spent-elsewhere', standing: 'serious', mintUrl });
  expect(codesOf(await findings(side))).toEqual([]);
  const { sums } = await totals(side);
  expect(sums).toMatchObject({ unexplained: spent?.amountMsat, ecash: sats(await balanceSat(wallet)) });
});

test('a mint that is silent changes nothing', async () => {
  const side = sideOf(market.openPurse());
  await fund(side.purse.wallet, 10);
  market.proxy.lie(about('POST /v1/checkstate', async () => 'break'));
  expect(codesOf(await findings(side))).toEqual(['mint-silent open']);
  expect(await balanceSat(side.purse.wallet)).toBe(10);
});

function never(): never {
  throw new Error('It has none.');
}
