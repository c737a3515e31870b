import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EcashMovement } from '../../src/ecash/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { PaymentRecord, Wallet } from '../../src/money/index.ts';
import { failure, MAX_MSAT, satsToMsat, success } from '../../src/protocol/index.ts';
import { keepEcashBudget } from '../../web/engine/worker/ecash/ecash-budget.ts';
import { signInvoice } from '../fixtures/signed-invoice.ts';

const sats = satsToMsat;
const PUBKEY = 'ab'.repeat(32);
const now = () => Math.floor(Date.now() / 1000);
const never = new AbortController().signal;

let ledger: Ledger;
beforeEach(() => {
  ledger = openSqlLedger({ path: ':memory:', now });
});
afterEach(() => ledger.close());

/** An invoice of a mint over 100 sat, and what its payment brings. */
function mintsInvoice() {
  const preimage = randomBytes(32);
  const paymentHash = bytesToHex(sha256(preimage));
  const bolt11 = signInvoice({
    prefix: 'lnbcrt1u',
    createdAt: now(),
    fields: [
      ['p', { hex: paymentHash }],
      ['s', { hex: 'cd'.repeat(32) }],
      ['d', { text: 'ecash' }],
    ],
  });
  return { bolt11, paymentHash, preimage: bytesToHex(preimage) };
}

/** A wallet that answers a payment so, and knows that of it afterwards. */
function walletThat(
  pay: () => ReturnType<Wallet['pay']>,
  known: Partial<PaymentRecord> | null,
): Pick<Wallet, 'pay' | 'lookup' | 'list'> & { calls: number } {
  const wallet = {
    calls: 0,
    pay: () => {
      wallet.calls += 1;
      return pay();
    },
    lookup: () =>
      Promise.resolve(
        success(known === null ? null : ({ direction: 'outgoing', ...known } as PaymentRecord)),
      ),
    list: () => Promise.resolve(success([])),
  };
  return wallet;
}

const budgetOf = (totalMsat = MAX_MSAT) =>
  keepEcashBudget({ spending: ledger.spending, pubkey: PUBKEY, caps: { perJobMsat: MAX_MSAT, totalMsat } });
const spentMsat = async () => (await ledger.spending.spent(PUBKEY)).everMsat;
const refusing = () => Promise.resolve(failure('insufficient-balance', 'It holds too little.'));

const silence = () => failure('wallet-timeout', 'It does not answer.');

async function* minting(movement: Pick<EcashMovement, 'paymentHash' | 'state'>) {
  yield { kind: 'mint', ...movement } as EcashMovement;
}

test('what the budget has no room for is not paid, and the wallet hears nothing of it', async () => {
  const { bolt11, preimage } = mintsInvoice();
  const wallet = walletThat(() => Promise.resolve(success({ preimage, feePaidMsat: sats(1) })), null);
  const payment = { bolt11, feeLimitMsat: sats(5), boughtFor: null };
  expect(await budgetOf(sats(104)).pay(wallet, payment, never)).toMatchObject({
    failure: { code: 'quota-exceeded', data: { reason: 'over-budget' } },
  });
  expect([wallet.calls, await spentMsat()]).toEqual([0, 0n]);
  expect(await budgetOf(sats(105)).pay(wallet, payment, never)).toMatchObject({ ok: true });
  expect([wallet.calls, await spentMsat()]).toEqual([1, sats(101)]);
});

test('what the wallet did not pay counts for nothing', async () => {
  const { bolt11 } = mintsInvoice();
  const wallet = walletThat(refusing, null);
  const payment = { bolt11, feeLimitMsat: sats(5), boughtFor: null };
  expect(await budgetOf().pay(wallet, payment, never)).toMatchObject({
    failure: { code: 'payment-failed', data: { reason: 'insufficient-balance' } },
  });
  expect(await spentMsat()).toBe(0n);
});

test('that its owner declined is told apart from a wallet that lets nobody in', async () => {
  const { bolt11 } = mintsInvoice();
  const declining = () =>
    Promise.resolve(failure('wallet-unauthorized', 'Declined.', { reason: 'declined' }));
  const payment = { bolt11, feeLimitMsat: sats(5), boughtFor: null };
  expect(await budgetOf().pay(walletThat(declining, null), payment, never)).toMatchObject({
    failure: { code: 'payment-failed', data: { reason: 'declined' } },
  });
});

test.each([
  ['was paid after all', 'done', true, sats(102)],
  ['was never sent', 'failed', false, 0n],
  ['is still asked of its mint', 'open', true, sats(105)],
] as const)(
  'what a closed tab left open counts with its limit until it is known that it %s',
  async (_what, state, isPaid, countedMsat) => {
    const { bolt11, paymentHash, preimage } = mintsInvoice();
    const [tab, hung] = [new AbortController(), Promise.withResolvers<ReturnType<typeof silence>>()];
    const paying = budgetOf().pay(
      walletThat(() => hung.promise, null),
      { bolt11, feeLimitMsat: sats(5), boughtFor: null },
      tab.signal,
    );
    await expect.poll(spentMsat, { timeout: 20_000 }).toBe(sats(105));
    tab.abort();
    hung.resolve(silence());
    await paying;
    const known = isPaid ? { state: 'settled' as const, paymentHash, preimage, feePaidMsat: sats(2) } : null;
    await budgetOf().settle(() => minting({ paymentHash, state }), walletThat(refusing, known), never);
    expect(await spentMsat()).toBe(countedMsat);
  },
);
