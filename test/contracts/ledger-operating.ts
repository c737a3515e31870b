import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { journalOfSale, trialBalance, type Ledger, type Sale } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import {
  failureOf,
  freshHex,
  openedSale,
  outgoing,
  PROVIDER,
  RELAY,
  someEvent,
  someQuote,
  someRefund,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest, OpenLedger } from './ledger.ts';

/** What operators see of the books, and do to them by hand. */
export function operatingContract(open: OpenForTest): void {
  describe('what operators see and decide', () => {
    let ledger: Ledger;
    let opened: OpenLedger;
    const clock = freshBooks(open, (fresh) => {
      opened = fresh;
      ledger = fresh.ledger;
    });

    /** A sale by prepay that was paid `receivedMsat` for a price of 100. */
    async function paidSale(receivedMsat: bigint): Promise<Sale> {
      const sale = await openedSale(ledger);
      const quote = { ...someQuote(100n), preimage: null };
      const asked = { work: 'accepted', money: 'quoted', exchange: 'prepay', quote } as const;
      const receipts = [
        { paymentHash: freshHex(), via: 'invoice', amountMsat: msat(receivedMsat), receivedAt: 1 } as const,
      ];
      const quoted = valueOf(await ledger.sales.change(sale, asked));
      return valueOf(await ledger.sales.change(quoted, { money: 'settled', receipts }));
    }

    async function delivered(sale: Sale): Promise<Sale> {
      const lease = { serviceIds: ['echo'], owner: 'worker', leaseSeconds: 20, limit: 100 };
      const claimed = await ledger.sales.claimWork({ providerPubkey: PROVIDER, ...lease });
      const working = claimed.find(({ requestId }) => requestId === sale.requestId);
      if (working === undefined) throw new Error('Nothing was claimed.');
      const ready = valueOf(await ledger.sales.change(working, { work: 'ready', result: someEvent() }));
      return valueOf(await ledger.sales.change(ready, { work: 'delivered' }));
    }

    it('counts open sales by service and state, since the oldest', async () => {
      expect(await ledger.sales.countOpen(PROVIDER)).toEqual([]);
      await openedSale(ledger, 'echo');
      clock.seconds += 5;
      await openedSale(ledger, 'echo');
      await paidSale(100n);
      const closed = await openedSale(ledger, 'other');
      valueOf(await ledger.sales.change(closed, { work: 'refused' }));
      const counted = (await ledger.sales.countOpen(PROVIDER)).toSorted((a, b) => b.count - a.count);
      expect(counted).toEqual([
        { serviceId: 'echo', work: 'received', money: 'none', count: 2, oldestAt: 1_700_000_000 },
        { serviceId: 'echo', work: 'accepted', money: 'settled', count: 1, oldestAt: 1_700_000_005 },
      ]);
      expect(await ledger.sales.countOpen('bb'.repeat(32))).toEqual([]);
    });

    it('finds sales by the beginning of their ids', async () => {
      const ids = ['ab12', 'ab13', 'acff'].map((start) => start.padEnd(64, '0'));
      for (const id of ids)
        await ledger.sales.open({ providerPubkey: PROVIDER, serviceId: 'echo', request: someEvent({ id }) });
      const found = async (prefix: string, limit = 9) =>
        (await ledger.sales.startingWith(PROVIDER, prefix, limit)).map(({ requestId }) => requestId);
      expect(await found('ab1')).toEqual(ids.slice(0, 2));
      expect(await found('ab1', 1)).toEqual(ids.slice(0, 1));
      expect(await found(ids[2] ?? '')).toEqual([ids[2]]);
      expect(await found('ff')).toEqual([]);
      expect(await ledger.sales.startingWith('bb'.repeat(32), 'ab', 9)).toEqual([]);
    });

    it('shows how deep the outbox is, and since when', async () => {
      expect(await ledger.outbox.depth()).toEqual({ due: 0, oldestAt: null });
      const [first, second] = [outgoing(), outgoing()];
      await ledger.outbox.enqueue([first]);
      clock.seconds += 7;
      await ledger.outbox.enqueue([second]);
      expect(await ledger.outbox.depth()).toEqual({ due: 2, oldestAt: 1_700_000_000 });
      const told = { acceptedBy: [RELAY], refusedBy: [], message: null, retryInSeconds: 0 };
      await ledger.outbox.record(first.event.id, told);
      expect(await ledger.outbox.depth()).toEqual({ due: 1, oldestAt: 1_700_000_007 });
    });

    it('writes when asked whether it can', async () => {
      await ledger.checkWritable();
      await ledger.checkWritable();
      await opened.ledger.close();
      await expect(ledger.checkWritable()).rejects.toThrow();
    });

    it('sums what is owed as the journals do, goodwill included', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt({ min: 100n, max: 200n }),
          fc.constantFrom('waits', 'failed', 'goodwill', 'refunding', 'refunded', 'kept'),
          fc.bigInt({ min: 0n, max: 100n }),
          async (receivedMsat, fate, amount) => {
            let sale = await paidSale(receivedMsat);
            const goodwill = { amountMsat: msat(amount), givenAt: clock.seconds };
            if (fate === 'failed')
              sale = valueOf(await ledger.sales.change(sale, { work: 'failed', money: 'refund-due' }));
            if (!['waits', 'failed'].includes(fate)) sale = await delivered(sale);
            if (['goodwill', 'refunding', 'refunded'].includes(fate))
              sale = valueOf(await ledger.sales.change(sale, { money: 'refund-due', goodwill }));
            const dueMsat = msat(receivedMsat - 100n + amount);
            const refund = { ...someRefund(), amountMsat: dueMsat };
            if (fate === 'refunding' || fate === 'refunded')
              sale = valueOf(await ledger.sales.change(sale, { money: 'refunding', refund }));
            if (fate === 'refunded') sale = valueOf(await ledger.sales.change(sale, { money: 'refunded' }));
            expect((await ledger.sales.get(PROVIDER, sale.requestId))?.goodwill).toEqual(sale.goodwill);
            let owedMsat = 0n;
            for (const each of await ledger.sales.listOwing({ providerPubkey: PROVIDER, limit: 1000 })) {
              const journal = journalOfSale(each, await ledger.sales.receipts(each));
              owedMsat -= trialBalance(journal).get('owed-to-customers') ?? 0n;
            }
            const sums = await ledger.sales.sumOwing(PROVIDER);
            expect(sums.reduce((sum, { amountMsat }) => sum + amountMsat, 0n)).toBe(owedMsat);
          },
        ),
        { numRuns: 40 },
      );
    });

    it('gives back no more than the price, and lets what failed be tried again', async () => {
      const sold = await delivered(await paidSale(100n));
      const tooMuch = { amountMsat: msat(101n), givenAt: 1 };
      const wrong = await ledger.sales.change(sold, { money: 'refund-due', goodwill: tooMuch });
      expect(failureOf(wrong)).toBe('illegal-move');

      const paid = await paidSale(100n);
      const lease = { serviceIds: ['echo'], owner: 'worker', leaseSeconds: 20, limit: 1 };
      const [working] = await ledger.sales.claimWork({ providerPubkey: PROVIDER, ...lease });
      expect(working).toMatchObject({ requestId: paid.requestId, attempts: 1 });
      const reason = { code: 'handler-failed', message: 'No.' };
      const end = { work: 'failed', money: 'refund-due', failure: reason } as const;
      const failed = valueOf(await ledger.sales.change(working ?? paid, end));
      const again = { work: 'accepted', money: 'settled', failure: null, attempts: 0 } as const;
      const retried = valueOf(await ledger.sales.change(failed, again));
      expect(retried).toMatchObject({ work: 'accepted', money: 'settled', failure: null, attempts: 0 });
      const [claimed] = await ledger.sales.claimWork({ providerPubkey: PROVIDER, ...lease });
      expect(claimed).toMatchObject({ requestId: paid.requestId, attempts: 1, lease: { fence: 2 } });
    });
  });
}
