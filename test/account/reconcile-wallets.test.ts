import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { failure, msat, orThrow } from '../../src/protocol/index.ts';
import {
  anotherWallet,
  bookSale,
  bothSidesWallet,
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

const codesOf = async (wallet: Wallet) =>
  (await findings(stage, ledger, { wallet })).map(({ code, standing }) => [code, standing]);

/** An invoice of somebody else that the wallet is about to be asked to pay. */
async function payable() {
  const invoice = await invoiceOf(stage.otherWallet);
  const limits = ledger.spending.limits(OURS, { perJobMsat: msat(100_000n) });
  const wish = { amountMsat: PRICE_MSAT, feeLimitMsat: FEE_LIMIT, counterparty: 'x', purpose: 'zap' };
  await orThrow(await limits.reserve({ ...wish, ...invoice })).inFlight();
  return invoice;
}

const LOCKED = { money: 'locked', lockedAt: 1 } as const;

describe('another wallet than the books were written with', () => {
  it('does not believe a wallet that never heard of what it was asked to pay', async () => {
    const invoice = await payable();
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    expect(await codesOf(stage.wallet)).toEqual([['payment-forgotten', 'serious']]);
    expect(await ledger.spending.payment(invoice.paymentHash)).toMatchObject({ state: 'in-flight' });
    expect(await codesOf(failedToPay(stage.wallet, invoice.paymentHash))).toEqual([
      ['payment-never-sent', 'repaired'],
    ]);
  });

  it('leaves delivered work its held money when the wallet is another one', async () => {
    const { invoice, paying } = await heldInvoice(stage);
    await bookSale(ledger, 'hold', invoice, { money: 'quoted' }, LOCKED);
    const ready = await workOn(ledger);
    const settling = orThrow(await ledger.sales.change(ready, { work: 'delivered', money: 'settling' }));
    for (const wallet of [
      anotherWallet(stage.wallet),
      bothSidesWallet(anotherWallet(stage.wallet), stage.otherWallet),
    ])
      expect(await codesOf(wallet)).toEqual([['hold-not-in-wallet', 'serious']]);
    expect(await ledger.sales.get(OURS, settling.requestId)).toEqual(settling);
    expect(await codesOf(stage.wallet)).toEqual([['paid-awaits-provider', 'open']]);
    orThrow(await stage.wallet.settleHold({ preimage: invoice.preimage }));
    expect(await paying).toMatchObject({ ok: true });
  });
});

describe('a wallet that holds both sides of a payment', () => {
  it('books what a wallet paid to itself, although it shows the other side', async () => {
    const invoice = await payable();
    const { preimage } = orThrow(await stage.wallet.pay({ bolt11: invoice.bolt11, feeLimitMsat: FEE_LIMIT }));
    stage.clock.aheadSeconds = AFTER_EXPIRY;
    const wallet = bothSidesWallet(stage.wallet, stage.otherWallet);
    const listless: Wallet = { ...wallet, list: async () => failure('not-implemented', 'No list.') };
    expect(await codesOf(listless)).toEqual([['wallet-silent', 'open']]);
    expect(await codesOf(wallet)).toEqual([['payment-settled', 'repaired']]);
    expect(await ledger.spending.payment(invoice.paymentHash)).toMatchObject({ state: 'settled', preimage });
  });

  it('sees money that the same wallet sent and holds', async () => {
    const { invoice, paying } = await heldInvoice(stage);
    await bookSale(ledger, 'hold', invoice, { money: 'quoted' }, LOCKED);
    expect(await codesOf(bothSidesWallet(stage.wallet, stage.otherWallet))).toEqual([]);
    orThrow(await stage.wallet.cancelHold({ paymentHash: invoice.paymentHash }));
    await paying;
  });
});
