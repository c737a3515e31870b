import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger, NewBalanceWithdrawal, NewTopUp, Sale } from '../../src/ledger/index.ts';
import { msat, type Msat } from '../../src/protocol/index.ts';
import { CUSTOMER, failureOf, freshHex, outgoing, PROVIDER, someEvent, valueOf } from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest, OpenLedger } from './ledger.ts';

const ACCOUNT = { providerPubkey: PROVIDER, customerPubkey: CUSTOMER };
const LIMITS = { maxBalanceMsat: msat(1_000_000n), maxOpen: 3 };
const PRICE = msat(21_000n);

function topUpOf(amountMsat: bigint): NewTopUp & { publish: [] } {
  const bolt11 = 'lnbcrt1example';
  const expiresAt = 1_700_000_600;
  return {
    ...ACCOUNT,
    topUpId: freshHex(),
    amountMsat: msat(amountMsat),
    bolt11,
    paymentHash: freshHex(),
    expiresAt,
    publish: [],
  };
}

function withdrawalOf(amountMsat: bigint, feeLimitMsat = amountMsat / 100n): NewBalanceWithdrawal {
  return {
    ...ACCOUNT,
    withdrawalId: freshHex(),
    amountMsat: msat(amountMsat),
    feeLimitMsat: msat(feeLimitMsat),
    bolt11: 'lnbcrt1example',
    paymentHash: freshHex(),
  };
}

/** What every driver promises about what customers prepay. */
export function balancesContract(open: OpenForTest): void {
  describe('balances', () => {
    let ledger: Ledger;
    let opened: OpenLedger;
    const clock = freshBooks(open, (fresh) => {
      opened = fresh;
      ledger = fresh.ledger;
    });

    const held = async () => (await ledger.balances.of(ACCOUNT)) as bigint;

    async function credit(paymentHash: string, amountMsat: Msat) {
      const seenMsat = await ledger.balances.of(ACCOUNT);
      return ledger.balances.creditTopUp(paymentHash, { amountMsat, seenMsat, publish: [] });
    }

    async function prepaid(amountMsat: bigint): Promise<void> {
      const { topUp } = valueOf(await ledger.balances.openTopUp(topUpOf(amountMsat), LIMITS));
      valueOf(await credit(topUp.paymentHash, topUp.amountMsat));
    }

    async function offered(): Promise<Sale> {
      const { sale } = await ledger.sales.open({
        providerPubkey: PROVIDER,
        serviceId: 'echo',
        request: someEvent(),
      });
      const quote = {
        amountMsat: PRICE,
        validUntil: clock.seconds + 300,
        usualSeconds: 1,
        worstSeconds: 10,
        paymentHash: null,
        preimage: null,
        bolt11: null,
      };
      return valueOf(
        await ledger.sales.change(sale, { work: 'accepted', money: 'quoted', exchange: 'balance', quote }),
      );
    }

    const draw = async (sale: Sale) =>
      ledger.sales.change(sale, { money: 'locked', lockedAt: clock.seconds });

    it('book a top-up once by its name, and credit it once, however many look', async () => {
      const wanted = topUpOf(50_000n);
      const asked = await Promise.all(
        [1, 2, 3].map(() => ledger.balances.openTopUp({ ...wanted, paymentHash: freshHex() }, LIMITS)),
      );
      expect(asked.filter((each) => valueOf(each).created)).toHaveLength(1);
      const { topUp } = valueOf(await ledger.balances.openTopUp(wanted, LIMITS));
      expect(topUp.state).toBe('open');
      expect(await held()).toBe(0n);
      const credited = await Promise.all([1, 2, 3].map(() => credit(topUp.paymentHash, msat(50_000n))));
      expect(credited.filter(({ ok }) => ok)).toHaveLength(1);
      expect(failureOf(await credit(topUp.paymentHash, msat(50_000n)))).toBe('ended');
      expect(await held()).toBe(50_000n);
      expect(await ledger.balances.listOpenTopUps(PROVIDER)).toEqual([]);
      expect(await ledger.balances.listCredited({ providerPubkey: PROVIDER, limit: 9 })).toMatchObject([
        { topUpId: topUp.topUpId, creditedMsat: 50_000n },
      ]);
    });

    it('lose nothing of the first two top-ups of a customer, credited at once', async () => {
      for (let customer = 0; customer < 10; customer++) {
        const account = { ...ACCOUNT, customerPubkey: freshHex() };
        const topUps = [];
        for (const amountMsat of [1000n, 2000n])
          topUps.push(
            valueOf(await ledger.balances.openTopUp({ ...topUpOf(amountMsat), ...account }, LIMITS)).topUp,
          );
        const unseen = { seenMsat: msat(0n), publish: [] };
        const credited = await Promise.all(
          topUps.map(({ paymentHash, amountMsat }) =>
            ledger.balances.creditTopUp(paymentHash, { amountMsat, ...unseen }),
          ),
        );
        expect(credited.filter(({ ok }) => ok)).toHaveLength(1);
        const [sum] = credited.flatMap((each) => (each.ok ? [each.value] : []));
        expect(await ledger.balances.of(account)).toBe(sum);
      }
    });

    it('take no more in advance than the limits, and credit what was paid all the same', async () => {
      const first = valueOf(await ledger.balances.openTopUp(topUpOf(900_000n), LIMITS)).topUp;
      expect(failureOf(await ledger.balances.openTopUp(topUpOf(100_001n), LIMITS))).toBe('balance-too-large');
      for (const amount of [1n, 2n]) valueOf(await ledger.balances.openTopUp(topUpOf(amount), LIMITS));
      expect(failureOf(await ledger.balances.openTopUp(topUpOf(1n), LIMITS))).toBe('too-many-top-ups');
      await ledger.balances.lapseTopUp(first.paymentHash);
      expect((await ledger.balances.topUp(first.paymentHash))?.state).toBe('lapsed');
      valueOf(await credit(first.paymentHash, msat(950_000n))); // late, and more than was asked
      expect(await held()).toBe(950_000n);
      await ledger.balances.lapseTopUp(first.paymentHash);
      expect((await ledger.balances.topUp(first.paymentHash))?.state).toBe('credited');
    });

    it('tell of a change only what is true of it', async () => {
      const { topUp } = valueOf(await ledger.balances.openTopUp(topUpOf(50_000n), LIMITS));
      const told = outgoing();
      const change = { amountMsat: msat(50_000n), seenMsat: msat(7n), publish: [told] };
      expect(failureOf(await ledger.balances.creditTopUp(topUp.paymentHash, change))).toBe('stale');
      expect(await ledger.outbox.get(told.event.id)).toBeNull();
      valueOf(await ledger.balances.creditTopUp(topUp.paymentHash, { ...change, seenMsat: msat(0n) }));
      expect(await ledger.outbox.get(told.event.id)).toMatchObject({ state: 'due' });
    });

    it('are drawn with the move that locks, and given back with the one that ends the job', async () => {
      await prepaid(50_000n);
      const [done, failed] = [await offered(), await offered()];
      expect(await held()).toBe(50_000n);
      const drawn = valueOf(await draw(failed));
      expect(await held()).toBe(29_000n);
      expect(failureOf(await draw(failed))).toBe('stale');
      expect(await held()).toBe(29_000n);
      valueOf(await ledger.sales.change(drawn, { work: 'failed', money: 'released' }));
      expect(await held()).toBe(50_000n);
      valueOf(await draw(done));
      expect(await ledger.balances.owedMsat(PROVIDER)).toBe(50_000n); // not earned yet
      const claim = { providerPubkey: PROVIDER, serviceIds: ['echo'], owner: 'w', leaseSeconds: 9, limit: 1 };
      const [working] = await ledger.sales.claimWork(claim);
      if (working === undefined) throw new Error('what is drawn is worked on');
      const ready = valueOf(await ledger.sales.change(working, { work: 'ready', result: someEvent() }));
      const delivered = valueOf(await ledger.sales.change(ready, { work: 'delivered', money: 'settling' }));
      valueOf(await ledger.sales.change(delivered, { money: 'settled' }));
      expect(await held()).toBe(29_000n);
      expect(await ledger.balances.owedMsat(PROVIDER)).toBe(29_000n);
    });

    it('never go below nothing: of fifty draws at once those succeed that are prepaid', async () => {
      await prepaid(3n * PRICE + 1n);
      const sales = await Promise.all(Array.from({ length: 50 }, () => offered()));
      const drawn = await Promise.all(sales.map((sale) => draw(sale)));
      expect(drawn.filter(({ ok }) => ok)).toHaveLength(3);
      expect(new Set(drawn.flatMap((each) => (each.ok ? [] : [each.failure.code])))).toEqual(
        new Set(['balance-too-low']),
      );
      expect(await held()).toBe(1n);
      const refused = drawn.find(({ ok }) => !ok);
      expect(refused).toMatchObject({ failure: { data: { shortfallMsat: (PRICE - 1n).toString() } } });
    });

    it('pay one withdrawal at a time, and get back what routing did not cost', async () => {
      await prepaid(100_000n);
      const wanted = withdrawalOf(60_000n);
      const others = [withdrawalOf(10_000n), withdrawalOf(10_000n)];
      const begun = await Promise.all(
        [wanted, wanted, ...others].map((each) => ledger.balances.beginWithdrawal(each)),
      );
      expect(begun.filter((each) => each.ok && each.value.created)).toHaveLength(1);
      const [first] = await ledger.balances.listOpenWithdrawals(PROVIDER);
      if (first === undefined) throw new Error('one was begun');
      const setAside = first.amountMsat + first.feeLimitMsat;
      expect(await held()).toBe(100_000n - setAside);
      expect(await ledger.balances.owedMsat(PROVIDER)).toBe(100_000n);
      expect(failureOf(await ledger.balances.beginWithdrawal(withdrawalOf(1n)))).toBe('withdrawal-open');
      const seenMsat = msat(await held());
      const end = { state: 'paid', feePaidMsat: msat(7n), seenMsat, publish: [] } as const;
      const ends = await Promise.all(
        [end, end].map((each) => ledger.balances.endWithdrawal(first.paymentHash, each)),
      );
      expect(ends.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await held()).toBe(100_000n - first.amountMsat - 7n);
      const much = withdrawalOf(100_000n);
      expect(failureOf(await ledger.balances.beginWithdrawal(much))).toBe('balance-too-low');
      const second = valueOf(await ledger.balances.beginWithdrawal(withdrawalOf(5_000n))).withdrawal;
      const back = { state: 'returned', seenMsat: msat(await held()), publish: [] } as const;
      valueOf(await ledger.balances.endWithdrawal(second.paymentHash, back));
      expect(await held()).toBe(100_000n - first.amountMsat - 7n);
    });

    it('survive with everything that was begun', async () => {
      await prepaid(50_000n);
      await ledger.balances.openTopUp(topUpOf(1_000n), LIMITS);
      valueOf(await ledger.balances.beginWithdrawal(withdrawalOf(10_000n)));
      if (opened.reopen === undefined) return;
      ledger = await opened.reopen();
      expect(await held()).toBe(39_900n);
      expect(await ledger.balances.listOpenTopUps(PROVIDER)).toMatchObject([{ amountMsat: 1_000n }]);
      expect(await ledger.balances.listOpenWithdrawals(PROVIDER)).toMatchObject([{ state: 'paying' }]);
    });

    it('are what came less what went, whatever happens in whatever order', async () => {
      const step = fc.record({
        what: fc.constantFrom('top-up', 'credit', 'draw', 'fail', 'withdraw', 'paid', 'returned'),
        amount: fc.bigInt({ min: 1n, max: 60_000n }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          let expected = await held();
          let unpaid: string[] = [];
          const drawnSales: Sale[] = [];
          for (const { what, amount } of steps) {
            const [withdrawal] = await ledger.balances.listOpenWithdrawals(PROVIDER);
            if (what === 'top-up') {
              const wanted = topUpOf(amount);
              const made = await ledger.balances.openTopUp(wanted, LIMITS);
              if (made.ok) unpaid.push(wanted.paymentHash);
            } else if (what === 'credit') {
              for (const hash of unpaid) if ((await credit(hash, msat(amount))).ok) expected += amount;
              unpaid = unpaid.slice(0, 1); // one of them is tried again
            } else if (what === 'draw') {
              const drawn = await draw(await offered());
              expect(drawn.ok).toBe(expected >= PRICE);
              if (!drawn.ok) continue;
              drawnSales.push(drawn.value);
              expected -= PRICE;
            } else if (what === 'fail') {
              const sale = drawnSales.pop();
              if (sale === undefined) continue;
              valueOf(await ledger.sales.change(sale, { work: 'failed', money: 'released' }));
              expected += PRICE;
            } else if (what === 'withdraw') {
              const wanted = withdrawalOf(amount);
              const cost = wanted.amountMsat + wanted.feeLimitMsat;
              const begun = await ledger.balances.beginWithdrawal(wanted);
              expect(begun.ok).toBe(withdrawal === undefined && expected >= cost);
              if (begun.ok) expected -= cost;
            } else if (withdrawal !== undefined) {
              const told = { seenMsat: msat(expected), publish: [] };
              const feePaidMsat = msat(amount);
              const end =
                what === 'paid'
                  ? ({ state: 'paid', feePaidMsat, ...told } as const)
                  : ({ state: 'returned', ...told } as const);
              valueOf(await ledger.balances.endWithdrawal(withdrawal.paymentHash, end));
              const fee = amount < withdrawal.feeLimitMsat ? amount : withdrawal.feeLimitMsat;
              expected += withdrawal.feeLimitMsat;
              expected += what === 'paid' ? -fee : withdrawal.amountMsat;
            }
            expect(await held()).toBe(expected);
            expect(expected).toBeGreaterThanOrEqual(0n);
          }
          for (const hash of unpaid) await ledger.balances.lapseTopUp(hash);
        }),
        { numRuns: 12 },
      );
    });
  });
}
