import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import {
  claimBy,
  failureOf,
  openedSale,
  PROVIDER,
  someEvent,
  someQuote,
  someRefund,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

/** What every driver promises about money that came for sales, went back, or never came. */
export function receiptsContract(open: OpenForTest): void {
  describe('receipts and refunds', () => {
    let ledger: Ledger;
    freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    it('books what reached us once, however often it is noticed', async () => {
      const quoted = valueOf(
        await ledger.sales.change(await openedSale(ledger), {
          work: 'accepted',
          money: 'quoted',
          exchange: 'prepay',
          quote: someQuote(),
        }),
      );
      const invoice = {
        paymentHash: 'a1'.repeat(32),
        via: 'invoice',
        amountMsat: msat(21_000n),
        receivedAt: 5,
      } as const;
      const zap = { paymentHash: 'b2'.repeat(32), via: 'zap', amountMsat: msat(7n), receivedAt: 6 } as const;
      const paid = valueOf(await ledger.sales.change(quoted, { money: 'settled', receipts: [invoice] }));
      valueOf(await ledger.sales.change(paid, { receipts: [invoice, zap] }));
      expect(await ledger.sales.receipts(paid)).toEqual([invoice, zap]);
    });

    it('pays back only to where the refund was booked to go', async () => {
      const quote = someQuote();
      const paid = valueOf(
        await ledger.sales.change(
          valueOf(
            await ledger.sales.change(await openedSale(ledger), {
              work: 'accepted',
              money: 'quoted',
              exchange: 'prepay',
              quote,
            }),
          ),
          { money: 'settled' },
        ),
      );
      const due = valueOf(await ledger.sales.change(paid, { work: 'failed', money: 'refund-due' }));
      expect(failureOf(await ledger.sales.change(due, { money: 'refunding' }))).toBe('illegal-move');
      const refund = someRefund();
      const paying = valueOf(await ledger.sales.change(due, { money: 'refunding', refund }));
      expect(paying.refund).toEqual(refund);
      expect(await ledger.sales.byPaymentHash(refund.paymentHash ?? '')).toEqual(paying);
      const feePaidMsat = msat(3n);
      const back = valueOf(
        await ledger.sales.change(paying, { money: 'refunded', refund: { ...refund, feePaidMsat } }),
      );
      expect(back.refund?.feePaidMsat).toBe(feePaidMsat);
      expect(failureOf(await ledger.sales.change(back, { money: 'refunding' }))).toBe('illegal-move');
    });

    it('knows how a customer paid so far, each with its provider', async () => {
      const record = () => ledger.sales.recordOf(PROVIDER, someEvent().pubkey);
      expect(await record()).toEqual({
        paidSales: 0,
        paidMsat: 0n,
        firstPaidAt: null,
        unpaidSales: 0,
        unpaidMsat: 0n,
        openUnpaidMsat: 0n,
      });
      const isKnown = () => ledger.sales.isCustomer(PROVIDER, someEvent().pubkey);
      expect(await isKnown()).toBe(false);
      const accept = async (amountMsat: bigint) => {
        const quote = { ...someQuote(), amountMsat: msat(amountMsat), paymentHash: null, bolt11: null };
        const accepted = { work: 'accepted', exchange: 'postpay', quote } as const;
        return valueOf(await ledger.sales.change(await openedSale(ledger), accepted));
      };
      const begin = async (amountMsat: bigint) => {
        await accept(amountMsat);
        const [working] = await ledger.sales.claimWork(claimBy('worker'));
        if (working === undefined) throw new Error('nothing to work on');
        return working;
      };
      const works = async (amountMsat: bigint) => {
        const working = await begin(amountMsat);
        const bill = { ...someQuote(), amountMsat: msat(amountMsat) };
        const ready = valueOf(
          await ledger.sales.change(working, {
            work: 'ready',
            money: 'quoted',
            quote: bill,
            result: someEvent(),
          }),
        );
        return valueOf(await ledger.sales.change(ready, { work: 'delivered' }));
      };
      const [paid, overdue] = [await works(100n), await works(20n)];
      await works(3n);
      expect(await record()).toMatchObject({ paidSales: 0, openUnpaidMsat: 123n });
      valueOf(await ledger.sales.change(paid, { money: 'settled' }));
      valueOf(await ledger.sales.change(overdue, { money: 'lapsed' }));
      expect(await record()).toEqual({
        paidSales: 1,
        paidMsat: 100n,
        firstPaidAt: paid.openedAt,
        unpaidSales: 1,
        unpaidMsat: 20n,
        openUnpaidMsat: 3n,
      });
      valueOf(await ledger.sales.change(await accept(1n), { work: 'cancelled' }));
      valueOf(await ledger.sales.change(await begin(4000n), { work: 'cancelled' }));
      expect(await record()).toMatchObject({ unpaidSales: 2, unpaidMsat: 4020n, openUnpaidMsat: 3n });
      const other = 'bb'.repeat(32);
      expect(await ledger.sales.recordOf(other, someEvent().pubkey)).toMatchObject({ paidSales: 0 });
      expect([await isKnown(), await ledger.sales.isCustomer(other, someEvent().pubkey)]).toEqual([
        true,
        false,
      ]);
    });
  });
}
