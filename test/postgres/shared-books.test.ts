import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { openPostgresLedger } from '../../src/ledger/sql.ts';
import { msat } from '../../src/protocol/index.ts';
import { createSpokesman } from '../../src/provider/spokesman.ts';
import {
  acceptedSale,
  approvedPurchase,
  claimBy,
  CUSTOMER,
  freshHex,
  newPurchase,
  outgoing,
  PROVIDER,
  someEvent,
  someQuote,
  valueOf,
} from '../contracts/ledger-fixtures.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';

let server: PostgresServer;
let url: string;
let now = 1_700_000_000;
/** Three processes with the same books. */
let ledgers: readonly Ledger[];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());
beforeEach(async () => {
  url = await server.newDatabase();
  ledgers = await Promise.all([1, 2, 3].map(() => openPostgresLedger({ url, now: () => now })));
});
afterEach(async () => {
  await Promise.all(ledgers.map((ledger) => ledger.close()));
});

/** Does the same in every process, again and again until none of them finds anything more. */
async function untilNothingIsLeft<Item>(
  take: (ledger: Ledger, name: string) => Promise<Item[]>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (;;) {
    const taken = (await Promise.all(ledgers.map((ledger, index) => take(ledger, `${index}`)))).flat();
    if (taken.length === 0) return all;
    all.push(...taken);
  }
}

const first = (): Ledger => {
  const [ledger] = ledgers;
  if (ledger === undefined) throw new Error('There is no ledger.');
  return ledger;
};

describe('processes that share their books', () => {
  it('claim each sale, and each event to be sent, once', async () => {
    const sales = await Promise.all(Array.from({ length: 40 }, () => acceptedSale(first())));
    const events = Array.from({ length: 40 }, () => outgoing());
    await first().outbox.enqueue(events);
    const worked = await untilNothingIsLeft((ledger, name) => ledger.sales.claimWork(claimBy(name, 3)));
    expect(worked.map(({ requestId }) => requestId).toSorted()).toEqual(
      sales.map(({ requestId }) => requestId).toSorted(),
    );
    const sent = await untilNothingIsLeft((ledger) => ledger.outbox.claimDue({ limit: 3, leaseSeconds: 5 }));
    expect(sent.map(({ event }) => event.id).toSorted()).toEqual(
      events.map(({ event }) => event.id).toSorted(),
    );
  });

  it('take over what a dead one had claimed, when its lease has run out', async () => {
    const [dead, heir] = ledgers;
    if (dead === undefined || heir === undefined) throw new Error('There are too few ledgers.');
    const { requestId } = await acceptedSale(dead);
    const item = outgoing();
    await dead.outbox.enqueue([item]);
    const [claimed] = await dead.sales.claimWork(claimBy('dead'));
    await dead.outbox.claimDue({ limit: 1, leaseSeconds: 30 });
    expect(await heir.sales.claimWork(claimBy('heir'))).toEqual([]);
    expect(await heir.outbox.claimDue({ limit: 1, leaseSeconds: 30 })).toEqual([]);
    now += 30;
    expect(await heir.sales.claimWork(claimBy('heir'))).toMatchObject([{ requestId, attempts: 2 }]);
    expect(await heir.outbox.claimDue({ limit: 1, leaseSeconds: 30 })).toMatchObject([
      { event: { id: item.event.id }, attempts: 2 },
    ]);
    // Should the dead one wake, it has nothing to say any more.
    if (claimed === undefined) throw new Error('Nothing was claimed.');
    const late = await dead.sales.change(claimed, { work: 'ready', result: someEvent({ kind: 6050 }) });
    expect(late).toMatchObject({ ok: false, failure: { code: 'lease-lost' } });
  });

  it('answer one request once, with one invoice', async () => {
    const request = someEvent();
    const opened = await Promise.all(
      ledgers.map(({ sales }) => sales.open({ providerPubkey: PROVIDER, serviceId: 'echo', request })),
    );
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    const offers = await Promise.all(
      ledgers.map(async ({ sales }, index) => {
        const quote = someQuote();
        const change = { work: 'accepted', money: 'quoted', exchange: 'hold', quote } as const;
        return sales.change(opened[index]!.sale, { ...change, publish: [outgoing()] });
      }),
    );
    expect(offers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await first().outbox.depth()).toMatchObject({ due: 1 });
  });

  it('spend within the caps together', async () => {
    const caps = { perJobMsat: msat(20_000n), perDayMsat: msat(50_000n) };
    const purchases = await Promise.all(Array.from({ length: 12 }, () => approvedPurchase(first())));
    const reserved = await Promise.all(
      purchases.map((purchase, index) => ledgers[index % ledgers.length]!.purchases.reserve(purchase, caps)),
    );
    expect(reserved.filter(({ ok }) => ok)).toHaveLength(4); // 11 sats each, fees included
    expect((await first().spending.spent(CUSTOMER)).todayMsat).toBe(44_000n);
  });

  it('give a key to one purchase, and pay an invoice from one of them', async () => {
    const key = { key: freshHex(), fingerprint: 'a fox' };
    const opened = await Promise.all(
      ledgers.map(async ({ purchases }) => valueOf(await purchases.openByKey(newPurchase(), key))),
    );
    expect(new Set(opened.map(({ purchase }) => purchase.requestId)).size).toBe(1);
    const wish = {
      paymentHash: freshHex(),
      bolt11: 'lnbcrt1',
      amountMsat: msat(1n),
      feeLimitMsat: msat(0n),
      counterparty: 'https://data.example',
      purpose: 'data',
    };
    const spenders = [CUSTOMER, CUSTOMER, 'dd'.repeat(32)];
    const payments = await Promise.all(
      ledgers.map(({ spending }, index) =>
        spending.limits(spenders[index]!, { perJobMsat: msat(9n) }).reserve(wish),
      ),
    );
    expect(payments.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('hear of work that others leave, and of events that others put out', async () => {
    const [one, other] = ledgers;
    if (one === undefined || other === undefined) throw new Error('There are too few ledgers.');
    const heard = Promise.withResolvers<void>();
    other.hearOfWork(heard.resolve);
    await acceptedSale(one);
    await heard.promise;
    const item = outgoing();
    const claim = async (): Promise<string[]> => {
      await other.outbox.waitForDue(AbortSignal.timeout(20_000));
      const rows = await other.outbox.claimDue({ limit: 9, leaseSeconds: 9 });
      return rows.length > 0 ? rows.map(({ event }) => event.id) : claim();
    };
    const claiming = claim();
    await one.outbox.enqueue([item]);
    expect(await claiming).toEqual([item.event.id]);
  });

  it('are spoken for by one of them, and by another when that one stops or dies', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const ends = ledgers.map(() => new AbortController());
    const signer = secretKeySigner(generateSecretKey());
    const speaks = ledgers.map((ledger, index) =>
      createSpokesman({ ledger, signer, now: () => now, signal: ends[index]!.signal }),
    );
    const speakers = () => speaks.flatMap((isSpeaker, index) => (isSpeaker() ? [index] : []));
    /** Looks until one speaks, each time after all have asked again. */
    const untilOneSpeaks = async (): Promise<number> => {
      await vi.waitFor(() => {
        vi.advanceTimersByTime(5_000);
        expect(speakers()).toHaveLength(1);
      }, PATIENCE);
      return speakers()[0] ?? -1;
    };
    try {
      const earlier = await untilOneSpeaks();
      ends[earlier]?.abort();
      expect(speaks[earlier]?.()).toBe(false);
      const second = await untilOneSpeaks();
      expect(second).not.toBe(earlier);
      now += 15; // it has not asked again in time, as if it had died
      expect(speakers()).toEqual([]);
      await untilOneSpeaks();
    } finally {
      for (const end of ends) end.abort();
      vi.useRealTimers();
    }
  });
});

const PATIENCE = { timeout: 20_000, interval: 50 };
