import { afterEach, beforeEach, expect, test } from 'vitest';
import { approvedPurchase, CUSTOMER, someOffer, valueOf } from '../../../test/contracts/ledger-fixtures.ts';
import type { Ledger } from '../../ledger/index.ts';
import { openSqlLedger } from '../../ledger/sql.ts';
import { msat } from '../../protocol/index.ts';
import { countUnseenCalls } from './unseen-calls.ts';

const CAPS = { perJobMsat: msat(10n ** 12n) };

let ledger: Ledger;
beforeEach(() => {
  ledger = openSqlLedger({ path: ':memory:', now: () => 1_700_000_000 });
});
afterEach(() => ledger.close());

test('what was reserved and not called counts as called once, however often it is looked at', async () => {
  const [untouched, called] = [someOffer(), someOffer()];
  for (const offer of [untouched, called])
    valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), CAPS));
  const callsOf = async ({ paymentHash }: typeof called) =>
    (await ledger.purchases.payment(paymentHash ?? ''))?.calls;
  valueOf(await ledger.purchases.beginCall({ paymentHash: called.paymentHash ?? '', calls: 0 }));
  valueOf(await ledger.purchases.beginCall({ paymentHash: called.paymentHash ?? '', calls: 1 }));

  await countUnseenCalls({ ledger, pubkey: 'dd'.repeat(32) });
  expect([await callsOf(untouched), await callsOf(called)]).toEqual([0, 2]);
  for (let times = 0; times < 2; times += 1) await countUnseenCalls({ ledger, pubkey: CUSTOMER });
  expect([await callsOf(untouched), await callsOf(called)]).toEqual([1, 2]);
});
