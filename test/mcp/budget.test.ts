import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PurchaseHandle } from '../../src/customer/index.ts';
import type { Ledger, Purchase } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { createAgentBudget, type AgentBudget } from '../../src/mcp/index.ts';
import { failure, orThrow, satsToMsat, success, type Msat, type Outcome } from '../../src/protocol/index.ts';
import {
  approvedPurchase,
  CUSTOMER,
  newPurchase,
  openedPurchase,
  someEvent,
  someOffer,
} from '../contracts/ledger-fixtures.ts';

const CAPS = {
  perCallMsat: satsToMsat(50),
  perSessionMsat: satsToMsat(60),
  perDayMsat: satsToMsat(100),
  approveAboveMsat: null,
};
/** With the 5 sat that are reserved for fees it may cost 25. */
const PRICE = satsToMsat(20);

let ledger: Ledger;
let budget: AgentBudget;
beforeEach(() => {
  ledger = openSqlLedger({ path: ':memory:', now: () => 1_700_000_000 });
  budget = createAgentBudget(CAPS, { ledger, pubkey: CUSTOMER });
});
afterEach(() => ledger.close());

const offer = () => someOffer({ amountMsat: PRICE, feeLimitMsat: satsToMsat(5) });

/** Reserves the money of a purchase, as the customer does before it calls the wallet. */
async function pay(purchase: Purchase): Promise<Purchase> {
  return orThrow(await ledger.purchases.reserve(purchase, { perJobMsat: satsToMsat(1000) }));
}

/** Approves without anybody who could refuse. */
function setAside(purchase: Purchase, amountMsat: Msat): Promise<Outcome<void>> {
  return budget.spend(purchase, amountMsat, async () => success(undefined));
}

async function leftOfSession(): Promise<bigint> {
  return (await budget.left()).sessionMsat / 1000n;
}

test('each cap refuses by its name, and says nothing against what fits', async () => {
  expect(await budget.check(satsToMsat(46))).toMatchObject({ failure: { data: { cap: 'per_call' } } });
  expect(await budget.check(satsToMsat(45))).toMatchObject({ ok: true });
  orThrow(await setAside(await openedPurchase(ledger), satsToMsat(45)));
  expect(await budget.check(satsToMsat(6))).toMatchObject({ failure: { data: { cap: 'per_session' } } });
  const elsewhere = createAgentBudget(CAPS, { ledger, pubkey: CUSTOMER });
  for (let count = 0; count < 3; count++) await pay(await approvedPurchase(ledger, offer()));
  expect(await elsewhere.check(PRICE)).toMatchObject({ ok: true }); // 75 of 100 are gone
  await pay(await approvedPurchase(ledger, offer()));
  expect(await elsewhere.check(PRICE)).toMatchObject({ failure: { data: { cap: 'per_day' } } });
  expect(await elsewhere.check(satsToMsat(0))).toMatchObject({ ok: true });
});

test('of purchases that ask at once only those are let through that fit together', async () => {
  const purchases = await Promise.all([1, 2, 3, 4].map(() => openedPurchase(ledger)));
  const asked = await Promise.all(purchases.map((purchase) => setAside(purchase, PRICE)));
  expect(asked.filter(({ ok }) => ok)).toHaveLength(2);
  expect(await leftOfSession()).toBe(10n);
});

test('money is free again when the approval fails, and the offer of a job can be replaced by a dearer one', async () => {
  const purchase = await openedPurchase(ledger);
  const refused = failure('offer-not-takeable', 'It has run out.');
  expect(await budget.spend(purchase, PRICE, async () => refused)).toEqual(refused);
  expect(await leftOfSession()).toBe(60n);
  orThrow(await setAside(purchase, PRICE));
  orThrow(await setAside(purchase, satsToMsat(40))); // the first came to nothing: the job waits again
  expect(await leftOfSession()).toBe(15n);
  expect(await setAside(purchase, satsToMsat(46))).toMatchObject({ failure: { code: 'over-budget' } });
});

test('a payment counts in full until its end is known, then as what it cost', async () => {
  const approved = await approvedPurchase(ledger, offer());
  orThrow(await setAside(approved, PRICE));
  const paying = await pay(approved);
  expect(await leftOfSession()).toBe(35n);
  const unknown = orThrow(
    await ledger.purchases.change(paying, {
      state: 'unreconciled',
      failure: { code: 'unreconciled', message: 'The wallet does not say.' },
      payment: 'in-flight',
    }),
  );
  expect(await leftOfSession()).toBe(35n);
  const settled = { feePaidMsat: satsToMsat(1), preimage: '00'.repeat(32), payment: 'settled' } as const;
  orThrow(await ledger.purchases.change(unknown, { state: 'paid', ...settled }));
  expect(await leftOfSession()).toBe(39n);
  expect(await leftOfSession()).toBe(39n); // and is remembered
});

test('a payment that failed, and a purchase that ended before, cost nothing', async () => {
  const approved = await approvedPurchase(ledger, offer());
  orThrow(await setAside(approved, PRICE));
  const paying = await pay(approved);
  orThrow(await ledger.purchases.change(paying, { state: 'expired', payment: 'failed' }));
  expect(await leftOfSession()).toBe(60n);
  const open = await openedPurchase(ledger);
  orThrow(await setAside(open, PRICE));
  expect(await leftOfSession()).toBe(35n);
  orThrow(await ledger.purchases.change(open, { state: 'cancelled' }));
  expect(await leftOfSession()).toBe(60n);
});

test('of an earlier session counts what is on its way, and what may yet be paid has to fit', async () => {
  for (let count = 0; count < 3; count++)
    expect(await budget.adopt(await pay(await approvedPurchase(ledger, offer())))).toMatchObject({
      ok: true,
    });
  expect(await budget.sessionSpent()).toBe(satsToMsat(75));
  expect(await leftOfSession()).toBe(0n);
  const unpaid = await approvedPurchase(ledger, offer());
  expect(await budget.adopt(unpaid)).toMatchObject({ failure: { code: 'over-budget' } });
  const paysByItself = await openedPurchase(ledger);
  expect(await budget.adopt(paysByItself)).toMatchObject({ failure: { code: 'over-budget' } });
  const { purchase: asksFirst } = await ledger.purchases.open(newPurchase());
  expect(await budget.adopt(asksFirst)).toMatchObject({ ok: true });
  expect(await budget.sessionSpent()).toBe(satsToMsat(75));
});

test('what an earlier session paid for and never got is not paid by this one', async () => {
  const paying = await pay(await approvedPurchase(ledger, offer()));
  const settled = { feePaidMsat: satsToMsat(1), preimage: '00'.repeat(32), payment: 'settled' } as const;
  const paid = orThrow(await ledger.purchases.change(paying, { state: 'paid', ...settled }));
  const undelivered = orThrow(await ledger.purchases.change(paid, { state: 'undelivered' }));
  expect(await budget.adopt(undelivered)).toMatchObject({ ok: true });
  expect(await leftOfSession()).toBe(60n);
});

test('what is begun at an agreed price counts until its end, and one that does not fit is not begun', async () => {
  const begin = async () => {
    const { requestId } = await openedPurchase(ledger);
    return budget.begin(PRICE, async () => success({ requestId } as PurchaseHandle));
  };
  expect(await Promise.all([begin(), begin(), begin()])).toMatchObject([
    { ok: true },
    { ok: true },
    { ok: false, failure: { code: 'over-budget' } },
  ]);
  expect(await leftOfSession()).toBe(10n);
});

test('what takes its offer by itself counts after a restart before there is one', async () => {
  const { purchase } = await ledger.purchases.open({
    request: someEvent(),
    relays: ['wss://relay.example'],
    maxAmountMsat: PRICE,
    deadlineAt: 1_700_000_600,
    publish: [],
  });
  orThrow(await budget.adopt(purchase));
  expect(await leftOfSession()).toBe(35n);
});
