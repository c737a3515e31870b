import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger, Sale } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { failure, msat, orThrow, success } from '../../src/protocol/index.ts';
import { reconcile } from '../../src/account/index.ts';
import {
  bookPurchase,
  bookSale,
  failedToPay,
  findings,
  heldInvoice,
  invoiceOf,
  openAccountStage,
  OURS,
  PRICE_MSAT,
  workOn,
  type AccountStage,
} from './stage.ts';

const FEE_LIMIT = msat(5_000n);
const AFTER_EXPIRY = 700;

let stage: AccountStage;
let ledger: Ledger;
beforeAll(async () => {
  stage = await openAccountStage();
}, 60_000);
beforeEach(async () => {
  ({ ledger } = await stage.openBooks());
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const codes = async (told: Parameters<typeof findings>[2] = {}) =>
  (await findings(stage, ledger, told)).map(({ code, standing }) => [code, standing]);
const current = async ({ requestId }: Pick<Sale, 'requestId'>) =>
  (await ledger.sales.get(OURS, requestId)) ?? expect.unreachable('the sale is there');
const payOther = async (invoice: { readonly bolt11: string }) =>
  orThrow(await stage.wallet.pay({ bolt11: invoice.bolt11, feeLimitMsat: FEE_LIMIT }));
const payUs = async (invoice: { readonly bolt11: string }) =>
  orThrow(await stage.otherWallet.pay({ bolt11: invoice.bolt11, feeLimitMsat: FEE_LIMIT }));

/** Repairs, and shows that a second look finds nothing more to do. */
async function repairsOnce(code: string, wallet: Wallet = stage.wallet): Promise<void> {
  expect(await codes({ wallet, dryRun: true })).toEqual([[code, 'repairable']]);
  expect(await codes({ wallet, dryRun: true })).toEqual([[code, 'repairable']]); // nothing was changed
  expect(await codes({ wallet })).toEqual([[code, 'repaired']]);
  expect(await codes({ wallet })).toEqual([]);
}

describe('payments that a crash left open', () => {
  const reserve = async (invoice: { readonly bolt11: string; readonly paymentHash: string }) => {
    const limits = ledger.spending.limits(OURS, { perJobMsat: msat(100_000n) });
    const wish = { amountMsat: PRICE_MSAT, feeLimitMsat: FEE_LIMIT, counterparty: 'x', purpose: 'zap' };
    return orThrow(await limits.reserve({ ...wish, ...invoice }));
  };

  it('books what the wallet has paid, with its preimage', async () => {
    const invoice = await invoiceOf(stage.otherWallet);
    await (await reserve(invoice)).inFlight();
    const { preimage, feePaidMsat } = await payOther(invoice);
    await repairsOnce('payment-settled');
    expect(await ledger.spending.payment(invoice.paymentHash)).toMatchObject({
      state: 'settled',
      preimage,
      feePaidMsat,
    });
  });

  it('releases what was certainly never sent, and not before that is certain', async () => {
    const invoice = await invoiceOf(stage.otherWallet);
    await reserve(invoice);
    expect(await codes()).toEqual([]);
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    await repairsOnce('payment-never-sent');
    expect(await ledger.spending.payment(invoice.paymentHash)).toMatchObject({ state: 'failed' });
  });

  it.each<[string, Partial<Wallet>, string, string]>([
    [
      'does not answer',
      { lookup: async () => failure('wallet-timeout', 'No answer.') },
      'wallet-silent',
      'open',
    ],
    [
      'shows a wrong preimage',
      {
        lookup: async (payment) => {
          const found = orThrow(await stage.wallet.lookup(payment));
          return success(found && { ...found, preimage: 'ab'.repeat(32) });
        },
      },
      'payment-unproven',
      'serious',
    ],
  ])('changes nothing when the wallet %s', async (_what, faults, code, standing) => {
    const invoice = await invoiceOf(stage.otherWallet);
    await (await reserve(invoice)).inFlight();
    await payOther(invoice);
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    expect(await codes({ wallet: { ...stage.wallet, ...faults } })).toEqual([[code, standing]]);
    expect(await ledger.spending.payment(invoice.paymentHash)).toMatchObject({ state: 'in-flight' });
  });

  it('says so when the books and the wallet contradict each other, and leaves both', async () => {
    const [paid, failed] = [await invoiceOf(stage.otherWallet), await invoiceOf(stage.otherWallet)];
    await (await reserve(paid)).spent({ preimage: 'ab'.repeat(32), feePaidMsat: msat(0n) });
    await (await reserve(failed)).released();
    await payOther(failed);
    expect(new Map((await codes()).map(([code = '', standing]) => [code, standing]))).toEqual(
      new Map([
        ['paid-after-all', 'serious'],
        ['paid-not-in-wallet', 'serious'],
      ]),
    );
  });

  it('fails with the reason of a wallet that answers nothing at all', async () => {
    const silent = {
      ...stage.wallet,
      capabilities: async () => failure('wallet-unreachable', 'Nobody is there.'),
    } as Wallet;
    const { signal } = new AbortController();
    const options = { dryRun: false, since: 0, onFinding: () => undefined, now: stage.now, signal };
    expect(await reconcile({ ...options, ledger, wallet: silent, ecash: null, pubkey: OURS })).toMatchObject({
      failure: { code: 'wallet-unreachable' },
    });
  });
});

describe('purchases that a crash left open', () => {
  it('books the payment and the purchase together', async () => {
    const invoice = await invoiceOf(stage.otherWallet);
    const { requestId } = await bookPurchase(ledger, invoice, stage.now() + 60);
    const { preimage } = await payOther(invoice);
    await repairsOnce('payment-settled');
    expect(await ledger.purchases.get(requestId)).toMatchObject({ state: 'paid', preimage });
    expect(await ledger.purchases.payment(invoice.paymentHash)).toMatchObject({ state: 'settled' });
  });

  it('ends a purchase whose payment was never sent, once its time is over', async () => {
    const invoice = await invoiceOf(stage.otherWallet);
    const { requestId } = await bookPurchase(ledger, invoice, stage.now() + 2 * AFTER_EXPIRY);
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    expect(await codes({ wallet: failedToPay(stage.wallet, invoice.paymentHash) })).toEqual([
      ['payment-never-sent', 'open'],
    ]);
    stage.clock.aheadSeconds = 3 * AFTER_EXPIRY;
    expect(await codes()).toEqual([['payment-forgotten', 'serious']]);
    await repairsOnce('payment-never-sent', failedToPay(stage.wallet, invoice.paymentHash));
    expect(await ledger.purchases.get(requestId)).toMatchObject({
      state: 'expired',
      failure: { code: 'offers-failed' },
    });
  });

  it('does not believe a wallet that forgot a payment which it had shown', async () => {
    const invoice = await invoiceOf(stage.otherWallet);
    const paying = await bookPurchase(ledger, invoice, stage.now());
    orThrow(await ledger.purchases.change(paying, { state: 'locked', payment: 'in-flight' }));
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    expect(await codes()).toEqual([['payment-forgotten', 'serious']]);
  });

  it('books money that came back by the claimed invoice', async () => {
    const paid = await invoiceOf(stage.otherWallet);
    const paying = await bookPurchase(ledger, paid, stage.now());
    const { preimage, feePaidMsat } = await payOther(paid);
    const back = await invoiceOf(stage.wallet);
    orThrow(
      await ledger.purchases.change(paying, {
        state: 'paid',
        payment: 'settled',
        preimage,
        feePaidMsat,
        refund: { bolt11: back.bolt11, paymentHash: back.paymentHash },
      }),
    );
    expect(await codes()).toEqual([]);
    await payUs(back);
    await repairsOnce('refund-received');
    expect(await ledger.purchases.get(paying.requestId)).toMatchObject({ state: 'refunded' });
  });
});

describe('sales by a plain invoice', () => {
  it('owes what was paid after the offer had ended', async () => {
    const invoice = await invoiceOf(stage.wallet);
    const sale = await bookSale(
      ledger,
      'prepay',
      invoice,
      { money: 'quoted' },
      { work: 'expired', money: 'lapsed' },
    );
    expect(await codes()).toEqual([]);
    await payUs(invoice);
    await repairsOnce('late-payment');
    expect(await current(sale)).toMatchObject({ money: 'refund-due' });
    expect(await ledger.sales.receipts(sale)).toMatchObject([{ amountMsat: PRICE_MSAT, via: 'invoice' }]);
  });

  it('welcomes what was paid late for delivered work', async () => {
    const invoice = await invoiceOf(stage.wallet);
    await bookSale(ledger, 'postpay', invoice);
    const ready = await workOn(ledger, { money: 'quoted' });
    const delivered = orThrow(await ledger.sales.change(ready, { work: 'delivered', money: 'lapsed' }));
    await payUs(invoice);
    await repairsOnce('late-payment');
    expect(await current(delivered)).toMatchObject({ work: 'delivered', money: 'settled' });
  });

  it('leaves a paid job to the provider', async () => {
    const invoice = await invoiceOf(stage.wallet);
    const sale = await bookSale(ledger, 'prepay', invoice, { money: 'quoted' });
    await payUs(invoice);
    expect(await codes()).toEqual([['paid-awaits-provider', 'open']]);
    expect(await current(sale)).toEqual(sale);
  });

  it.each([
    ['that the wallet never saw', 'ab'.repeat(32), PRICE_MSAT, 'receipt-not-in-wallet'],
    ['of another amount', null, msat(20_999n), 'amount-differs'],
  ])('never changes a receipt %s', async (_what, hash, amountMsat, code) => {
    const invoice = await invoiceOf(stage.wallet);
    if (hash === null) await payUs(invoice);
    const receipt = {
      paymentHash: hash ?? invoice.paymentHash,
      via: 'invoice' as const,
      amountMsat,
      receivedAt: stage.now(),
    };
    const sale = await bookSale(
      ledger,
      'prepay',
      invoice,
      { money: 'quoted' },
      { money: 'settled', receipts: [receipt] },
    );
    expect(await codes()).toEqual([[code, 'serious']]);
    expect(await current(sale)).toEqual(sale);
  });
});

it('books an invoice that was paid after its job had been paid by a zap', async () => {
  const [invoice, zapped] = [await invoiceOf(stage.wallet), await invoiceOf(stage.wallet)];
  await payUs(zapped);
  const zap = { paymentHash: zapped.paymentHash, via: 'zap' as const, amountMsat: PRICE_MSAT };
  const settled = { money: 'settled', receipts: [{ ...zap, receivedAt: stage.now() }] } as const;
  const sale = await bookSale(ledger, 'prepay', invoice, { money: 'quoted' }, settled);
  expect(await codes()).toEqual([]);
  await payUs(invoice);
  await repairsOnce('paid-twice');
  expect((await ledger.sales.receipts(sale)).map(({ via }) => via).toSorted()).toEqual(['invoice', 'zap']);
});

describe('sales by a hold invoice', () => {
  const locked = { money: 'locked', lockedAt: 1 } as const;

  it('books what was taken while the books did not know', async () => {
    const { invoice, paying } = await heldInvoice(stage);
    await bookSale(ledger, 'hold', invoice, { money: 'quoted' }, locked);
    const ready = await workOn(ledger);
    const settling = orThrow(await ledger.sales.change(ready, { work: 'delivered', money: 'settling' }));
    expect(await codes()).toEqual([['paid-awaits-provider', 'open']]);
    orThrow(await stage.wallet.settleHold({ preimage: invoice.preimage }));
    await paying;
    await repairsOnce('settling-done');
    expect(await current(settling)).toMatchObject({ money: 'settled' });
    expect(await ledger.sales.receipts(settling)).toMatchObject([{ amountMsat: PRICE_MSAT }]);
  });

  it('gives back what is still held for a job that has ended', async () => {
    const { invoice, paying } = await heldInvoice(stage);
    await bookSale(ledger, 'hold', invoice, { money: 'quoted' }, { work: 'expired', money: 'lapsed' });
    await repairsOnce('held-after-end');
    expect(await paying).toMatchObject({ ok: false });
  });

  it('books that a hold was lost', async () => {
    const { invoice, paying } = await heldInvoice(stage);
    const lockedSale = await bookSale(ledger, 'hold', invoice, { money: 'quoted' }, locked, {
      work: 'failed',
    });
    orThrow(await stage.wallet.cancelHold({ paymentHash: invoice.paymentHash }));
    await paying;
    await repairsOnce('hold-lost');
    expect(await current(lockedSale)).toMatchObject({ money: 'released' });
  });

  it('marks a sale whose money was taken although it was given back', async () => {
    const { invoice, paying } = await heldInvoice(stage);
    const back = await bookSale(ledger, 'hold', invoice, { money: 'quoted' }, locked, {
      work: 'failed',
      money: 'released',
    });
    orThrow(await stage.wallet.settleHold({ preimage: invoice.preimage }));
    await paying;
    expect(await codes()).toEqual([['taken-unbooked', 'serious']]);
    expect(await current(back)).toMatchObject({ money: 'unreconciled' });
    expect(await codes()).toEqual([['taken-undelivered', 'serious']]);
  });
});

describe('refunds', () => {
  async function refunding(via: 'claim' | 'lud16') {
    const invoice = await invoiceOf(stage.wallet);
    await payUs(invoice);
    const receipt = { paymentHash: invoice.paymentHash, via: 'invoice' as const, receivedAt: stage.now() };
    const { bolt11, paymentHash } = await invoiceOf(stage.otherWallet);
    const sale = await bookSale(
      ledger,
      'prepay',
      invoice,
      { money: 'quoted' },
      { money: 'settled', receipts: [{ ...receipt, amountMsat: PRICE_MSAT }] },
      { work: 'failed', money: 'refund-due' },
      {
        money: 'refunding',
        refund: { via, amountMsat: PRICE_MSAT, bolt11, paymentHash, feePaidMsat: null },
      },
    );
    return { sale, back: { bolt11, paymentHash } };
  }

  it('books one that was paid', async () => {
    const { sale, back } = await refunding('claim');
    const { feePaidMsat } = await payOther(back);
    await repairsOnce('refund-paid');
    expect(await current(sale)).toMatchObject({ money: 'refunded', refund: { feePaidMsat } });
  });

  it('leaves one whose customer must be told to the provider', async () => {
    const { sale, back } = await refunding('lud16');
    await payOther(back);
    expect(await codes()).toEqual([['refund-awaits-provider', 'open']]);
    expect(await current(sale)).toEqual(sale);
  });

  it('owes one again that was certainly not paid', async () => {
    const { sale, back } = await refunding('claim');
    expect(await codes()).toEqual([]);
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    expect(await codes()).toEqual([['refund-forgotten', 'serious']]); // it may be another wallet
    expect(await current(sale)).toEqual(sale);
    await repairsOnce('refund-not-sent', failedToPay(stage.wallet, back.paymentHash));
    expect(await current(sale)).toMatchObject({ money: 'refund-due' });
  });
});

it('lists what moved through the wallet and is in no book', async () => {
  const [incoming, outgoing] = [await invoiceOf(stage.wallet), await invoiceOf(stage.otherWallet)];
  await payUs(incoming);
  await payOther(outgoing);
  const found: unknown[] = [];
  const { signal } = new AbortController();
  orThrow(
    await reconcile({
      ledger,
      wallet: stage.wallet,
      ecash: null,
      pubkey: OURS,
      dryRun: false,
      since: 0,
      onFinding: ({ code, standing, paymentHash }) => found.push([code, standing, paymentHash]),
      now: stage.now,
      signal,
    }),
  );
  expect(found).toContainEqual(['unknown-incoming', 'open', incoming.paymentHash]);
  expect(found).toContainEqual(['unknown-outgoing', 'open', outgoing.paymentHash]);
});
