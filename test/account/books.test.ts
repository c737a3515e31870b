import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { owedMsat, totalBooks, withdraw, type BookedItem } from '../../src/account/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { msat, orThrow } from '../../src/protocol/index.ts';
import {
  bookPurchase,
  bookSale,
  fetchFrom,
  invoiceOf,
  openAccountStage,
  OURS,
  PRICE_MSAT,
  workOn,
  type AccountStage,
} from './stage.ts';

let stage: AccountStage;
let ledger: Ledger;
let dir: string;
beforeAll(async () => {
  stage = await openAccountStage();
}, 60_000);
beforeEach(async () => {
  ({ ledger, dir } = await stage.openBooks());
});
afterAll(() => stage.close());

const FEE_LIMIT_MSAT = msat(5_000n);
const spendable = async () => orThrow(await stage.wallet.balance()).spendableMsat;

/** A sale that really was paid. */
async function paidSale() {
  const invoice = await invoiceOf(stage.wallet);
  orThrow(await stage.otherWallet.pay({ bolt11: invoice.bolt11, feeLimitMsat: FEE_LIMIT_MSAT }));
  const { paymentHash } = invoice;
  const receipt = { paymentHash, via: 'invoice' as const, amountMsat: PRICE_MSAT, receivedAt: stage.now() };
  return bookSale(ledger, 'prepay', invoice, { money: 'quoted' }, { money: 'settled', receipts: [receipt] });
}

it('the books of sales, refunds, purchases and withdrawals are the wallet, to the millisat', async () => {
  const before = await spendable();
  await paidSale();
  orThrow(await ledger.sales.change(await workOn(ledger), { work: 'delivered' }));
  const failed = orThrow(
    await ledger.sales.change(await paidSale(), { work: 'failed', money: 'refund-due' }),
  );
  expect(await owedMsat(ledger, OURS)).toBe(PRICE_MSAT);

  const { bolt11, paymentHash } = await invoiceOf(stage.otherWallet);
  const refund = { via: 'claim' as const, amountMsat: PRICE_MSAT, bolt11, paymentHash, feePaidMsat: null };
  const refunding = orThrow(await ledger.sales.change(failed, { money: 'refunding', refund }));
  const sent = orThrow(await stage.wallet.pay({ bolt11, feeLimitMsat: FEE_LIMIT_MSAT }));
  const { feePaidMsat } = sent;
  orThrow(await ledger.sales.change(refunding, { money: 'refunded', refund: { ...refund, feePaidMsat } }));
  expect(await owedMsat(ledger, OURS)).toBe(0n);

  const bought = await invoiceOf(stage.otherWallet);
  const paying = await bookPurchase(ledger, bought, stage.now() + 60);
  const paid = orThrow(await stage.wallet.pay({ bolt11: bought.bolt11, feeLimitMsat: FEE_LIMIT_MSAT }));
  const proof = { preimage: paid.preimage, feePaidMsat: paid.feePaidMsat };
  orThrow(await ledger.purchases.change(paying, { state: 'paid', payment: 'settled', ...proof }));

  const out = await invoiceOf(stage.otherWallet, msat(7_000n));
  const { signal } = new AbortController();
  const parts = {
    dir,
    ledger,
    wallet: stage.wallet,
    pubkey: OURS,
    fetch: fetchFrom(''),
    now: stage.now,
    signal,
  };
  orThrow(await withdraw(parts, { to: out.bolt11, amountMsat: null, purpose: 'withdrawal', caps: {} }));

  const items: BookedItem[] = [];
  const totals = await totalBooks({ ledger, ecash: null, pubkey: OURS }, (item) => items.push(item));
  expect(items.map(({ type }) => type)).toEqual(['sale', 'sale', 'purchase', 'payment']);
  expect([...totals.values()].reduce((sum, amountMsat) => sum + amountMsat, 0n)).toBe(0n);
  expect(totals.get('wallet')).toBe((await spendable()) - before);
  expect(Object.fromEntries(totals)).toMatchObject({
    earned: 0n - PRICE_MSAT,
    'owed-to-customers': 0n,
    advanced: PRICE_MSAT,
    withdrawn: 7_000n,
    'on-its-way': 0n,
  });
});
