import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger, Order } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import {
  CUSTOMER,
  whyNot,
  freshHex,
  newPurchase,
  openedOrder,
  someEvent,
  someOffer,
  valueOf,
} from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

const CAPS = { perJobMsat: msat(10n ** 12n) };

/** What every driver promises about orders of several purchases. */
export function ordersContract(open: OpenForTest): void {
  describe('orders', () => {
    let ledger: Ledger;
    freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    const stored = async ({ orderId }: Order): Promise<Order> => {
      const order = await ledger.orders.get(orderId);
      if (order === null) throw new Error('the order is gone');
      return order;
    };
    /** One more purchase of the order, approved for an offer of this price (with a fee limit of 1000 msat). */
    const approvedIn = async (seen: Order, amountMsat = msat(9_000n)) => {
      const purchase = valueOf(await ledger.orders.addPurchase(await stored(seen), newPurchase()));
      const offer = someOffer({ amountMsat });
      const approval = { offer, maxAmountMsat: amountMsat, order: await stored(seen) };
      const offered = valueOf(await ledger.purchases.approve(purchase, approval));
      return valueOf(await ledger.purchases.change(offered, { state: 'approved' }));
    };
    const spentBy = async ({ orderId }: Order): Promise<bigint> =>
      [...(await ledger.orders.spent(orderId)).values()].reduce<bigint>((sum, cost) => sum + cost, 0n);

    it('are opened once for each key, and found while they are not closed', async () => {
      const wish = {
        customerPubkey: CUSTOMER,
        plan: '{"fox":1}',
        maxTotalMsat: msat(7n),
        deadlineAt: 9,
        key: { key: 'k', fingerprint: 'fox' },
      };
      const openings = await Promise.all(
        [1, 2].map(async () => valueOf(await ledger.orders.open({ ...wish, orderId: freshHex() }))),
      );
      expect(openings.filter(({ created }) => created)).toHaveLength(1);
      const order = openings[0]!.order;
      expect(openings[1]?.order).toEqual(order);
      expect(order).toMatchObject({
        plan: wish.plan,
        maxTotalMsat: 7n,
        state: 'open',
        verdict: null,
        version: 1,
      });
      const used = { code: 'key-used', data: { orderId: order.orderId } };
      const another = { ...wish, orderId: freshHex(), key: { key: 'k', fingerprint: 'hen' } };
      expect(whyNot(await ledger.orders.open(another))).toMatchObject(used);
      expect(whyNot(await ledger.purchases.openByKey(newPurchase(), wish.key))).toMatchObject(used);
      expect(await ledger.orders.listOpen(CUSTOMER)).toEqual([order]);
      const decided = valueOf(await ledger.orders.decide(order, '{"fox":2}'));
      expect(decided).toMatchObject({ state: 'decided', verdict: '{"fox":2}', version: 2 });
      expect(await ledger.orders.listOpen(CUSTOMER)).toEqual([decided]);
      expect(whyNot(await ledger.orders.decide(decided, '{}'))?.code).toBe('illegal-move');
      valueOf(await ledger.orders.close(decided));
      expect(await ledger.orders.listOpen(CUSTOMER)).toEqual([]);
    });

    it('let one of two programs that follow them go on', async () => {
      const order = await openedOrder(ledger);
      const both = await Promise.all([1, 2].map(() => ledger.orders.addPurchase(order, newPurchase())));
      expect(both.flatMap((added) => whyNot(added)?.code ?? [])).toEqual(['stale']);
      const [purchase] = await ledger.orders.purchases(order.orderId);
      expect(purchase).toMatchObject({ orderId: order.orderId, approval: 'ask', state: 'requested' });
      const seen = await stored(order);
      const approvals = await Promise.all(
        [1, 2].map(() =>
          ledger.purchases.approve(purchase!, {
            offer: someOffer(),
            maxAmountMsat: msat(10_000n),
            order: seen,
          }),
        ),
      );
      expect(approvals.flatMap((approval) => whyNot(approval)?.code ?? [])).toEqual(['stale']);
      const other = valueOf(await ledger.orders.addPurchase(await stored(order), newPurchase()));
      const byHand = await ledger.purchases.approve(other, {
        offer: someOffer(),
        maxAmountMsat: msat(10_000n),
      });
      expect(whyNot(byHand)?.code).toBe('illegal-move');
    });

    it('pay nothing once they are decided', async () => {
      const order = await openedOrder(ledger);
      const approved = await approvedIn(order);
      valueOf(await ledger.orders.decide(await stored(order), '{}'));
      expect(whyNot(await ledger.purchases.reserve(approved, CAPS))?.code).toBe('order-ended');
      expect(whyNot(await ledger.orders.addPurchase(await stored(order), newPurchase()))?.code).toBe(
        'illegal-move',
      );
    });

    it('count what is on its way with its fee limit, and not what came back', async () => {
      const order = await openedOrder(ledger);
      const [first, second, third] = [
        await approvedIn(order),
        await approvedIn(order),
        await approvedIn(order),
      ];
      const paying = valueOf(await ledger.purchases.reserve(first, CAPS));
      valueOf(await ledger.purchases.reserve(second, CAPS));
      expect(await spentBy(order)).toBe(20_000n);
      expect(whyNot(await ledger.purchases.reserve(third, CAPS))).toMatchObject({
        code: 'over-budget',
        data: { cap: 'the most this order may cost' },
      });
      const locked = valueOf(
        await ledger.purchases.change(paying, { state: 'locked', payment: 'in-flight' }),
      );
      valueOf(await ledger.purchases.change(locked, { state: 'refunded', payment: 'failed' }));
      expect(await spentBy(order)).toBe(10_000n);
      const paid = valueOf(await ledger.purchases.reserve(third, CAPS));
      const proof = { payment: 'settled', preimage: freshHex(), feePaidMsat: msat(10n) } as const;
      valueOf(await ledger.purchases.change(paid, { state: 'received', result: someEvent(), ...proof }));
      expect(await ledger.orders.spent(order.orderId)).toEqual(
        new Map([
          [second.requestId, 10_000n],
          [third.requestId, 9_010n],
        ]),
      );
    });

    it('never cost more than their cap, whatever is reserved and fails at once', async () => {
      const step = fc.record({ price: fc.integer({ min: 0, max: 9 }), fails: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
          const order = await openedOrder(ledger);
          const ready = [];
          for (const { price } of steps) ready.push(await approvedIn(order, msat(BigInt(price) * 1000n)));
          await Promise.all(
            ready.map(async (purchase, index) => {
              const reserved = await ledger.purchases.reserve(purchase, CAPS);
              expect((await spentBy(order)) <= order.maxTotalMsat).toBe(true);
              if (!reserved.ok) return expect(reserved.failure.code).toBe('over-budget');
              if (steps[index]?.fails === true)
                valueOf(
                  await ledger.purchases.change(reserved.value, { state: 'offered', payment: 'failed' }),
                );
            }),
          );
          expect((await spentBy(order)) <= order.maxTotalMsat).toBe(true);
        }),
        { numRuns: 25 },
      );
    });
  });
}
