import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { orThrow, parseInvoice } from '../../src/protocol/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { hearClaim } from '../../src/provider/refund/claim.ts';
import { refund } from '../../src/provider/refund/refund.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { balanceOf, claim, openDebtor, PAID_MSAT, refundInvoice, type Debtor } from './stage.ts';

let stage: BuyingStage;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const codeOf = async (outcome: ReturnType<typeof claim>) => {
  const taken = await outcome;
  return taken.ok ? taken.value.money : taken.failure.code;
};
const CLAIM = { type: 'refund-claim', id: 'cd'.repeat(32), text: '', createdAt: 1_800_000_000 } as const;
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + stage.clock.aheadSeconds + seconds;

describe('what is owed to a customer without an address', () => {
  test('is offered once, claimed and paid back in full; the provider bears the fees', async () => {
    const debtor = openDebtor(stage);
    const debt = await debtor.owe();
    const waiting = await debtor.settle(debt);
    expect(waiting).toMatchObject({ money: 'refund-due', refund: { via: 'claim', bolt11: null } });
    await debtor.settle(debt);
    const offers = await debtor.told(debt);
    expect(offers).toMatchObject([
      {
        type: 'refund-offer',
        amountMsat: PAID_MSAT,
        requestId: debt.request.id,
        authorPubkey: debtor.context.signer.pubkey,
      },
    ]);

    const before = await balanceOf(stage, 'customer');
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('refunded');
    expect(await balanceOf(stage, 'customer')).toBe(before + PAID_MSAT);
    expect((await debtor.sale(debt)).refund).toMatchObject({ via: 'claim', amountMsat: PAID_MSAT, bolt11 });
    expect(debtor.troubles).toEqual([]);
  });

  test('is on the books as unclaimed after its time, and paid all the same when somebody comes', async () => {
    const debtor = openDebtor(stage);
    const debt = await debtor.owe();
    await debtor.settle(debt);
    stage.clock.aheadSeconds = debtor.context.limits.refundClaimSeconds - 60;
    expect((await debtor.settle(debt)).money).toBe('refund-due');
    stage.clock.aheadSeconds += 120;
    expect((await debtor.settle(debt)).money).toBe('unclaimed');
    stage.clock.aheadSeconds = 0; // the wallets' clocks did not move
    expect(await codeOf(claim(debtor, debt, await refundInvoice(stage.wallet())))).toBe('refunded');
  });
});

describe('a claim is set aside', () => {
  let debtor: Debtor;
  let before: bigint;

  async function setAside(code: string, bolt11: string, told = debtor): Promise<void> {
    const debt = await told.owe();
    before = await balanceOf(stage, 'alice');
    expect(await codeOf(claim(told, debt, bolt11))).toBe(code);
    expect((await told.sale(debt)).money).toBe('refund-due');
    expect(await balanceOf(stage, 'alice')).toBe(before);
  }

  test('by anybody but the author of the request', async () => {
    debtor = openDebtor(stage);
    const debt = await debtor.owe();
    const thief = secretKeySigner(generateSecretKey());
    const bolt11 = await refundInvoice(stage.bank.wallet('bob'));
    expect(await codeOf(claim(debtor, debt, bolt11, thief))).toBe('not-the-customer');
    expect((await debtor.sale(debt)).money).toBe('refund-due');
  });

  test('for a job that was never sold here', async () => {
    debtor = openDebtor(stage);
    const other = openDebtor(stage);
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, await other.owe(), bolt11))).toBe('no-such-sale');
  });

  test.each([
    ['a larger amount', 'wrong-amount', () => refundInvoice(stage.wallet(), { amountMsat: PAID_MSAT + 1n })],
    [
      'a smaller amount',
      'wrong-amount',
      () => refundInvoice(stage.wallet(), { amountMsat: PAID_MSAT - 1000n }),
    ],
    ['no amount', 'amountless', async () => sampleInvoice({ prefix: 'lnbcrt', createdAt: inSeconds(0) })],
    [
      'another network',
      'wrong-network',
      async () => sampleInvoice({ prefix: 'lnbc210n', createdAt: inSeconds(0) }),
    ],
    ['an hour ago', 'invoice-expired', async () => sampleInvoice({ createdAt: inSeconds(-7200) })],
    ['a moment only', 'invoice-expired', () => refundInvoice(stage.wallet(), { expirySeconds: 20 })],
    [
      'years',
      'expires-too-late',
      async () => sampleInvoice({ createdAt: inSeconds(0), expirySeconds: 99_999_999 }),
    ],
    ['an invoice of our own wallet', 'invoice-used', () => refundInvoice(stage.bank.wallet('alice'))],
    [
      'a damaged invoice',
      'invalid-invoice',
      async () => `${(await refundInvoice(stage.wallet())).slice(0, -4)}qqqq`,
    ],
  ])('with an invoice for %s', async (_, code, make) => {
    debtor = openDebtor(stage);
    await setAside(code, await make());
  });

  test('with the invoice of another sale', async () => {
    debtor = openDebtor(stage);
    const other = await debtor.sale(await debtor.owe());
    await setAside('invoice-used', other.quote?.bolt11 ?? '');
  });

  test('with an invoice that paid for another refund', async () => {
    debtor = openDebtor(stage);
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, await debtor.owe(), bolt11))).toBe('refunded');
    await setAside('invoice-used', bolt11);
  });

  test('which is told with the sale, for its customer may not get its money', async () => {
    const told: unknown[] = [];
    debtor = openDebtor(stage, { onTrouble: ({ code }, sale) => told.push([code, sale?.requestId]) });
    const { customer, request } = await debtor.owe();
    const bolt11 = await refundInvoice(stage.wallet(), { amountMsat: PAID_MSAT + 1n });
    const wrong = { ...CLAIM, requestId: request.id, authorPubkey: customer.pubkey, bolt11 };
    expect(await hearClaim(debtor.context, wrong)).toBe(null);
    expect(told).toEqual([['wrong-amount', request.id]]);
  });

  test('while the wallet says nothing', async () => {
    const silent = faultyWallet(stage.bank.wallet('alice'), {
      lookup: async () => ({ ok: false, failure: { code: 'wallet-timeout', message: 'Nothing came.' } }),
    });
    debtor = openDebtor(stage, { wallet: silent });
    await setAside('wallet-timeout', await refundInvoice(stage.wallet()));
  });

  test('for a job that was delivered', async () => {
    debtor = openDebtor(stage);
    const debt = await debtor.deliver();
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('nothing-due');
    expect((await debtor.sale(debt)).money).toBe('settled');
  });

  test('when it is replayed after the refund, and when another follows it', async () => {
    debtor = openDebtor(stage);
    const debt = await debtor.owe();
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('refunded');
    before = await balanceOf(stage, 'alice');
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('nothing-due');
    expect(await codeOf(claim(debtor, debt, await refundInvoice(stage.wallet())))).toBe('nothing-due');
    await debtor.settle(debt);
    expect(await balanceOf(stage, 'alice')).toBe(before);
  });
});

test('of two claims at once one is paid', async () => {
  const debtor = openDebtor(stage);
  const debt = await debtor.owe();
  const before = await balanceOf(stage, 'customer');
  const invoices = await Promise.all([1, 2, 3].map(() => refundInvoice(stage.wallet())));
  const ends = await Promise.all(invoices.map((bolt11) => codeOf(claim(debtor, debt, bolt11))));
  expect(ends.filter((end) => end === 'refunded')).toHaveLength(1);
  expect(ends.filter((end) => end === 'being-refunded' || end === 'nothing-due')).toHaveLength(2);
  expect(await balanceOf(stage, 'customer')).toBe(before + PAID_MSAT);
});

describe('a refund that is slow', () => {
  /** An invoice of the customer that holds the payment until the test lets it go. */
  async function slowInvoice(): Promise<{ bolt11: string; preimage: string; paymentHash: string }> {
    const preimage = randomBytes(32);
    const paymentHash = bytesToHex(sha256(preimage));
    const made = await stage
      .wallet()
      .makeHoldInvoice({ amountMsat: PAID_MSAT, paymentHash, description: 'a refund', expirySeconds: 600 });
    return { bolt11: orThrow(made).bolt11 ?? '', preimage: bytesToHex(preimage), paymentHash };
  }
  const untilHeld = (paymentHash: string) =>
    vi.waitFor(
      async () => expect(orThrow(await stage.wallet().lookup({ paymentHash }))?.state).toBe('accepted'),
      { timeout: 20_000 },
    );

  test('is paid once when its call timed out and the payment succeeds later', async () => {
    const debtor = openDebtor(stage);
    const debt = await debtor.owe();
    const before = await balanceOf(stage, 'customer');
    const slow = await slowInvoice();
    expect(await codeOf(claim(debtor, debt, slow.bolt11))).toBe('refunding');
    await untilHeld(slow.paymentHash);
    expect(await codeOf(claim(debtor, debt, await refundInvoice(stage.wallet())))).toBe('being-refunded');
    expect((await debtor.settle(debt)).money).toBe('refunding');
    stage.clock.aheadSeconds = 700; // the invoice has expired, and the payment is still on its way
    expect((await debtor.settle(debt)).money).toBe('refunding');
    orThrow(await stage.wallet().settleHold({ preimage: slow.preimage }));
    await vi.waitFor(async () => expect((await debtor.settle(debt)).money).toBe('refunded'), {
      timeout: 20_000,
    });
    expect(await balanceOf(stage, 'customer')).toBe(before + PAID_MSAT);
  }, 40_000);

  test('is owed again only when a look after the expiry shows that it failed, and then another claim is paid', async () => {
    const wallet = faultyWallet(stage.bank.wallet('alice'), {});
    const debtor = openDebtor(stage, { wallet });
    const debt = await debtor.owe();
    const slow = await slowInvoice();
    expect(await codeOf(claim(debtor, debt, slow.bolt11))).toBe('refunding');
    await untilHeld(slow.paymentHash);
    orThrow(await stage.wallet().cancelHold({ paymentHash: slow.paymentHash }));
    const lookup = async () => orThrow(await wallet.lookup({ paymentHash: slow.paymentHash }))?.state;
    await vi.waitFor(async () => expect(await lookup()).toBe('failed'), { timeout: 20_000 });
    expect((await debtor.settle(debt)).money).toBe('refunding');
    expect(await codeOf(claim(debtor, debt, await refundInvoice(stage.wallet())))).toBe('being-refunded');
    stage.clock.aheadSeconds = orThrow(parseInvoice(slow.bolt11)).expiresAt - inSeconds(0) + 31;
    expect(await debtor.settle(debt)).toMatchObject({ money: 'refund-due', refund: { bolt11: null } });
    expect(wallet.payCalls).toHaveLength(1);
    expect((await debtor.told(debt)).map(({ type }) => type)).toContain('refund-offer');
    stage.clock.aheadSeconds = 0;
    expect(await codeOf(claim(debtor, debt, await refundInvoice(stage.wallet())))).toBe('refunded');
  }, 40_000);

  test('is not owed again because another wallet never heard of it', async () => {
    const refusing = faultyWallet(stage.bank.wallet('alice'), {
      pay: async () => ({ ok: false, failure: { code: 'wallet-timeout', message: 'No answer.' } }),
    });
    const debtor = openDebtor(stage, { wallet: refusing });
    const debt = await debtor.owe();
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('refunding');
    stage.clock.aheadSeconds = 700;
    const swapped = { ...debtor.context, wallet: stage.bank.wallet('bob') };
    expect(await refund(swapped, await debtor.sale(debt))).toBeNull();
    expect(debtor.troubles.map(({ code }) => code)).toContain('refund-forgotten');
    expect(await refund(debtor.context, await debtor.sale(debt))).toMatchObject({ money: 'refund-due' });
  });

  test('is tried again with the same invoice when the wallet refused at first', async () => {
    let refusals = 1;
    const real = stage.bank.wallet('alice');
    const wallet = faultyWallet(real, {
      pay: async (payment, call) =>
        refusals-- > 0
          ? { ok: false, failure: { code: 'insufficient-balance', message: 'Not now.' } }
          : real.pay(payment, call),
    });
    const debtor = openDebtor(stage, { wallet });
    const debt = await debtor.owe();
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('refunding');
    expect((await debtor.settle(debt)).money).toBe('refunding');
    expect(wallet.payCalls).toEqual([bolt11]);
    stage.clock.aheadSeconds = 11;
    expect((await debtor.settle(debt)).money).toBe('refunded');
    expect(wallet.payCalls).toEqual([bolt11, bolt11]);
    expect(debtor.troubles).toMatchObject([{ code: 'insufficient-balance' }]);
  });

  test('is handed to the wallet by one of several processes that look at it at once', async () => {
    let isDown = true;
    const real = stage.bank.wallet('alice');
    const wallet = faultyWallet(real, {
      pay: async (payment, call) =>
        isDown
          ? { ok: false, failure: { code: 'insufficient-balance', message: 'Not now.' } }
          : real.pay(payment, call),
    });
    const debtor = openDebtor(stage, { wallet });
    const debt = await debtor.owe();
    const bolt11 = await refundInvoice(stage.wallet());
    expect(await codeOf(claim(debtor, debt, bolt11))).toBe('refunding');
    isDown = false;
    stage.clock.aheadSeconds = 11;
    const seen = await debtor.sale(debt);
    await Promise.all([1, 2, 3].map(() => refund(debtor.context, seen)));
    expect(wallet.payCalls).toEqual([bolt11, bolt11]);
    expect((await debtor.settle(debt)).money).toBe('refunded');
  });
});
