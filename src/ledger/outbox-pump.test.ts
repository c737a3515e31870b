import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openedSale, outgoing, valueOf } from '../../test/contracts/ledger-fixtures.ts';
import type { NostrEvent } from '../protocol/index.ts';
import { pumpOutbox, type Ledger, type OutboxPump, type OutboxRow, type RelayAnswer } from './index.ts';
import { openSqlLedger } from './sql.ts';

const OURS = 'wss://ours.example';
const SECOND = 'wss://second.example';
const THEIRS = 'wss://theirs.example';

/** What each relay says to each event it is asked to take, and a record of the asking. */
type Say = (relay: string, event: NostrEvent) => RelayAnswer['outcome'];

let ledger: Ledger;
let stopping: AbortController;
let pumping: Promise<void>;
let asked: { relay: string; id: string }[];
let published: OutboxRow[];
let troubles: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  ledger = openSqlLedger({ path: ':memory:', now });
  stopping = new AbortController();
  pumping = Promise.resolve();
  asked = [];
  published = [];
  troubles = [];
});

afterEach(async () => {
  stopping.abort();
  await pumping;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await ledger.close();
});

const now = () => Math.floor(Date.now() / 1000);

/** Lets the clock run, a little for each turn of the event loop, until the condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await condition()); turn++) {
    if (turn > 5_000) throw new Error('this never became true');
    await vi.advanceTimersByTimeAsync(50);
  }
}

function pump(say: Say, more: Partial<OutboxPump> = {}): void {
  pumping = pumpOutbox({
    outbox: ledger.outbox,
    publish: async (event, relays) => {
      for (const relay of relays) asked.push({ relay, id: event.id });
      return Promise.resolve(
        relays.map((relay) => ({ relay, outcome: say(relay, event), message: `${relay} spoke` })),
      );
    },
    onPublished: (row) => void published.push(row),
    onTrouble: (error) => troubles.push(error),
    now,
    signal: stopping.signal,
    concurrency: 4,
    ...more,
  });
}

const stateOf = async (id: string) => (await ledger.outbox.get(id))?.state;
const askedOf = (relay: string) => asked.filter((one) => one.relay === relay).length;

describe('the outbox pump', () => {
  it('tells every pump of its outbox what is public, whichever of them sent it', async () => {
    pump(() => 'accepted');
    const [first, heard] = [pumping, [] as OutboxRow[]];
    pump(() => 'accepted', { onPublished: (row) => void heard.push(row) });
    const sale = await openedSale(ledger);
    const items = Array.from({ length: 6 }, () => outgoing({ relays: [OURS] }));
    valueOf(await ledger.sales.change(sale, { work: 'refused', publish: items }));
    await until(() => published.length + heard.length === 12);
    const ids = (rows: readonly OutboxRow[]) => rows.map(({ event }) => event.id).toSorted();
    expect([ids(published), ids(heard)]).toEqual([ids(published), ids(published)]);
    expect(asked).toHaveLength(6);
    pumping = Promise.all([first, pumping]).then(() => undefined);
  });

  it('sends what changes publish, and tells when it is public', async () => {
    pump(() => 'accepted');
    const item = outgoing({ relays: [OURS, SECOND] });
    valueOf(await ledger.sales.change(await openedSale(ledger), { work: 'refused', publish: [item] }));
    await until(() => published.length === 1);
    expect(published[0]).toMatchObject({ event: item.event, state: 'published' });
    expect(await stateOf(item.event.id)).toBe('published');
    expect(asked).toHaveLength(2);
    const acceptedBy = async () => (await ledger.outbox.get(item.event.id))?.acceptedBy.toSorted();
    await expect.poll(acceptedBy).toEqual([OURS, SECOND].toSorted());
  });

  it('takes a relay that knows the event already for one that has it', async () => {
    const item = outgoing({ relays: [OURS] });
    await ledger.outbox.enqueue([item]);
    pump(() => 'duplicate');
    await until(async () => (await stateOf(item.event.id)) === 'published');
  });

  it('tries again until a relay takes it, and keeps what was said', async () => {
    const item = outgoing({ relays: [OURS] });
    await ledger.outbox.enqueue([item]);
    const answers: RelayAnswer['outcome'][] = ['unreachable', 'retry', 'accepted'];
    pump(() => answers.shift() ?? 'refused');
    await until(() => published.length === 1);
    expect(published[0]).toMatchObject({ attempts: 3, lastMessage: `${OURS} spoke` });
  });

  it('does not ask a relay again that has refused, and gives up when all have', async () => {
    const item = outgoing({ relays: [OURS, SECOND] });
    await ledger.outbox.enqueue([item]);
    const second: RelayAnswer['outcome'][] = ['retry', 'refused'];
    pump((relay) => (relay === OURS ? 'refused' : (second.shift() ?? 'accepted')));
    await until(async () => (await stateOf(item.event.id)) === 'refused');
    expect([askedOf(OURS), askedOf(SECOND)]).toEqual([1, 2]);
    expect(published).toEqual([]);
  });

  it('sends as well to relays that stand in for those that are gone', async () => {
    const item = outgoing({ relays: [OURS] });
    await ledger.outbox.enqueue([item]);
    pump((relay) => (relay === OURS ? 'unreachable' : 'accepted'), { standIns: () => [SECOND] });
    await until(() => published.length === 1);
    expect(published[0]).toMatchObject({ event: item.event, state: 'published', acceptedBy: [SECOND] });
    expect([askedOf(OURS), askedOf(SECOND)]).toEqual([1, 1]);
  });

  it("tells the other side's relays only after one of ours has it", async () => {
    const item = outgoing({ relays: [OURS], alsoRelays: [THEIRS, OURS] });
    const lost = outgoing({ relays: [OURS], alsoRelays: [THEIRS] });
    await ledger.outbox.enqueue([lost, item]);
    pump((_, event) => (event.id === lost.event.id ? 'refused' : 'accepted'));
    await until(async () => (await ledger.outbox.get(item.event.id))?.acceptedBy.length === 2);
    await until(async () => (await stateOf(lost.event.id)) === 'refused');
    expect(asked.map(({ relay, id }) => (id === item.event.id ? relay : null)).filter(Boolean)).toEqual([
      OURS,
      THEIRS,
    ]);
    expect(askedOf(THEIRS)).toBe(1);
  });

  it("asks the other side's silent relays a bounded number of times, without holding up the rest", async () => {
    await ledger.outbox.enqueue(
      Array.from({ length: 6 }, () => outgoing({ relays: [OURS], alsoRelays: [THEIRS] })),
    );
    pump((relay) => (relay === THEIRS ? 'unreachable' : 'accepted'), { concurrency: 1 });
    await until(() => published.length === 6);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(askedOf(THEIRS)).toBe(18);
  });

  it('has no more events under way than it may', async () => {
    await ledger.outbox.enqueue(Array.from({ length: 20 }, () => outgoing({ relays: [OURS] })));
    let underWay = 0;
    let most = 0;
    pump(() => 'accepted', {
      concurrency: 3,
      publish: async (_, relays) => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        return relays.map((relay) => ({ relay, outcome: 'accepted', message: '' }));
      },
    });
    await until(() => published.length === 20);
    expect(most).toBe(3);
  });

  it('sends again what it could not book, once the lease is over', async () => {
    const item = outgoing({ relays: [OURS] });
    await ledger.outbox.enqueue([item]);
    let crashes = 1;
    pump(() => 'accepted', {
      checkpoint: (name) => {
        expect(name).toBe('outbox:after-ok');
        if (crashes-- <= 0) return;
        throw new Error('crash');
      },
    });
    await until(() => published.length === 1);
    expect(askedOf(OURS)).toBe(2);
    expect(troubles).toHaveLength(1);
  });

  it('goes on when the sending fails, and says so', async () => {
    const item = outgoing({ relays: [OURS] });
    await ledger.outbox.enqueue([item]);
    let failures = 1;
    pump(() => 'accepted', {
      publish: (_, relays) => {
        if (failures-- > 0) throw new Error('no network');
        return Promise.resolve(relays.map((relay) => ({ relay, outcome: 'accepted', message: '' })));
      },
    });
    await until(() => published.length === 1);
    expect(troubles).toMatchObject([{ message: 'no network' }]);
  });

  it('keeps trying while the outbox itself fails, and says so', async () => {
    await ledger.close();
    pump(() => 'accepted');
    await until(() => troubles.length > 1);
    expect(troubles[0]).toMatchObject({ code: 'store-closed' });
  });

  it('stops in the middle of sending and leaves the event due', async () => {
    const item = outgoing({ relays: [OURS] });
    await ledger.outbox.enqueue([item]);
    const started = Promise.withResolvers<void>();
    pump(() => 'accepted', {
      publish: (_, __, signal) => {
        started.resolve();
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('stopped'))),
        );
      },
    });
    await started.promise;
    stopping.abort();
    await pumping;
    const [row] = await ledger.outbox.claimDue({ limit: 1, leaseSeconds: 1 });
    expect(row?.event).toEqual(item.event);
    expect([published, troubles]).toEqual([[], []]);
  });
});
