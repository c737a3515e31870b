import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ledger } from '../../src/ledger/index.ts';
import { openedSale, outgoing, RELAY, someEvent } from './ledger-fixtures.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

const OTHER = 'wss://other.example';
const NOTHING = { acceptedBy: [], refusedBy: [], message: null, retryInSeconds: 10 };
const CLAIM = { limit: 10, leaseSeconds: 30 };

/** What every driver promises about the outbox. */
export function outboxContract(open: OpenForTest): void {
  describe('outbox', () => {
    let ledger: Ledger;
    const clock = freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    const claimedIds = async (limit = 10) =>
      (await ledger.outbox.claimDue({ ...CLAIM, limit })).map(({ event }) => event.id);

    it('keeps every field of what it sends', async () => {
      const item = { event: someEvent(), relays: [RELAY], alsoRelays: [OTHER], expiresAt: 1_700_000_100 };
      await ledger.outbox.enqueue([item, outgoing()]);
      expect(await ledger.outbox.get(item.event.id)).toEqual({
        ...item,
        state: 'due',
        attempts: 0,
        acceptedBy: [],
        refusedBy: [],
        lastMessage: null,
        enqueuedAt: clock.seconds,
      });
      expect(await ledger.outbox.get('00'.repeat(32))).toBeNull();
    });

    it('leases due events to one sender at a time, oldest first', async () => {
      const events = Array.from({ length: 5 }, () => outgoing());
      for (const item of events) await ledger.outbox.enqueue([item]);
      const ids = events.map(({ event }) => event.id);
      const claims = await Promise.all([claimedIds(2), claimedIds(2), claimedIds(2)]);
      expect(claims.flat().toSorted()).toEqual(ids);
      for (const claim of claims) expect(claim).toEqual(claim.toSorted());
      expect(await claimedIds()).toEqual([]);
      clock.seconds += 30;
      const again = await ledger.outbox.claimDue(CLAIM);
      expect(again.map(({ event, attempts }) => [event.id, attempts])).toEqual(ids.map((id) => [id, 2]));
    });

    it('tries again when the report says so, and not before', async () => {
      const item = outgoing();
      await ledger.outbox.enqueue([item]);
      await claimedIds();
      const row = await ledger.outbox.record(item.event.id, {
        ...NOTHING,
        message: 'rate-limited: slow down',
      });
      expect(row).toMatchObject({ state: 'due', attempts: 1, lastMessage: 'rate-limited: slow down' });
      clock.seconds += 9;
      expect(await claimedIds()).toEqual([]);
      clock.seconds += 1;
      expect(await claimedIds()).toEqual([item.event.id]);
    });

    it('counts an event as published when one of its relays accepts', async () => {
      const item = outgoing({ relays: [RELAY, OTHER], alsoRelays: ['wss://theirs.example'] });
      await ledger.outbox.enqueue([item]);
      const theirs = { ...NOTHING, acceptedBy: ['wss://theirs.example'] };
      expect((await ledger.outbox.record(item.event.id, theirs)).state).toBe('due');
      const ours = { ...NOTHING, acceptedBy: [OTHER], refusedBy: [RELAY] };
      expect(await ledger.outbox.record(item.event.id, ours)).toMatchObject({
        state: 'published',
        acceptedBy: ['wss://theirs.example', OTHER],
      });
      expect((await ledger.outbox.record(item.event.id, NOTHING)).state).toBe('published');
      clock.seconds += 1000;
      expect(await claimedIds()).toEqual([]);
    });

    it('counts an event as published when a relay accepts that stands in for its own', async () => {
      const item = outgoing({ relays: [RELAY] });
      await ledger.outbox.enqueue([item]);
      const standIns = [OTHER];
      const refused = await ledger.outbox.record(item.event.id, { ...NOTHING, refusedBy: [RELAY], standIns });
      expect(refused.state).toBe('due');
      const taken = await ledger.outbox.record(item.event.id, { ...NOTHING, acceptedBy: [OTHER], standIns });
      expect(taken).toMatchObject({ state: 'published', acceptedBy: [OTHER] });
    });

    it('gives up when every one of its relays has refused', async () => {
      const item = outgoing({ relays: [RELAY, OTHER] });
      await ledger.outbox.enqueue([item]);
      const by = (relay: string) => ledger.outbox.record(item.event.id, { ...NOTHING, refusedBy: [relay] });
      expect((await by(RELAY)).state).toBe('due');
      expect((await by(RELAY)).state).toBe('due');
      expect(await by(OTHER)).toMatchObject({ state: 'refused', refusedBy: [RELAY, OTHER] });
      clock.seconds += 1000;
      expect(await claimedIds()).toEqual([]);
    });

    it('does not send what has expired', async () => {
      const unsent = outgoing({ expiresAt: clock.seconds + 5 });
      const failed = outgoing({ expiresAt: clock.seconds + 5 });
      await ledger.outbox.enqueue([failed]);
      await claimedIds();
      await ledger.outbox.enqueue([unsent]);
      clock.seconds += 6;
      expect((await ledger.outbox.record(failed.event.id, NOTHING)).state).toBe('expired');
      expect(await claimedIds()).toEqual([]);
      expect((await ledger.outbox.get(unsent.event.id))?.state).toBe('expired');
    });

    it('leaves a waiting event as it is when it is put in again, and sends a sent one anew', async () => {
      const item = outgoing();
      await ledger.outbox.enqueue([item]);
      await claimedIds();
      await ledger.outbox.enqueue([item]);
      expect(await claimedIds()).toEqual([]);
      await ledger.outbox.record(item.event.id, { ...NOTHING, acceptedBy: [RELAY] });
      await ledger.outbox.enqueue([item]);
      const [row] = await ledger.outbox.claimDue(CLAIM);
      expect(row).toMatchObject({ state: 'due', attempts: 1, acceptedBy: [] });
    });

    it('treats a report about an unknown event as a bug', async () => {
      await expect(ledger.outbox.record('00'.repeat(32), NOTHING)).rejects.toThrow('not in the outbox');
    });

    describe('without any timer', () => {
      beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
      afterEach(() => void vi.useRealTimers());

      it('wakes a waiter for what a change publishes', async () => {
        const sale = await openedSale(ledger);
        const claimNext = async (): Promise<string[]> => {
          await ledger.outbox.waitForDue(new AbortController().signal);
          const ids = await claimedIds();
          return ids.length > 0 ? ids : claimNext(); // a waiter may be woken for nothing
        };
        const waiting = claimNext();
        const publish = [outgoing()];
        await ledger.sales.change(sale, { work: 'refused', publish });
        expect(await waiting).toEqual([publish[0]?.event.id]);
      });

      it('wakes a waiter at once when something is due, and when a report makes it due', async () => {
        const item = outgoing();
        await ledger.outbox.enqueue([item]);
        await ledger.outbox.waitForDue(new AbortController().signal);
        await claimedIds();
        const waiting = ledger.outbox.waitForDue(new AbortController().signal);
        await ledger.outbox.record(item.event.id, { ...NOTHING, retryInSeconds: 0 });
        await waiting;
        expect(await claimedIds()).toEqual([item.event.id]);
      });
    });

    it('wakes a waiter by itself when the next try comes', async () => {
      const item = outgoing();
      await ledger.outbox.enqueue([item]);
      await ledger.outbox.claimDue({ limit: 1, leaseSeconds: 1 });
      const never = new AbortController();
      await ledger.outbox.waitForDue(never.signal);
      clock.seconds += 1;
      expect(await claimedIds()).toEqual([item.event.id]);
    });

    it('lets a waiter go when its signal aborts', async () => {
      const stopping = new AbortController();
      const waiting = ledger.outbox.waitForDue(stopping.signal);
      stopping.abort();
      await waiting;
      await ledger.outbox.waitForDue(stopping.signal);
      expect(await claimedIds()).toEqual([]);
    });
  });
}
