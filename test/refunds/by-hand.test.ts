import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { totalBooks } from '../../src/account/index.ts';
import { unixNow } from '../../src/clock/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { msat, orThrow, parseInvoice, type Outcome } from '../../src/protocol/index.ts';
import { refundSale, retrySale } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { balanceOf, claim, openDebtor, PAID_MSAT, refundInvoice, type Debtor } from './stage.ts';

let stage: BuyingStage;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'done' : outcome.failure.code);

async function booksOf({ context }: Debtor) {
  const { ledger, signer } = context;
  const totals = await totalBooks({ ledger, ecash: null, pubkey: signer.pubkey }, () => undefined);
  expect([...totals.values()].reduce((sum, each) => sum + each, 0n)).toBe(0n);
  return (account: Parameters<typeof totals.get>[0]) => totals.get(account) ?? 0n;
}

test.each([
  ['all of it', null],
  ['a part of it', msat(8_000n)],
])('what was delivered is given back as goodwill: %s, once, and the books agree', async (_, amountMsat) => {
  const debtor = openDebtor(stage);
  const debt = await debtor.deliver();
  const wanted = { requestId: debt.request.id, amountMsat };
  const dueMsat = amountMsat ?? PAID_MSAT;
  stage.clock.aheadSeconds = 90 * 86_400; // however late: it is owed from then on
  expect(orThrow(await refundSale(debtor.context, wanted))).toMatchObject({ money: 'refund-due' });
  expect((await debtor.settle(debt)).money).toBe('refund-due');
  const due = await booksOf(debtor);
  expect([due('owed-to-customers'), due('earned')]).toEqual([0n - dueMsat, dueMsat - PAID_MSAT]);
  expect(codeOf(await refundSale(debtor.context, wanted))).toBe('owed-already');
  expect(await debtor.told(debt)).toMatchObject([{ type: 'refund-offer', amountMsat: dueMsat }]);

  stage.clock.aheadSeconds = 0; // the wallets' clocks did not move
  const before = await balanceOf(stage, 'customer');
  const bolt11 = await refundInvoice(stage.wallet(), { amountMsat: dueMsat });
  expect(orThrow(await claim(debtor, debt, bolt11)).money).toBe('refunded');
  expect(codeOf(await refundSale(debtor.context, wanted))).toBe('refunded-already');
  expect(codeOf(await claim(debtor, debt, await refundInvoice(stage.wallet())))).toBe('nothing-due');
  expect((await balanceOf(stage, 'customer')) - before).toBe(dueMsat);
  const paid = await booksOf(debtor);
  expect([paid('owed-to-customers'), paid('wallet')]).toEqual([0n, PAID_MSAT - dueMsat]);
});

test('what failed is tried again with the money that is still here, unless that is going back', async () => {
  const debtor = openDebtor(stage);
  const debt = await debtor.owe();
  await debtor.settle(debt);
  const again = orThrow(await retrySale(debtor.context, debt.request.id));
  expect(again).toMatchObject({ work: 'accepted', money: 'settled', failure: null, attempts: 0 });
  expect(again.deadlineAt).toBeGreaterThan(debtor.context.now());
  const bolt11 = await refundInvoice(stage.wallet());
  expect(codeOf(await claim(debtor, debt, bolt11))).toBe('nothing-due');
  const lease = { serviceIds: ['echo'], owner: 'worker', leaseSeconds: 9, limit: 1 };
  const { pubkey: providerPubkey } = debtor.context.signer;
  expect(await debtor.context.ledger.sales.claimWork({ providerPubkey, ...lease })).toMatchObject([
    { requestId: debt.request.id, attempts: 1 },
  ]);

  // Stopped by hand while somebody works on it: the worker's result comes too late.
  expect(
    orThrow(await refundSale(debtor.context, { requestId: debt.request.id, amountMsat: null })),
  ).toMatchObject({
    work: 'failed',
    money: 'refund-due',
    lease: null,
    failure: { code: 'stopped-by-provider' },
  });
  expect(orThrow(await claim(debtor, debt, bolt11)).money).toBe('refunded');
  expect(codeOf(await retrySale(debtor.context, debt.request.id))).toBe('refunded-already');
  expect(codeOf(await retrySale(debtor.context, 'ab'.repeat(32)))).toBe('no-such-sale');
});

test('whatever two operators, a provider and a customer do at once: the money goes back once or not at all', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-by-hand-'));
  const open = () => openSqlLedger({ path: join(dir, 'ledger.sqlite'), now: unixNow });
  const [mine, theirs] = [open(), open()]; // as two processes have it
  try {
    const deed = fc.record({
      do: fc.constantFrom('refund', 'refund-part', 'retry', 'settle', 'claim'),
      by: fc.constantFrom(mine, theirs),
    });
    const together = fc.array(fc.array(deed, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), together, async (isDelivered, rounds) => {
        const debtor = openDebtor(stage, { ledger: mine });
        const debt = await (isDelivered ? debtor.deliver() : debtor.owe());
        const other: Debtor = { ...debtor, context: { ...debtor.context, ledger: theirs } };
        const requestId = debt.request.id;
        const before = await balanceOf(stage, 'customer');
        const invoices = new Set<string>();
        const claimDue = async (at: Debtor) => {
          const due = (await at.sale(debt)).goodwill?.amountMsat ?? PAID_MSAT;
          const bolt11 = await refundInvoice(stage.wallet(), { amountMsat: due });
          invoices.add(bolt11);
          await claim(at, debt, bolt11);
        };
        for (const round of rounds)
          await Promise.all(
            round.map(async (step) => {
              const at = step.by === mine ? debtor : other;
              if (step.do === 'refund') await refundSale(at.context, { requestId, amountMsat: null });
              if (step.do === 'refund-part')
                await refundSale(at.context, { requestId, amountMsat: msat(5_000n) });
              if (step.do === 'retry') await retrySale(at.context, requestId);
              if (step.do === 'settle') await at.settle(debt);
              if (step.do === 'claim') await claimDue(at);
            }),
          );
        const paidMsat = (await balanceOf(stage, 'customer')) - before;
        const { money, refund } = await debtor.sale(debt);
        expect(paidMsat).toBe(money === 'refunded' ? refund?.amountMsat : 0n);
        const books = await booksOf(debtor);
        expect(books('wallet')).toBe(PAID_MSAT - paidMsat);
        expect(
          [...invoices].filter((each) => orThrow(parseInvoice(each)).paymentHash === refund?.paymentHash),
        ).toHaveLength(refund?.paymentHash ? 1 : 0);
      }),
      { numRuns: 12 },
    );
  } finally {
    await Promise.all([mine.close(), theirs.close()]);
    await rm(dir, { recursive: true, force: true });
  }
}, 120_000);
