import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  journalOfSale,
  MONEY_MOVES,
  trialBalance,
  WORK_MOVES,
  type Ledger,
  type MoneyState,
  type OutgoingPayment,
  type Purchase,
  type Sale,
  type WorkState,
} from '../../src/ledger/index.ts';
import { EXCHANGE_MODES, msat } from '../../src/protocol/index.ts';
import {
  approvedPurchase,
  claimBy,
  CUSTOMER,
  freshHex,
  openedPurchase,
  openedSale,
  PROVIDER,
  someOffer,
  someQuote,
  someRefund,
  stepsAmong,
  takeStep,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

const CAPS = { perJobMsat: msat(10n ** 12n) };
/** Money states that a sale reaches only by a payment. */
const CAME: readonly MoneyState[] = ['settled', 'refund-due', 'refunding', 'refunded', 'unclaimed'];
const works = stepsAmong(Object.keys(WORK_MOVES) as WorkState[]);
const monies = stepsAmong(Object.keys(MONEY_MOVES) as MoneyState[]);

/** What every driver promises about reading the books as a whole. */
export function booksContract(open: OpenForTest): void {
  describe('the books as a whole', () => {
    let ledger: Ledger;
    const clock = freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    /** Moves a sale as far as the tables let it, paying it when it is to be paid. */
    async function wander(
      exchange: Sale['exchange'],
      steps: readonly [WorkStep, MoneyStep][],
    ): Promise<Sale> {
      let sale = await openedSale(ledger);
      const quote = someQuote();
      const receipt = {
        paymentHash: quote.paymentHash,
        via: 'invoice' as const,
        amountMsat: quote.amountMsat,
      };
      const receipts = [{ ...receipt, receivedAt: clock.seconds }];
      const first = await ledger.sales.change(sale, { work: 'accepted', exchange, quote });
      if (!first.ok) return sale; // a free sale has no amount
      sale = first.value;
      for (const [workStep, moneyStep] of steps) {
        const [work, money] = [
          takeStep(WORK_MOVES, sale.work, workStep),
          takeStep(MONEY_MOVES, sale.money, moneyStep),
        ];
        if (work === 'working') {
          const [claimed] = await ledger.sales.claimWork(claimBy('a worker'));
          if (claimed?.requestId === sale.requestId) sale = claimed;
          continue;
        }
        const moved = await ledger.sales.change(sale, {
          work,
          money,
          ...(money === 'locked' ? { lockedAt: clock.seconds } : {}),
          ...(CAME.includes(money) ? { receipts } : {}),
          ...(money === 'refunding' && sale.refund === null ? { refund: someRefund() } : {}),
        });
        if (moved.ok) sale = moved.value;
      }
      return sale;
    }

    it('lists exactly the sales that have money of their customers', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...EXCHANGE_MODES),
          fc.array(fc.tuple(works, monies), { maxLength: 14 }),
          async (exchange, steps) => {
            const sale = await wander(exchange, steps);
            const receipts = await ledger.sales.receipts(sale);
            const sums = trialBalance(journalOfSale(sale, receipts));
            const owes = (sums.get('owed-to-customers') ?? 0n) + (sums.get('held') ?? 0n) !== 0n;
            const listed = await ledger.sales.listOwing({ providerPubkey: PROVIDER, limit: 10_000 });
            const isListed = listed.some(({ requestId }) => requestId === sale.requestId);
            // Where the wallet and the books disagree it is listed, whatever was received, until somebody decides.
            const isDecided = sale.money === 'released' && receipts.length > 0;
            // So is a refund of delivered work that nothing is owed for: its provider asks a person what was meant.
            const isDelivered = sale.work === 'delivered' || sale.work === 'closed';
            const isBaseless = isDelivered && ['refund-due', 'refunding', 'unclaimed'].includes(sale.money);
            if (isBaseless) expect([sale.money, isListed]).toEqual([sale.money, true]);
            // And where it was paid all the same, that was a gift.
            else if (
              sale.money !== 'unreconciled' &&
              !isDecided &&
              !(isDelivered && sale.money === 'refunded')
            )
              expect([sale.work, sale.money, isListed]).toEqual([sale.work, sale.money, owes]);
          },
        ),
        { numRuns: 200 },
      );
    });

    it('pages through everything that was sold, bought and paid, oldest first and each once', async () => {
      const [sales, purchases, hashes]: string[][] = [[], [], []];
      for (let index = 0; index < 7; index++) {
        if (index % 3 === 0) clock.seconds += 1;
        sales?.push((await openedSale(ledger)).requestId);
        purchases?.push((await openedPurchase(ledger)).requestId);
        const wish = { amountMsat: msat(1n), feeLimitMsat: msat(1n), counterparty: 'x', purpose: 'zap' };
        const paymentHash = freshHex();
        valueOf(await ledger.spending.limits(CUSTOMER, CAPS).reserve({ ...wish, paymentHash, bolt11: 'x' }));
        hashes?.push(paymentHash);
      }
      const sold = await all<Sale>((after) =>
        ledger.sales.list({ providerPubkey: PROVIDER, limit: 3, ...(after && { after }) }),
      );
      expect(sold.map(({ requestId }) => requestId)).toEqual(sales);
      const bought = await all<Purchase>((after) =>
        ledger.purchases.list({ customerPubkey: CUSTOMER, limit: 3, ...(after && { after }) }),
      );
      expect(bought.map(({ requestId }) => requestId)).toEqual(purchases);
      const paid = await all<OutgoingPayment>((after) =>
        ledger.spending.list({ spenderPubkey: CUSTOMER, limit: 3, ...(after && { after }) }),
      );
      expect(paid.map(({ paymentHash }) => paymentHash)).toEqual(hashes);
      expect(await ledger.spending.list({ spenderPubkey: PROVIDER, limit: 3 })).toEqual([]);
    });

    it('finds a sale by the hash of any payment that it was given', async () => {
      const sale = await openedSale(ledger);
      const receipts = ['zap', 'nutzap'] as const;
      const paid = valueOf(
        await ledger.sales.change(sale, {
          receipts: receipts.map((via) => ({
            via,
            paymentHash: freshHex(),
            amountMsat: msat(1n),
            receivedAt: clock.seconds,
          })),
        }),
      );
      for (const { paymentHash } of await ledger.sales.receipts(paid))
        expect(await ledger.sales.byPaymentHash(paymentHash)).toEqual(paid);
      expect(await ledger.sales.byPaymentHash(freshHex())).toBeNull();
    });

    it('shows every payment that a purchase tried', async () => {
      const [first, second] = [someOffer(), someOffer()];
      const approved = await approvedPurchase(ledger, first);
      const paying = valueOf(await ledger.purchases.reserve(approved, CAPS));
      const offered = valueOf(
        await ledger.purchases.change(paying, { state: 'offered', offer: second, payment: 'failed' }),
      );
      clock.seconds += 1;
      const again = valueOf(await ledger.purchases.change(offered, { state: 'approved' }));
      valueOf(await ledger.purchases.reserve(again, CAPS));
      expect(await ledger.purchases.payments(paying.requestId)).toMatchObject([
        { paymentHash: first.paymentHash, state: 'failed' },
        { paymentHash: second.paymentHash, state: 'reserved' },
      ]);
    });
  });
}

type WorkStep = typeof works extends fc.Arbitrary<infer Step> ? Step : never;
type MoneyStep = typeof monies extends fc.Arbitrary<infer Step> ? Step : never;

async function all<Item>(list: (after?: Item) => Promise<Item[]>): Promise<Item[]> {
  const seen: Item[] = [];
  for (;;) {
    const page = await list(seen.at(-1));
    if (page.length === 0) return seen;
    seen.push(...page);
  }
}
