import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mayMove,
  PURCHASE_MOVES,
  type Ledger,
  type Purchase,
  type PurchaseState,
} from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import {
  approvedPurchase,
  CUSTOMER,
  failureOf,
  freshHex,
  openedPurchase,
  outgoing,
  RELAY,
  someEvent,
  someOffer,
  stepsAmong,
  takeStep,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest, OpenLedger } from './ledger.ts';

const states = Object.keys(PURCHASE_MOVES).filter((state): state is PurchaseState => state in PURCHASE_MOVES);
const GENEROUS = { perJobMsat: msat(10n ** 12n) };

/** What every driver promises about purchases and the money that leaves with them. */
export function purchasesContract(open: OpenForTest): void {
  describe('purchases', () => {
    let ledger: Ledger;
    let opened: OpenLedger;
    const clock = freshBooks(open, (fresh) => {
      opened = fresh;
      ledger = fresh.ledger;
    });

    const stored = async (requestId: string) => {
      const found = await ledger.purchases.get(requestId);
      if (found === null) throw new Error('the purchase is gone');
      return found;
    };
    const paying = async (offer = someOffer()) =>
      valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), GENEROUS));
    const spent = async () => (await ledger.spending.spent(CUSTOMER)).todayMsat;

    it('opens a request once, with its event in the outbox', async () => {
      const publish = [outgoing(), outgoing()];
      const wish = {
        request: someEvent(),
        relays: [RELAY],
        maxAmountMsat: msat(5n),
        deadlineAt: 9,
        publish,
      };
      const [first, second] = await Promise.all([ledger.purchases.open(wish), ledger.purchases.open(wish)]);
      expect(first.created).toBe(!second.created);
      expect(second.purchase).toEqual(first.purchase);
      expect(await stored(wish.request.id)).toEqual(first.purchase);
      for (const { event } of publish) expect((await ledger.outbox.get(event.id))?.state).toBe('due');
    });

    it('keeps every field on the way from request to result', async () => {
      const offer = someOffer({ amountMsat: msat(2n ** 58n + 1n), feeLimitMsat: msat(3n) });
      const first = await openedPurchase(ledger);
      const offered = await ledger.purchases.change(first, { state: 'offered', offer });
      expect(valueOf(offered).offer).toEqual(offer);
      const purchase = await paying();
      const preimage = freshHex();
      const inFlight = valueOf(await ledger.purchases.change(purchase, { payment: 'in-flight' }));
      const locked = valueOf(await ledger.purchases.change(inFlight, { state: 'locked' }));
      const result = someEvent({ kind: 6050 });
      const received = valueOf(await ledger.purchases.change(locked, { state: 'received', result }));
      clock.seconds += 3;
      const settled = valueOf(
        await ledger.purchases.change(received, {
          state: 'received',
          payment: 'settled',
          preimage,
          feePaidMsat: msat(2n),
          failure: { code: 'late', message: 'The settlement came late.' },
        }),
      );
      expect(settled).toEqual({
        ...purchase,
        state: 'received',
        result,
        preimage,
        feePaidMsat: 2n,
        failure: { code: 'late', message: 'The settlement came late.' },
        updatedAt: clock.seconds,
        version: purchase.version + 4,
      });
      expect(await stored(purchase.requestId)).toEqual(settled);
      expect(await ledger.purchases.payment(purchase.offer?.paymentHash ?? '')).toMatchObject({
        state: 'settled',
        preimage,
        feePaidMsat: 2n,
        amountMsat: 10_000n,
      });
    });

    it('lets random moves through exactly when the table lists them', async () => {
      const step = fc.oneof(stepsAmong(states), fc.constant('reserve' as const));
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          let purchase = await openedPurchase(ledger);
          let payment: 'none' | 'reserved' | 'failed' = 'none';
          for (const next of steps) {
            const publish = [outgoing()];
            let legal: boolean;
            let outcome;
            if (next === 'reserve') {
              legal = purchase.state === 'approved';
              outcome = await ledger.purchases.reserve(purchase, GENEROUS);
              if (legal) payment = 'reserved';
            } else {
              const to = takeStep<PurchaseState>(PURCHASE_MOVES, purchase.state, next);
              const fresh = to === 'offered' && purchase.state !== 'offered';
              legal =
                to === purchase.state || (mayMove(PURCHASE_MOVES, purchase.state, to) && to !== 'paying');
              outcome = await ledger.purchases.change(purchase, {
                state: to,
                publish,
                ...(fresh ? { offer: someOffer() } : {}),
                ...(fresh && payment === 'reserved' ? { payment: 'failed' } : {}),
              });
              if (legal && fresh && payment === 'reserved') payment = 'failed';
              const told = await ledger.outbox.get(publish[0]?.event.id ?? '');
              expect(told !== null).toBe(legal);
            }
            expect(outcome.ok ? 'moved' : outcome.failure.code).toBe(legal ? 'moved' : 'illegal-move');
            const after: Purchase = await stored(purchase.requestId);
            expect(after).toEqual(outcome.ok ? outcome.value : purchase);
            purchase = after;
          }
        }),
        { numRuns: 60 },
      );
    });

    it('refuses a writer that saw an older version, and changes nothing with it', async () => {
      const purchase = await paying();
      valueOf(await ledger.purchases.change(purchase, { payment: 'in-flight' }));
      const late = await ledger.purchases.change(purchase, { state: 'paid', payment: 'settled' });
      expect(failureOf(late)).toBe('stale');
      expect((await ledger.purchases.payment(purchase.offer?.paymentHash ?? ''))?.state).toBe('in-flight');
      const approved = await approvedPurchase(ledger);
      valueOf(await ledger.purchases.change(approved, { failure: { code: 'note', message: 'Noted.' } }));
      expect(failureOf(await ledger.purchases.reserve(approved, GENEROUS))).toBe('stale');
    });

    it('reserves before paying, and only so', async () => {
      const approved = await approvedPurchase(ledger);
      expect(failureOf(await ledger.purchases.change(approved, { state: 'paying' }))).toBe('illegal-move');
      const purchase = valueOf(await ledger.purchases.reserve(approved, GENEROUS));
      expect(purchase.state).toBe('paying');
      expect(await ledger.purchases.payment(purchase.offer?.paymentHash ?? '')).toEqual({
        paymentHash: purchase.offer?.paymentHash,
        requestId: purchase.requestId,
        purpose: 'job',
        spenderPubkey: CUSTOMER,
        counterparty: purchase.offer?.providerPubkey,
        bolt11: purchase.offer?.bolt11,
        amountMsat: 10_000n,
        feeLimitMsat: 1_000n,
        feePaidMsat: null,
        preimage: null,
        state: 'reserved',
        calls: 0,
        createdAt: clock.seconds,
        updatedAt: clock.seconds,
      });
      const swap = await ledger.purchases.change(purchase, { offer: someOffer() });
      expect(failureOf(swap)).toBe('illegal-move');
    });

    it('does not reserve for an offer without an invoice', async () => {
      const free = await approvedPurchase(ledger, someOffer({ bolt11: null, paymentHash: null }));
      expect(failureOf(await ledger.purchases.reserve(free, GENEROUS))).toBe('illegal-move');
    });

    it('never reserves the same payment hash twice', async () => {
      const offer = someOffer();
      const rivals = await Promise.all([approvedPurchase(ledger, offer), approvedPurchase(ledger, offer)]);
      const outcomes = await Promise.all(rivals.map((rival) => ledger.purchases.reserve(rival, GENEROUS)));
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
      const refused = outcomes.find(({ ok }) => !ok);
      expect(refused?.ok === false && refused.failure.code).toBe('hash-reused');
    });

    it('reserves the same invoice again for the purchase that it failed for, within the caps and its calls counted', async () => {
      const offer = someOffer();
      const first = valueOf(await ledger.purchases.reserve(await approvedPurchase(ledger, offer), GENEROUS));
      const paymentHash = offer.paymentHash ?? '';
      valueOf(await ledger.purchases.beginCall({ paymentHash, calls: 0 }));
      const failed = valueOf(await ledger.purchases.change(first, { state: 'offered', payment: 'failed' }));
      expect(failureOf(await ledger.purchases.change(failed, { payment: 'reserved' }))).toBe('illegal-move');
      const stranger = await approvedPurchase(ledger, offer);
      expect(failureOf(await ledger.purchases.reserve(stranger, GENEROUS))).toBe('hash-reused');
      const approved = valueOf(await ledger.purchases.change(failed, { state: 'approved' }));
      const tight = { perJobMsat: msat(10_999n) };
      expect(failureOf(await ledger.purchases.reserve(approved, tight))).toBe('over-budget');
      const again = valueOf(await ledger.purchases.reserve(approved, GENEROUS));
      expect(again.state).toBe('paying');
      expect(await ledger.purchases.payment(paymentHash)).toMatchObject({ state: 'reserved', calls: 1 });

      const gone = valueOf(await ledger.purchases.change(again, { state: 'offered', payment: 'failed' }));
      const proof = { paymentHash, preimage: freshHex(), feePaidMsat: msat(0n) };
      expect(await ledger.purchases.keepProof(proof)).toBe(true); // it was paid after all
      const late = valueOf(await ledger.purchases.change(gone, { state: 'approved' }));
      expect(failureOf(await ledger.purchases.reserve(late, GENEROUS))).toBe('hash-reused');
    });

    it('takes another offer only after the first payment has failed', async () => {
      const next = someOffer();
      const again = async (payment: { payment?: 'failed' }) => {
        const back = await ledger.purchases.change(await paying(), {
          state: 'offered',
          offer: next,
          ...payment,
        });
        const approved = await ledger.purchases.change(valueOf(back), { state: 'approved' });
        return ledger.purchases.reserve(valueOf(approved), GENEROUS);
      };
      expect(failureOf(await again({}))).toBe('illegal-move');
      expect(valueOf(await again({ payment: 'failed' })).state).toBe('paying');
    });

    it('moves a payment only as the table says', async () => {
      const purchase = await paying();
      const settled = valueOf(await ledger.purchases.change(purchase, { state: 'paid', payment: 'settled' }));
      expect(failureOf(await ledger.purchases.change(settled, { payment: 'failed' }))).toBe('illegal-move');
      const unpaid = await approvedPurchase(ledger);
      expect(failureOf(await ledger.purchases.change(unpaid, { payment: 'settled' }))).toBe('illegal-move');
    });

    it('keeps what is reserved and spent within the caps under concurrency', async () => {
      const amounts = fc.array(
        fc.record({
          amount: fc.bigInt(0n, 60n),
          fee: fc.bigInt(0n, 10n),
          settle: fc.constantFrom('settled', 'failed', null),
        }),
        { minLength: 1, maxLength: 12 },
      );
      let customers = 0;
      await fc.assert(
        fc.asyncProperty(amounts, fc.bigInt(0n, 80n), fc.bigInt(0n, 300n), async (wishes, perJob, perDay) => {
          const customer = (++customers).toString(16).padStart(64, 'f');
          const caps = { perJobMsat: msat(perJob), perDayMsat: msat(perDay) };
          const approved = await Promise.all(
            wishes.map(({ amount, fee }) =>
              approvedPurchase(
                ledger,
                someOffer({ amountMsat: msat(amount), feeLimitMsat: msat(fee) }),
                customer,
              ),
            ),
          );
          const booked: bigint[] = [];
          const total = () => booked.reduce((sum, amount) => sum + amount, 0n);
          await Promise.all(
            approved.map(async (purchase, index) => {
              const { amount, fee, settle } = wishes[index] ?? { amount: 0n, fee: 0n, settle: null };
              const outcome = await ledger.purchases.reserve(purchase, caps);
              if (!outcome.ok) return expect(outcome.failure.code).toBe('over-budget');
              expect(amount + fee).toBeLessThanOrEqual(perJob);
              if (settle === 'settled')
                valueOf(
                  await ledger.purchases.change(outcome.value, {
                    state: 'paid',
                    payment: 'settled',
                    feePaidMsat: msat(fee / 2n),
                  }),
                );
              if (settle === 'failed')
                valueOf(
                  await ledger.purchases.change(outcome.value, { state: 'expired', payment: 'failed' }),
                );
              if (settle !== 'failed') booked.push(amount + (settle === 'settled' ? fee / 2n : fee));
            }),
          );
          expect(total()).toBeLessThanOrEqual(perDay);
          expect((await ledger.spending.spent(customer)).todayMsat).toBe(total());
          // Whoever asks alone gets exactly what is left.
          const left = perDay - total();
          const tooMuch = await approvedPurchase(
            ledger,
            someOffer({ amountMsat: msat(left + 1n), feeLimitMsat: msat(0n) }),
            customer,
          );
          const noJobCap = { ...caps, perJobMsat: msat(1_000n) };
          expect(failureOf(await ledger.purchases.reserve(tooMuch, noJobCap))).toBe('over-budget');
          const fits = await approvedPurchase(
            ledger,
            someOffer({ amountMsat: msat(left), feeLimitMsat: msat(0n) }),
            customer,
          );
          expect((await ledger.purchases.reserve(fits, noJobCap)).ok).toBe(true);
        }),
        { numRuns: 30 },
      );
    });

    it('never pays more than the purchase may cost', async () => {
      const dear = await approvedPurchase(ledger, someOffer({ amountMsat: msat(1_000_001n) }));
      const outcome = await ledger.purchases.reserve(dear, GENEROUS);
      expect(failureOf(outcome)).toBe('over-budget');
      expect(await spent()).toBe(0n);
    });

    it('forgets what was settled a day ago, never what may still be sent', async () => {
      const settled = await paying();
      valueOf(
        await ledger.purchases.change(settled, { state: 'paid', payment: 'settled', feePaidMsat: msat(0n) }),
      );
      await paying(someOffer({ amountMsat: msat(500n), feeLimitMsat: msat(50n) }));
      expect(await spent()).toBe(10_550n);
      clock.seconds += 86_401;
      expect(await spent()).toBe(550n);
      expect((await ledger.spending.spent('dd'.repeat(32))).everMsat).toBe(0n);
    });

    it('lists purchases in which something may still happen', async () => {
      const listed = async () =>
        (await ledger.purchases.listOpen(CUSTOMER)).map(({ requestId }) => requestId);
      const first = await openedPurchase(ledger);
      clock.seconds += 1;
      const second = await paying();
      const result = someEvent({ kind: 6050 });
      const received = valueOf(await ledger.purchases.change(second, { state: 'received', result }));
      expect(await listed()).toEqual([first.requestId, second.requestId]);
      valueOf(await ledger.purchases.change(received, { payment: 'settled' }));
      expect(await listed()).toEqual([first.requestId]);
      valueOf(await ledger.purchases.change(first, { state: 'cancelled' }));
      expect(await listed()).toEqual([]);
      const recent = await ledger.purchases.listRecent({ limit: 1 });
      expect(recent.map(({ requestId }) => requestId)).toEqual([second.requestId]);
    });

    it('remembers reservations after it was closed and opened again', async ({ skip }) => {
      if (opened.reopen === undefined) skip();
      const purchase = await paying();
      ledger = (await opened.reopen?.()) ?? ledger;
      expect(await stored(purchase.requestId)).toEqual(purchase);
      expect(await spent()).toBe(11_000n);
    });
  });
}
