import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import { CUSTOMER, whyNot, newPurchase, openedPurchase, someOffer, valueOf } from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

const CAPS = { perJobMsat: msat(10n ** 12n) };
const MOST = msat(10_000n);

/** What every driver promises about approvals, and the names that callers give. */
export function approvalsContract(open: OpenForTest): void {
  describe('approvals and names', () => {
    let ledger: Ledger;
    freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    const asking = async () => (await ledger.purchases.open(newPurchase())).purchase;

    it('binds a purchase to the offer that was approved, and to its price', async () => {
      const [purchase, offer] = [await asking(), someOffer()];
      expect(whyNot(await ledger.purchases.change(purchase, { state: 'requested' }))).toBeUndefined();
      const seen = await ledger.purchases.get(purchase.requestId);
      const approved = valueOf(await ledger.purchases.approve(seen!, { offer, maxAmountMsat: MOST }));
      expect(approved).toMatchObject({
        state: 'offered',
        approval: 'ask',
        approved: { offerId: offer.event.id, maxAmountMsat: MOST, approvedAt: 1_700_000_000 },
        offer,
      });
      expect(await ledger.purchases.get(purchase.requestId)).toEqual(approved);
      const dearer = someOffer({ amountMsat: msat(MOST + 1n) });
      const changed = valueOf(await ledger.purchases.change(approved, { state: 'offered', offer: dearer }));
      const ready = valueOf(await ledger.purchases.change(changed, { state: 'approved' }));
      expect(whyNot(await ledger.purchases.reserve(ready, CAPS))).toMatchObject({
        code: 'over-budget',
        data: { cap: 'what was approved' },
      });
    });

    it('forgets offer and approval of a purchase that waits for another', async () => {
      const approve = { offer: someOffer(), maxAmountMsat: MOST };
      const offered = valueOf(await ledger.purchases.approve(await asking(), approve));
      const waiting = valueOf(await ledger.purchases.change(offered, { state: 'requested' }));
      expect(waiting).toMatchObject({ state: 'requested', offer: null, approved: null, approval: 'ask' });
      const next = valueOf(await ledger.purchases.approve(waiting, { ...approve, offer: someOffer() }));
      expect(next.approved?.offerId).not.toBe(offered.approved?.offerId);
    });

    it('takes no offer without an approval where one is asked for', async () => {
      const purchase = await asking();
      await expect(
        ledger.purchases.change(purchase, { state: 'offered', offer: someOffer() }),
      ).rejects.toThrow('illegal move of a purchase');
      expect(await ledger.purchases.get(purchase.requestId)).toEqual(purchase);
    });

    it('approves one of many offers at once, and only what waits for it', async () => {
      const purchase = await asking();
      const approvals = await Promise.all(
        [1, 2, 3].map(() => ledger.purchases.approve(purchase, { offer: someOffer(), maxAmountMsat: MOST })),
      );
      expect(approvals.flatMap((approval) => whyNot(approval)?.code ?? [])).toEqual(['stale', 'stale']);
      const winner = approvals.find(({ ok }) => ok);
      const again = await ledger.purchases.approve(valueOf(winner!), {
        offer: someOffer(),
        maxAmountMsat: MOST,
      });
      expect(whyNot(again)?.code).toBe('illegal-move');
    });

    it('gives a key to one purchase, however many ask for it at once', async () => {
      const key = { key: 'k', fingerprint: 'a fox' };
      const openings = await Promise.all(
        [1, 2, 3].map(async () => valueOf(await ledger.purchases.openByKey(newPurchase(), key))),
      );
      expect(openings.filter(({ created }) => created)).toHaveLength(1);
      const ids = openings.map(({ purchase }) => purchase.requestId);
      expect(new Set(ids).size).toBe(1);
      expect((await ledger.purchases.byKey(CUSTOMER, 'k'))?.requestId).toBe(ids[0]);
      expect(await ledger.purchases.byKey('dd'.repeat(32), 'k')).toBeNull();
      expect(await ledger.purchases.listRecent({ limit: 10 })).toHaveLength(1);
      const other = await ledger.purchases.openByKey(newPurchase(), { ...key, fingerprint: 'a hen' });
      expect(whyNot(other)).toMatchObject({ code: 'key-used', data: { requestId: ids[0] } });
    });

    it('gives the key of an approval to that offer of that purchase', async () => {
      const [one, other] = [await asking(), await asking()];
      const [offer, another] = [someOffer(), someOffer()];
      const approve = { maxAmountMsat: MOST, key: 'k' };
      const approved = valueOf(await ledger.purchases.approve(one, { ...approve, offer }));
      const used = { code: 'key-used', data: { requestId: one.requestId } };
      expect(whyNot(await ledger.purchases.approve(other, { ...approve, offer: another }))).toMatchObject(
        used,
      );
      expect(await ledger.purchases.get(other.requestId)).toEqual(other);
      const waiting = valueOf(await ledger.purchases.change(approved, { state: 'requested' }));
      expect(whyNot(await ledger.purchases.approve(waiting, { ...approve, offer: another }))).toMatchObject(
        used,
      );
      expect((await ledger.purchases.approve(waiting, { ...approve, offer })).ok).toBe(true);
      const naming = { key: 'k', offerId: offer.event.id };
      expect((await ledger.purchases.nameApproval(one, naming)).ok).toBe(true);
      expect(whyNot(await ledger.purchases.nameApproval(other, naming))).toMatchObject(used);
      expect((await ledger.purchases.byKey(CUSTOMER, 'k'))?.requestId).toBe(one.requestId);
    });

    it('lets a purchase that its customer names be approved under the same name', async () => {
      const key = { key: 'k', fingerprint: 'a fox' };
      const { purchase } = valueOf(await ledger.purchases.openByKey(newPurchase(), key));
      const approval = { offer: someOffer(), maxAmountMsat: MOST, key: 'k' };
      expect((await ledger.purchases.approve(purchase, approval)).ok).toBe(true);
      const automatic = await openedPurchase(ledger);
      expect(whyNot(await ledger.purchases.nameApproval(automatic, { key: 'k', offerId: '' }))?.code).toBe(
        'key-used',
      );
    });
  });
}
