import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  claimBy,
  lockedSale,
  openedOrder,
  openedSale,
  outgoing,
  PROVIDER,
  someEvent,
  someQuote,
  valueOf,
  approvedPurchase,
} from '../../test/contracts/ledger-fixtures.ts';
import { msat } from '../protocol/index.ts';
import {
  ALLOWED_PAIRS,
  MONEY_MOVES,
  ORDER_MOVES,
  PAYMENT_MOVES,
  PURCHASE_MOVES,
  WORK_MOVES,
  type Ledger,
} from './index.ts';
import { openSqlite } from '../store/index.ts';
import { LEDGER_CHECKPOINTS, openSqlLedger } from './sql.ts';
import { LEDGER_MIGRATIONS } from './sql/migrations.ts';
import { stateTablesSql } from './sql/schema.ts';

let directory: string;
let path: string;
let ledger: Ledger;
let passed: string[];
let crashAt: string | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coinop-ledger-'));
  path = join(directory, 'ledger.db');
  passed = [];
  crashAt = null;
  ledger = openSqlLedger({
    path,
    now: () => 1_700_000_000,
    checkpoint: (name) => {
      passed.push(name);
      if (name === crashAt) throw new Error('crash');
    },
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await ledger.close();
  rmSync(directory, { recursive: true });
});

/** Works on the tables behind the ledger's back. */
function withTables<Value>(run: (db: DatabaseSync) => Value): Value {
  const db = new DatabaseSync(path);
  try {
    return run(db);
  } finally {
    db.close();
  }
}

type Moves = Readonly<Record<string, readonly string[]>>;

/** Every pair of states, and whether the table lists the move. */
function everyMove(moves: Moves): { from: string; to: string; listed: boolean }[] {
  const states = Object.keys(moves);
  return states.flatMap((from) =>
    states.flatMap((to) => (from === to ? [] : [{ from, to, listed: moves[from]?.includes(to) === true }])),
  );
}

/** Which of the moves SQLite itself lets through, each tried on a row that is put into `from` by force. */
function movesThatPass(db: DatabaseSync, table: string, column: string, moves: Moves) {
  db.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON');
  const trigger = `${table}_move`;
  const triggerSql = db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(trigger)?.['sql'];
  const version = table === 'payments' ? '' : ', version = version + 1';
  return everyMove(moves).map(({ from, to, listed }) => {
    db.exec(`DROP TRIGGER ${trigger}; UPDATE ${table} SET ${column} = '${from}'; ${String(triggerSql)}`);
    let passes = true;
    try {
      db.exec(`UPDATE ${table} SET ${column} = '${to}'${version}`);
    } catch (error) {
      passes = false;
      expect(error).toMatchObject({ message: expect.stringMatching(/^illegal move of a/) });
    }
    return { from, to, listed, passes };
  });
}

describe('the database itself', () => {
  it.each([
    ['sales', 'work', WORK_MOVES],
    ['sales', 'money', MONEY_MOVES],
    ['purchases', 'state', PURCHASE_MOVES],
    ['payments', 'state', PAYMENT_MOVES],
    ['orders', 'state', ORDER_MOVES],
  ] as const)(
    'refuses every move of %s.%s that is not listed, and no other',
    async (table, column, moves) => {
      if (table === 'sales') await openedSale(ledger);
      else if (table === 'orders') await openedOrder(ledger);
      else
        valueOf(
          await ledger.purchases.reserve(await approvedPurchase(ledger), { perJobMsat: msat(20_000n) }),
        );
      const tried = withTables((db) => movesThatPass(db, table, column, moves));
      expect(tried.filter(({ listed, passes }) => listed !== passes)).toEqual([]);
      expect(tried.some(({ passes }) => passes)).toBe(true);
      expect(tried.some(({ passes }) => !passes)).toBe(true);
    },
  );

  it('allows exactly the listed pairs of work and money', async () => {
    await openedSale(ledger);
    withTables((db) => {
      db.exec('DROP TRIGGER sales_move');
      for (const exchange of ['free', 'hold', 'prepay'] as const)
        for (const work of Object.keys(WORK_MOVES))
          for (const money of Object.keys(MONEY_MOVES)) {
            const pairs: Readonly<Record<string, readonly string[]>> = ALLOWED_PAIRS[exchange] ?? {};
            const lease = work === 'working' ? "'w', 1" : 'NULL, NULL';
            const put = () =>
              db.exec(`UPDATE sales SET (exchange, work, money, lease_owner, lease_expires_at)
                = ('${exchange}', '${work}', '${money}', ${lease})`);
            if (pairs[work]?.includes(money)) expect(put).not.toThrow();
            else expect(put).toThrow('FOREIGN KEY');
          }
    });
  });

  it('lets nothing begin in the middle', () => {
    withTables((db) => {
      const begin = (table: string, columns: string, values: string) => () =>
        db.exec(`INSERT INTO ${table} (${columns}) VALUES (${values})`);
      const sale =
        'provider_pubkey, request_id, customer_pubkey, service_id, request, exchange, lease_fence, attempts, opened_at, updated_at, version, work, money';
      const rest = "'p', 'r', 'c', 's', '{}', 'hold', 0, 0, 1, 1, 1";
      expect(begin('sales', sale, `${rest}, 'accepted', 'locked'`)).toThrow('a sale begins');
      expect(begin('sales', sale, `${rest}, 'received', 'none'`)).not.toThrow();
      const purchase =
        'request_id, customer_pubkey, request, relays, max_amount_msat, deadline_at, opened_at, updated_at, version, state';
      expect(begin('purchases', purchase, "'r', 'c', '{}', '[]', 1, 1, 1, 1, 1, 'approved'")).toThrow(
        'a purchase begins',
      );
      expect(begin('purchases', purchase, "'r', 'c', '{}', '[]', 1, 1, 1, 1, 1, 'requested'")).not.toThrow();
      const payment =
        'payment_hash, request_id, purpose, spender_pubkey, counterparty, bolt11, amount_msat, fee_limit_msat, created_at, updated_at, state';
      expect(begin('payments', payment, "'h', 'r', 'job', 'c', 'p', 'b', 1, 1, 1, 1, 'settled'")).toThrow(
        'a payment begins',
      );
      expect(
        begin('payments', payment, "'h', 'r', 'job', 'c', 'p', 'b', 1, 1, 1, 1, 'reserved'"),
      ).not.toThrow();
    });
  });

  it('lets no purchase start to pay without a reservation', async () => {
    await approvedPurchase(ledger);
    const pay = "UPDATE purchases SET state = 'paying', version = version + 1";
    expect(() => withTables((db) => db.exec(pay))).toThrow('illegal move of a purchase');
  });

  it('takes over the state tables of the program at every open', async () => {
    withTables((db) => {
      db.exec("DELETE FROM sale_work_moves WHERE from_state = 'received'");
      db.exec("INSERT INTO sale_work_moves VALUES ('refused', 'accepted')");
    });
    await ledger.close();
    ledger = openSqlLedger({ path, now: () => 0 });
    const count = (where: string) =>
      withTables((db) => db.prepare(`SELECT count(*) AS n FROM sale_work_moves WHERE ${where}`).get()?.['n']);
    expect(count("from_state = 'received'")).toBe(WORK_MOVES.received.length);
    expect(count("from_state = 'refused'")).toBe(0);
  });

  it('refuses books of a newer program', async () => {
    withTables((db) => db.exec('INSERT INTO schema_migrations VALUES (99)'));
    expect(() => openSqlLedger({ path, now: () => 0 })).toThrow(
      expect.objectContaining({ code: 'database-too-new' }),
    );
  });

  it('finds work and restarts by index, however many sales there are', () => {
    const plans = withTables((db) =>
      [
        'SELECT request_id FROM sales WHERE provider_pubkey = ? AND service_id IN (?) AND queue = ? ORDER BY opened_at, request_id LIMIT 1',
        'SELECT * FROM sales WHERE provider_pubkey = ? AND is_open = ? ORDER BY opened_at, request_id LIMIT 1',
        'SELECT * FROM outbox WHERE state = ? AND next_try_at <= ? ORDER BY next_try_at, seq LIMIT 1',
        'SELECT * FROM sales WHERE payment_hash = ?',
      ].map((query) =>
        db
          .prepare(`EXPLAIN QUERY PLAN ${query}`)
          .all()
          .map(({ detail }) => detail)
          .join('; '),
      ),
    );
    for (const plan of plans) expect(plan).toMatch(/^SEARCH \w+ USING (COVERING )?INDEX [^;]*$/);
  });

  it('does not show the preimage when a constraint fails', async () => {
    const quote = someQuote();
    const offer = { work: 'accepted', money: 'quoted', exchange: 'hold', quote } as const;
    valueOf(await ledger.sales.change(await openedSale(ledger), offer));
    const second = ledger.sales.change(await openedSale(ledger), offer);
    const error = await second.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(quote.preimage);
  });
});

function workOnDisk() {
  return withTables((db) => db.prepare('SELECT work FROM sales').get()?.['work']);
}

describe('checkpoints', () => {
  it('are passed around every commit, by the names that are listed', async () => {
    await ledger.outbox.enqueue([outgoing()]);
    await lockedSale(ledger);
    expect(passed.slice(-4)).toEqual([
      'sale.work.accepted:after-commit',
      'sale.money.quoted:after-commit',
      'sale.money.locked:before-commit',
      'sale.money.locked:after-commit',
    ]);
    const [working] = await ledger.sales.claimWork(claimBy('worker'));
    if (working === undefined) throw new Error('nothing to claim');
    const renewed = valueOf(await ledger.sales.renewLease(working, 60));
    const result = someEvent({ kind: 6050 });
    const ready = valueOf(
      await ledger.sales.change(renewed, { work: 'ready', result, publish: [outgoing({ event: result })] }),
    );
    valueOf(await ledger.sales.change(ready, { deadlineAt: 5 }));
    const [row] = await ledger.outbox.claimDue({ limit: 1, leaseSeconds: 1 });
    await ledger.outbox.record(row?.event.id ?? '', {
      acceptedBy: row?.relays ?? [],
      refusedBy: [],
      message: null,
      retryInSeconds: 0,
    });
    const paying = await ledger.purchases.reserve(await approvedPurchase(ledger), {
      perJobMsat: msat(11_000n),
    });
    const paymentHash = valueOf(paying).offer?.paymentHash ?? '';
    valueOf(await ledger.purchases.beginCall({ paymentHash, calls: 0 }));
    valueOf(await ledger.purchases.change(valueOf(paying), { payment: 'in-flight' }));
    for (const move of [
      'sale.renewed',
      'sale.work.ready',
      'sale.noted',
      'outbox.due',
      'outbox.claimed',
      'outbox.published',
      'purchase.paying',
      'payment.reserved',
      'payment.called',
      'payment.in-flight',
      'purchase.noted',
    ])
      for (const when of ['before-commit', 'after-commit']) expect(passed).toContain(`${move}:${when}`);
    expect(passed.filter((name) => !LEDGER_CHECKPOINTS.includes(name))).toEqual([]);
  });

  it('are passed by no call that changes nothing', async () => {
    const sale = await openedSale(ledger);
    passed.length = 0;
    await ledger.sales.open({ providerPubkey: PROVIDER, serviceId: 'echo', request: sale.request });
    await ledger.sales.claimWork(claimBy('worker'));
    await ledger.outbox.claimDue({ limit: 1, leaseSeconds: 1 });
    await ledger.sales.change({ ...sale, version: 7 }, { work: 'refused' });
    expect(passed).toEqual([]);
  });

  it('stand before and after the commit', async () => {
    const sale = await openedSale(ledger);
    const publish = [outgoing()];
    const refuse = () => ledger.sales.change(sale, { work: 'refused', publish });
    crashAt = 'sale.work.refused:before-commit';
    await expect(refuse()).rejects.toThrow('crash');
    expect(workOnDisk()).toBe('received');
    expect(await ledger.outbox.get(publish[0]?.event.id ?? '')).toBeNull();
    crashAt = 'sale.work.refused:after-commit';
    await expect(refuse()).rejects.toThrow('crash');
    expect(workOnDisk()).toBe('refused');
    expect((await ledger.outbox.get(publish[0]?.event.id ?? ''))?.state).toBe('due');
  });
});

it('makes a claim that follows an opening at once part of the same commit', async () => {
  const answer = { work: 'accepted', exchange: 'free' } as const;
  const [{ sale }, claimed] = await Promise.all([
    ledger.sales.open({ providerPubkey: PROVIDER, serviceId: 'echo', request: someEvent(), answer }),
    ledger.sales.claimWork(claimBy('worker')),
  ]);
  expect(claimed.map(({ requestId }) => requestId)).toEqual([sale.requestId]);
});

it('leaves no timer of those behind who waited for the outbox', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const waiting = ledger.outbox.waitForDue(new AbortController().signal);
  await ledger.outbox.enqueue([outgoing()]);
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});

describe('the calls of wallets for one payment', () => {
  const PROOF = { preimage: 'ab'.repeat(32), feePaidMsat: msat(1n) };

  it('are counted one by one; an end that was judged by fewer is not booked, and nobody calls after it', async () => {
    const paying = valueOf(
      await ledger.purchases.reserve(await approvedPurchase(ledger), { perJobMsat: msat(11_000n) }),
    );
    const { purchases } = ledger;
    const paymentHash = paying.offer?.paymentHash ?? '';
    const both = await Promise.all([1, 2].map(() => purchases.beginCall({ paymentHash, calls: 0 })));
    expect(both.filter(({ ok }) => ok)).toEqual([{ ok: true, value: 1 }]);
    expect(await purchases.beginCall({ paymentHash, calls: 1 })).toEqual({ ok: true, value: 2 });
    const giveUp = (paymentCalls: number) =>
      purchases.change(paying, { state: 'offered', payment: 'failed', paymentCalls });
    expect(await giveUp(1)).toMatchObject({ failure: { code: 'stale' } });
    expect(await purchases.payment(paymentHash)).toMatchObject({ state: 'reserved', calls: 2 });
    expect(await purchases.keepProof({ paymentHash, ...PROOF })).toBe(false);
    valueOf(await giveUp(2));
    expect(await purchases.beginCall({ paymentHash, calls: 2 })).toMatchObject({
      failure: { code: 'stale' },
    });
    expect(await giveUp(2)).toMatchObject({ failure: { code: 'stale' } });
  });

  it('may prove a payment that was given up; the first proof stays', async () => {
    const paying = valueOf(
      await ledger.purchases.reserve(await approvedPurchase(ledger), { perJobMsat: msat(11_000n) }),
    );
    const { purchases } = ledger;
    const paymentHash = paying.offer?.paymentHash ?? '';
    valueOf(await purchases.change(paying, { state: 'offered', payment: 'failed' }));
    expect(await purchases.keepProof({ paymentHash, ...PROOF })).toBe(true);
    expect(await purchases.keepProof({ paymentHash, ...PROOF, feePaidMsat: msat(2n) })).toBe(false);
    expect(await purchases.payment(paymentHash)).toMatchObject({ state: 'failed', ...PROOF });
  });
});

describe('books of an earlier version', () => {
  it('may have asked a wallet for every payment that they have', async () => {
    const old = join(directory, 'old.db');
    const store = openSqlite({ path: old, migrations: LEDGER_MIGRATIONS.slice(0, 7) });
    store.db
      .exec(`INSERT INTO payments (payment_hash, purpose, spender_pubkey, counterparty, bolt11, amount_msat,
        fee_limit_msat, state, created_at, updated_at) VALUES ('h', 'job', 'c', 'p', 'b', 1, 1, 'reserved', 1, 1)`);
    await store.close();
    const reopened = openSqlLedger({ path: old, now: () => 1_700_000_000 });
    try {
      expect(await reopened.purchases.payment('h')).toMatchObject({ calls: 1 });
    } finally {
      await reopened.close();
    }
  });

  it('keep every sale, and hand out the work that was waiting', async () => {
    const old = join(directory, 'old.db');
    const store = openSqlite({ path: old, migrations: LEDGER_MIGRATIONS.slice(0, 1) });
    const insert = store.db.prepare(
      `INSERT INTO sales (provider_pubkey, request_id, customer_pubkey, service_id, request, work, money, exchange,
         lease_fence, attempts, opened_at, updated_at, version)
       VALUES (?, ?, ?, 'echo', ?, 'received', 'none', 'free', 0, 0, 1, 1, 1)`,
    );
    const move = store.db.prepare(`UPDATE sales SET work = ?, version = version + 1 WHERE request_id = ?`);
    const requests = [someEvent(), someEvent()];
    store.db.exec(stateTablesSql('sqlite'));
    for (const request of requests) insert.run(PROVIDER, request.id, request.pubkey, JSON.stringify(request));
    move.run('accepted', requests[1]?.id ?? '');
    await store.close();

    const reopened = openSqlLedger({ path: old, now: () => 1_700_000_000 });
    try {
      for (const request of requests)
        expect(await reopened.sales.get(PROVIDER, request.id)).toMatchObject({ request, refund: null });
      const claimed = await reopened.sales.claimWork(claimBy('worker'));
      expect(claimed.map(({ requestId }) => requestId)).toEqual([requests[1]?.id]);
    } finally {
      await reopened.close();
    }
  });
});
