import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALLOWED_PAIRS,
  mayMove,
  MONEY_MOVES,
  WORK_MOVES,
  type Ledger,
  type MoneyState,
  type Sale,
  type WorkState,
} from '../../src/ledger/index.ts';
import { EXCHANGE_MODES, msat, type ExchangeMode, type NostrEvent } from '../../src/protocol/index.ts';
import {
  acceptedSale,
  claimBy,
  failureOf,
  freshHex,
  lockedSale,
  openedSale,
  outgoing,
  PROVIDER,
  someEvent,
  someQuote,
  someRefund,
  stepsAmong,
  takeStep,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest, OpenLedger } from './ledger.ts';

const works = Object.keys(WORK_MOVES).filter((state): state is WorkState => state in WORK_MOVES);
const monies = Object.keys(MONEY_MOVES).filter((state): state is MoneyState => state in MONEY_MOVES);

/** What is drawn from a balance moves by more than the tables say. */
const UNPREPAID_MODES = EXCHANGE_MODES.filter((mode) => mode !== 'balance');

/** What every driver promises about sales. */
export function salesContract(open: OpenForTest): void {
  describe('sales', () => {
    let ledger: Ledger;
    let opened: OpenLedger;
    const clock = freshBooks(open, (fresh) => {
      opened = fresh;
      ledger = fresh.ledger;
    });

    const stored = async (sale: Sale) => {
      const found = await ledger.sales.get(sale.providerPubkey, sale.requestId);
      if (found === null) throw new Error('the sale is gone');
      return found;
    };

    it('opens a request once, however often and concurrently it arrives', async () => {
      const request = someEvent();
      const open1 = () => ledger.sales.open({ providerPubkey: PROVIDER, serviceId: 'echo', request });
      const all = await Promise.all([open1(), open1(), open1(), open1()]);
      expect(all.filter(({ created }) => created)).toHaveLength(1);
      const [first] = all;
      for (const { sale } of all) expect(sale).toEqual(first?.sale);
      const other = await ledger.sales.open({ providerPubkey: 'bb'.repeat(32), serviceId: 'echo', request });
      expect(other.created).toBe(true);
    });

    it('answers a new request in the transaction that books it, and a repeat not again', async () => {
      const request = someEvent();
      const booked = { providerPubkey: PROVIDER, serviceId: 'echo', request };
      const [first, again] = [outgoing(), outgoing()];
      const openWith = (publish: typeof first) =>
        ledger.sales.open({ ...booked, answer: { work: 'accepted', exchange: 'free', publish: [publish] } });
      const claim = () => ledger.sales.claimWork(claimBy('worker'));
      const [opened1, opened2, claimed] = await Promise.all([openWith(first), openWith(again), claim()]);
      expect(opened1.created).toBe(!opened2.created);
      const [booking, answered, unanswered] = opened1.created
        ? [opened1, first, again]
        : [opened2, again, first];
      expect(booking.sale).toMatchObject({ work: 'accepted', version: 2 });
      expect([...claimed, ...(await claim())]).toMatchObject([{ requestId: request.id, work: 'working' }]);
      expect((await ledger.outbox.get(answered.event.id))?.state).toBe('due');
      expect(await ledger.outbox.get(unanswered.event.id)).toBeNull();
    });

    it('books nothing when the answer is no legal move', async () => {
      const request = someEvent();
      const answer = { work: 'ready' } as const;
      await expect(
        ledger.sales.open({ providerPubkey: PROVIDER, serviceId: 'echo', request, answer }),
      ).rejects.toThrow('from received to ready');
      expect(await ledger.sales.get(PROVIDER, request.id)).toBeNull();
    });

    it('keeps exactly the seven fields of an event', async () => {
      const request = someEvent();
      const marked = Object.assign({ ...request }, { verified: true });
      const { sale } = await ledger.sales.open({
        providerPubkey: PROVIDER,
        serviceId: 'echo',
        request: marked,
      });
      expect((await stored(sale)).request).toEqual(request);
    });

    it('keeps every field of a sale on its way through a hold', async () => {
      const first = await openedSale(ledger);
      const quote = someQuote(2n ** 60n + 1n);
      const quoted = valueOf(
        await ledger.sales.change(first, { work: 'accepted', money: 'quoted', exchange: 'hold', quote }),
      );
      clock.seconds += 5;
      const locked = valueOf(
        await ledger.sales.change(quoted, { money: 'locked', lockedAt: 7, deadlineAt: 27 }),
      );
      const [working] = await ledger.sales.claimWork(claimBy('worker'));
      expect(working).toMatchObject({ work: 'working', lease: { owner: 'worker', fence: 1 }, attempts: 1 });
      const result = someEvent({ kind: 6050, pubkey: PROVIDER });
      const ready = valueOf(await ledger.sales.change(working ?? locked, { work: 'ready', result }));
      const failure = { code: 'odd', message: 'Odd.', data: { depth: [1, 'two'] } };
      const delivered = valueOf(
        await ledger.sales.change(ready, { work: 'delivered', money: 'settling', failure }),
      );
      expect(delivered).toEqual({
        ...first,
        refund: null,
        work: 'delivered',
        money: 'settling',
        exchange: 'hold',
        quote,
        lockedAt: 7,
        deadlineAt: 27,
        result,
        failure,
        lease: null,
        attempts: 1,
        openedAt: 1_700_000_000,
        updatedAt: 1_700_000_005,
        version: first.version + 5,
      });
      expect(await stored(first)).toEqual(delivered);
      expect(await ledger.sales.byPaymentHash(quote.paymentHash)).toEqual(delivered);
      expect(await ledger.sales.byPaymentHash('00'.repeat(32))).toBeNull();
      expect(await ledger.sales.get('00'.repeat(32), first.requestId)).toBeNull();
    });

    it('changes fields without a move', async () => {
      const sale = valueOf(
        await ledger.sales.change(await openedSale(ledger), { work: 'accepted', exchange: 'hold' }),
      );
      const quote = { ...someQuote(), bolt11: null };
      const noted = valueOf(await ledger.sales.change(sale, { work: 'accepted', quote }));
      const filled = valueOf(
        await ledger.sales.change(noted, { money: 'quoted', quote: { ...quote, bolt11: 'lnbcrt1' } }),
      );
      expect(filled.quote?.bolt11).toBe('lnbcrt1');
    });

    it('lets random moves through exactly when the tables list them', async () => {
      const change = fc.record(
        {
          work: stepsAmong(works),
          money: stepsAmong(monies),
          exchange: fc.constantFrom<ExchangeMode>('free', 'hold', 'hold', ...UNPREPAID_MODES),
          refund: fc.constant(true),
        },
        { requiredKeys: [] },
      );
      const walk = fc.array(fc.oneof(change, fc.constant('claim' as const)), { minLength: 5, maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(openedSale, acceptedSale, lockedSale),
          walk,
          async (begin, steps) => {
            let sale = await begin(ledger);
            for (const step of steps) {
              if (step === 'claim') {
                await ledger.sales.claimWork(claimBy('worker', 1000));
                sale = await stored(sale);
                continue;
              }
              const work = takeStep(WORK_MOVES, sale.work, step.work);
              const money = takeStep(MONEY_MOVES, sale.money, step.money);
              const exchange = step.exchange ?? sale.exchange;
              const refund = step.refund ? someRefund() : sale.refund;
              const paysBack = money === 'refunding' || money === 'refunded';
              const legal =
                (work === sale.work || (mayMove(WORK_MOVES, sale.work, work) && work !== 'working')) &&
                (money === sale.money || mayMove(MONEY_MOVES, sale.money, money)) &&
                ALLOWED_PAIRS[exchange][work].includes(money) &&
                (!paysBack || refund !== null);
              const publish = [outgoing()];
              const refunding = refund ? { refund } : {};
              const moved = { work, money, exchange, publish, ...refunding };
              const outcome = await ledger.sales.change(sale, moved);
              expect(outcome.ok ? 'moved' : outcome.failure.code).toBe(legal ? 'moved' : 'illegal-move');
              const row = await ledger.outbox.get(publish[0]?.event.id ?? '');
              expect(row !== null).toBe(legal);
              const after = await stored(sale);
              expect(after).toEqual(outcome.ok ? outcome.value : sale);
              expect(after.version).toBe(sale.version + (legal ? 1 : 0));
              sale = after;
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    it('hands out work that is paid, or that needs no payment first', async () => {
      for (const exchange of ['postpay', 'sample', 'reveal', 'free'] as const) {
        const sale = await openedSale(ledger);
        valueOf(await ledger.sales.change(sale, { work: 'accepted', exchange }));
        expect(await ledger.sales.claimWork(claimBy('worker'))).toMatchObject([
          { requestId: sale.requestId },
        ]);
      }
      for (const exchange of ['prepay', 'zap', 'nutzap'] as const) {
        const quote = someQuote();
        const accepted = { work: 'accepted', money: 'quoted', exchange, quote } as const;
        const quoted = valueOf(await ledger.sales.change(await openedSale(ledger), accepted));
        expect(await ledger.sales.claimWork(claimBy('worker'))).toEqual([]);
        valueOf(await ledger.sales.change(quoted, { money: 'settled' }));
        expect(await ledger.sales.claimWork(claimBy('worker'))).toHaveLength(1);
      }
    });

    it('lets nobody begin work without a claim', async () => {
      for (const sale of [await acceptedSale(ledger), await lockedSale(ledger)])
        expect(failureOf(await ledger.sales.change(sale, { work: 'working' }))).toBe('illegal-move');
    });

    it('lets exactly one of several writers that saw the same sale move it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 2, max: 8 }), async (writers) => {
          const seen = await openedSale(ledger);
          const attempts = Array.from({ length: writers }, (_, index) => ({
            failure: { code: `writer-${index}`, message: 'mine' },
            publish: [outgoing()],
          }));
          const outcomes = await Promise.all(attempts.map((change) => ledger.sales.change(seen, change)));
          const winners = outcomes.filter(({ ok }) => ok);
          expect(winners).toHaveLength(1);
          for (const [index, outcome] of outcomes.entries()) {
            if (!outcome.ok) expect(outcome.failure.code).toBe('stale');
            else expect((await stored(seen)).failure?.code).toBe(`writer-${index}`);
            const told = await ledger.outbox.get(attempts[index]?.publish[0]?.event.id ?? '');
            expect(told !== null).toBe(outcome.ok);
          }
        }),
        { numRuns: 20 },
      );
    });

    it('refuses an amount on a free sale', async () => {
      const sale = await openedSale(ledger);
      const change = {
        work: 'accepted',
        exchange: 'free',
        quote: { ...someQuote(), amountMsat: msat(1n) },
      } as const;
      expect(failureOf(await ledger.sales.change(sale, change))).toBe('illegal-move');
    });

    it('gives paid and free work to workers, oldest first, each sale to one of them', async () => {
      const unpaid = await openedSale(ledger);
      valueOf(await ledger.sales.change(unpaid, { work: 'accepted', exchange: 'hold' }));
      const expected: string[] = [];
      for (let index = 0; index < 6; index++) {
        clock.seconds += 1;
        const sale = index % 2 === 0 ? await lockedSale(ledger) : await acceptedSale(ledger);
        expected.push(sale.requestId);
        await lockedSale(ledger, 'another service');
      }
      const claims = await Promise.all(
        ['a', 'b', 'c', 'd'].map((owner) => ledger.sales.claimWork(claimBy(owner, 2))),
      );
      const claimed = claims.map((claim) => claim.map(({ requestId }) => requestId));
      expect(claimed.flat().toSorted()).toEqual(expected.toSorted());
      for (const ids of claimed) expect(ids).toEqual(expected.filter((id) => ids.includes(id)));
      expect(claims.filter((claim) => claim.length === 2)).toHaveLength(3);
      expect(claims[1]?.every(({ lease }) => lease?.owner === 'b')).toBe(true);
    });

    it('takes work back at once, uncounted, from the worker that has it and from no other', async () => {
      await lockedSale(ledger);
      const [first] = await ledger.sales.claimWork(claimBy('first'));
      if (first === undefined) throw new Error('nothing to claim');
      valueOf(await ledger.sales.renewLease(first, 30));
      await ledger.sales.returnWork(first);
      const [second] = await ledger.sales.claimWork(claimBy('second'));
      expect(second).toMatchObject({ requestId: first.requestId, attempts: 1, lease: { owner: 'second' } });
      await ledger.sales.returnWork(first);
      expect(await stored(first)).toEqual(second);
      expect(failureOf(await ledger.sales.change(first, { work: 'ready' }))).toBe('lease-lost');
    });

    it('gives abandoned work to another worker and fences the first one off', async () => {
      await lockedSale(ledger);
      const [first] = await ledger.sales.claimWork(claimBy('first'));
      if (first === undefined) throw new Error('nothing to claim');
      clock.seconds += 29;
      expect(await ledger.sales.claimWork(claimBy('second'))).toEqual([]);
      const renewed = valueOf(await ledger.sales.renewLease(first, 30));
      clock.seconds += 29;
      expect(await ledger.sales.claimWork(claimBy('second'))).toEqual([]);
      clock.seconds += 1;
      const [second] = await ledger.sales.claimWork(claimBy('second'));
      expect(second).toMatchObject({ lease: { owner: 'second', fence: 2 }, attempts: 2 });
      const result = someEvent({ kind: 6050 });
      expect(failureOf(await ledger.sales.change(renewed, { work: 'ready', result }))).toBe('lease-lost');
      expect(failureOf(await ledger.sales.renewLease(renewed, 30))).toBe('lease-lost');
      const publish = [outgoing({ event: result })];
      expect((await ledger.sales.change(second ?? first, { work: 'ready', result, publish })).ok).toBe(true);
    });

    it('lets a slow worker finish while nobody has taken over', async () => {
      await lockedSale(ledger);
      const [working] = await ledger.sales.claimWork(claimBy('slow'));
      if (working === undefined) throw new Error('nothing to claim');
      clock.seconds += 1000;
      expect((await ledger.sales.change(working, { work: 'ready', result: someEvent() })).ok).toBe(true);
    });

    it('tells a worker whose sale was cancelled to read it again', async () => {
      await lockedSale(ledger);
      const [working] = await ledger.sales.claimWork(claimBy('worker'));
      if (working === undefined) throw new Error('nothing to claim');
      valueOf(await ledger.sales.change(working, { work: 'cancelled' }));
      expect(failureOf(await ledger.sales.change(working, { work: 'ready' }))).toBe('stale');
      expect(failureOf(await ledger.sales.renewLease(working, 30))).toBe('lease-lost');
    });

    it('pages through the open sales of a provider, oldest first and each once', async () => {
      const open10: string[] = [];
      for (let index = 0; index < 10; index++) {
        if (index % 3 === 0) clock.seconds += 1;
        open10.push((await lockedSale(ledger)).requestId);
        const refused = await ledger.sales.change(await openedSale(ledger), { work: 'refused' });
        expect(refused.ok).toBe(true);
      }
      const seen: Sale[] = [];
      for (;;) {
        const after = seen.at(-1);
        const page = await ledger.sales.listOpen({
          providerPubkey: PROVIDER,
          limit: 3,
          ...(after === undefined ? {} : { after }),
        });
        if (page.length === 0) break;
        seen.push(...page);
      }
      expect(seen.map(({ requestId }) => requestId)).toEqual(open10);
      expect(await ledger.sales.listOpen({ providerPubkey: 'bb'.repeat(32), limit: 3 })).toEqual([]);
    });

    it('keeps a given-up sale open until its money is home', async () => {
      const listed = async () => (await ledger.sales.listOpen({ providerPubkey: PROVIDER, limit: 9 })).length;
      const cancelled = valueOf(await ledger.sales.change(await lockedSale(ledger), { work: 'cancelled' }));
      expect(await listed()).toBe(1);
      valueOf(await ledger.sales.change(cancelled, { money: 'released' }));
      expect(await listed()).toBe(0);
    });

    it('finds what continues a sale, by the same customer and in so many words', async () => {
      const first = await openedSale(ledger);
      const tag = ['continues', first.requestId, freshHex(), 'revision', '1'];
      const ask = async (fields: Partial<NostrEvent>) =>
        (await ledger.sales.open({ ...first, request: someEvent(fields) })).sale.requestId;
      const follows = [await ask({ tags: [tag] }), await ask({ tags: [['i', 'x'], tag] })];
      await ask({ content: JSON.stringify([tag]) });
      await ask({ tags: [['alt', ...tag]] });
      await ask({ tags: [tag], pubkey: freshHex() });
      const found = await ledger.sales.followUps(first, 9);
      expect(found.map(({ requestId }) => requestId)).toEqual(follows.toSorted());
      expect(await ledger.sales.followUps(first, 1)).toHaveLength(1);
    });

    it('shows the latest sales first', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 4; index++) {
        clock.seconds += 1;
        ids.unshift((await openedSale(ledger)).requestId);
      }
      const recent = await ledger.sales.listRecent({ limit: 3 });
      expect(recent.map(({ requestId }) => requestId)).toEqual(ids.slice(0, 3));

      clock.seconds += 1;
      await ledger.sales.open({ providerPubkey: freshHex(), serviceId: 'echo', request: someEvent() });
      expect(await ledger.sales.listRecent({ providerPubkey: PROVIDER, limit: 3 })).toEqual(recent);
    });

    it('is the same after it was closed and opened again', async ({ skip }) => {
      if (opened.reopen === undefined) skip();
      const sale = await lockedSale(ledger);
      ledger = (await opened.reopen?.()) ?? ledger;
      expect(await stored(sale)).toEqual(sale);
      const [working] = await ledger.sales.claimWork(claimBy('next life'));
      expect(working?.requestId).toBe(sale.requestId);
    });
  });
}
