import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { readMark, reconcileRestored } from '../../src/account/backup/restored.ts';
import { owedMsat, restoreBackup, writeBackup } from '../../src/account/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { msat, orThrow } from '../../src/protocol/index.ts';
import {
  bookSale,
  findings,
  invoiceOf,
  openAccountStage,
  OURS,
  PRICE_MSAT,
  type AccountStage,
  NOTHING_ELSE,
} from './stage.ts';

const PASSPHRASE = 'correct horse battery staple';
const FEE_LIMIT = msat(5_000n);

let stage: AccountStage;
let saved: string;
beforeAll(async () => {
  stage = await openAccountStage();
}, 60_000);
beforeEach(async () => {
  saved = await mkdtemp(join(tmpdir(), 'coinop-restored-'));
});
afterEach(async () => {
  await stage.sweep();
  await rm(saved, { recursive: true, force: true });
});
afterAll(() => stage.close());

function ledgerIn(home: string) {
  return openSqlLedger({ path: join(home, 'provider', 'ledger.sqlite'), now: stage.now });
}

/** Backs up an account with a job that was paid and failed, its money in that state. */
async function backUpOwing(money: 'refund-due' | 'refunding' | 'unclaimed') {
  const home = join(saved, 'original');
  const ledger = ledgerIn(home);
  const invoice = await invoiceOf(stage.wallet);
  orThrow(await stage.otherWallet.pay({ bolt11: invoice.bolt11, feeLimitMsat: FEE_LIMIT }));
  const { paymentHash } = invoice;
  const receipt = { paymentHash, via: 'invoice' as const, amountMsat: PRICE_MSAT, receivedAt: stage.now() };
  const { bolt11, paymentHash: claimedHash } = await invoiceOf(stage.otherWallet);
  const to = { via: 'claim' as const, bolt11, paymentHash: claimedHash };
  const refund = { ...to, amountMsat: PRICE_MSAT, feePaidMsat: null };
  const sale = await bookSale(
    ledger,
    'prepay',
    invoice,
    { money: 'quoted' },
    { money: 'settled', receipts: [receipt] },
    { work: 'failed', money: 'refund-due' },
    ...(money === 'refund-due' ? [] : [{ money, refund }]),
  );
  await ledger.close();
  const path = join(saved, 'backup');
  const told = { home, accounts: ['provider'], path, passphrase: PASSPHRASE, now: stage.now };
  orThrow(await writeBackup(told));
  return { sale, bolt11 };
}

/** Restores it, and finds what an account finds when it is opened for the first time. */
async function open() {
  const home = join(saved, 'home');
  orThrow(await restoreBackup({ path: join(saved, 'backup'), passphrase: PASSPHRASE, home, now: stage.now }));
  const dir = join(home, 'provider');
  const mark = await readMark(dir);
  if (mark === null) throw new Error('It is not marked.');
  const ledger = ledgerIn(home);
  const { wallet, now } = stage;
  const { signal } = new AbortController();
  const report = await reconcileRestored({
    ...NOTHING_ELSE,
    dir,
    mark,
    ledger,
    wallet,
    pubkey: OURS,
    now,
    signal,
  });
  const found = orThrow(report).findings.filter(({ subject }) => subject !== 'wallet');
  return { ledger, codes: found.map(({ code }) => code) };
}

it.each([['refund-due'], ['refunding'], ['unclaimed']] as const)(
  'a refund backed up as %s is left to a person: it may have been paid since',
  async (money) => {
    const { sale } = await backUpOwing(money);
    const { ledger, codes } = await open();
    expect(codes).toEqual(['refund-parked']);
    const parked = await ledger.sales.get(OURS, sale.requestId);
    expect(parked).toMatchObject({ money: 'unreconciled' });
    expect(await owedMsat(ledger, OURS)).toBe(PRICE_MSAT);
    const again = await findings(stage, ledger);
    expect(again.map(({ code, standing }) => [code, standing])).toEqual([['refund-parked', 'serious']]);
    expect(await ledger.sales.get(OURS, sale.requestId)).toEqual(parked);
    await ledger.close();
  },
);

it('a refund whose invoice the wallet has paid is booked', async () => {
  const { sale, bolt11 } = await backUpOwing('refunding');
  orThrow(await stage.wallet.pay({ bolt11, feeLimitMsat: FEE_LIMIT }));
  const { ledger, codes } = await open();
  expect(codes).toEqual(['refund-paid']);
  expect(await ledger.sales.get(OURS, sale.requestId)).toMatchObject({ money: 'refunded' });
  await ledger.close();
});
