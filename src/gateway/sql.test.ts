import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { msat } from '../protocol/index.ts';
import { openSqlite } from '../store/index.ts';
import { GATEWAY_MOVES, type GatewayState, type NewGatewayJob } from './job.ts';
import { GATEWAY_MIGRATIONS } from './sql-migrations.ts';
import { openSqlGatewayJobs } from './sql.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-gateway-'));
  path = join(dir, 'gateway.sqlite');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function newJob(id: string): NewGatewayJob {
  return {
    id,
    order: {
      kind: 5050,
      inputs: [],
      params: {},
      output: null,
      maxSats: 100,
      provider: null,
      encrypted: false,
      payment: 'prepaid',
      deadlineSeconds: 60,
    },
    payment: 'prepaid',
    quote: {
      requestId: 'aa',
      offerId: 'bb',
      exchange: 'hold',
      exchanges: null,
      refundTerms: 'full',
      usualSeconds: 2,
      worstSeconds: 20,
      priceMsat: msat(21_000n),
      askedMsat: msat(95_000n),
      budgetMsat: msat(16_000n),
      invoice: { bolt11: 'lnbcrt1', paymentHash: `hash of ${id}` },
      validUntil: 100,
    },
    holdPreimage: null,
    openedAt: 1,
  };
}

const PATHS: Readonly<Record<string, readonly GatewayState[]>> = {
  quoted: [],
  lapsed: ['lapsed'],
  paid: ['paid'],
  working: ['paid', 'working'],
  'refund-due': ['paid', 'refund-due'],
  refunding: ['paid', 'refund-due', 'refunding'],
  done: ['paid', 'working', 'done'],
  refunded: ['paid', 'refund-due', 'refunding', 'refunded'],
};

const RESULT = { content: 'a fox', providerPubkey: 'cc', requestId: 'aa', resultId: 'dd' };
const REFUND = { bolt11: 'lnbcrt2', paymentHash: '' };

test('a restored gateway parks what may have been bought or paid back since, and nothing else', async () => {
  const jobs = openSqlGatewayJobs({ path });
  for (const [name, states] of Object.entries(PATHS)) {
    let job = await jobs.add(newJob(name));
    for (const state of states) {
      const more = {
        done: { result: RESULT },
        refunding: { refund: { ...REFUND, paymentHash: `to ${name}` } },
      };
      const moved = await jobs.change(job, { state, at: 2, ...more[state as keyof typeof more] });
      if (moved === null) return expect.fail(`${name} did not become ${state}`);
      job = moved;
    }
  }
  expect([await jobs.park(9), await jobs.park(9)]).toEqual([6, 0]);
  const states = await Promise.all(
    Object.keys(PATHS).map(async (name) => [name, (await jobs.get(name))?.state]),
  );
  expect(states).toEqual([
    ...['quoted', 'lapsed', 'paid', 'working', 'refund-due', 'refunding'].map((name) => [name, 'parked']),
    ['done', 'done'],
    ['refunded', 'refunded'],
  ]);
  expect(await jobs.get('refund-due')).toMatchObject({ failure: { code: 'gateway-restored' }, updatedAt: 9 });
  expect(await jobs.listUnfinished(0)).toEqual([]);
  await jobs.forgetEnded(1_000_000);
  expect(await jobs.get('refund-due')).not.toBeNull(); // it may be owed
  await jobs.close();
});

test('what a client paid stays when its job is forgotten, and what was only quoted leaves nothing', async () => {
  const jobs = openSqlGatewayJobs({ path });
  const paid = await jobs.change(await jobs.add(newJob('done')), { state: 'paid', at: 2 });
  const working = paid && (await jobs.change(paid, { state: 'working', at: 3 }));
  if (working === null) return expect.fail('the job did not move');
  const receipt = { paymentHash: 'hash of done', payment: 'prepaid', amountMsat: 21_000n };
  expect(await jobs.receipt('hash of done')).toMatchObject({ ...receipt, state: 'working', updatedAt: 3 });
  await jobs.change(working, { state: 'done', at: 4, result: RESULT });
  await jobs.change(await jobs.add(newJob('lapsed')), { state: 'lapsed', at: 4 });
  await jobs.add(newJob('quoted'));
  await jobs.park(5);
  await jobs.forgetEnded(9);
  expect(await jobs.get('done')).toBeNull();
  expect(await jobs.listReceipts({ limit: 9, after: 0n })).toMatchObject([
    { ...receipt, state: 'done', updatedAt: 4 },
  ]);
  await jobs.close();
  const store = openSqlite({ path, migrations: GATEWAY_MIGRATIONS });
  expect(() => store.db.exec('DELETE FROM gateway_receipts')).toThrow('never forgotten');
  await store.close();
});

test('books from before there were receipts get those of the jobs that they have', async () => {
  const older = openSqlite({ path, migrations: GATEWAY_MIGRATIONS.slice(0, 3) });
  const insert = (id: string, state: string, refund: string | null) =>
    older.db
      .prepare(
        `INSERT INTO gateway_jobs (id, job_order, payment, state, request_id, offer_id, exchange, price_msat,
        asked_msat, budget_msat, bolt11, payment_hash, refund_bolt11, refund_payment_hash, valid_until, attempt,
        content, opened_at, updated_at, version)
        VALUES (?, '{}', 'prepaid', ?, 'aa', 'bb', 'hold', 21000, 95000, 16000, 'lnbcrt1', ?, ?, ?, 100, 0, 'x', 1, 7, 1)`,
      )
      .run(id, state, `hash of ${id}`, refund, refund);
  older.db.exec('DROP TRIGGER gateway_jobs_begin');
  insert('a', 'done', null);
  insert('b', 'refunded', 'back');
  insert('c', 'quoted', null);
  await older.close();
  const jobs = openSqlGatewayJobs({ path });
  expect(await jobs.listReceipts({ limit: 9, after: 0n })).toMatchObject([
    { paymentHash: 'hash of a', state: 'done', refundPaymentHash: null },
    { paymentHash: 'hash of b', state: 'refunded', refundPaymentHash: 'back' },
  ]);
  expect(await jobs.listReceipts({ limit: 1, after: 1n })).toMatchObject([{ paymentHash: 'hash of b' }]);
  await jobs.close();
});

test('books of the first version are opened: their jobs go on as they were promised, into states of today', async () => {
  const first = openSqlite({ path, migrations: GATEWAY_MIGRATIONS.slice(0, 1) });
  // The moves of that version.
  first.db.exec("DELETE FROM gateway_moves WHERE to_state IN ('lost', 'parked')");
  first.db
    .exec(`INSERT INTO gateway_jobs (id, job_order, payment, state, request_id, offer_id, exchange, price_msat,
    asked_msat, budget_msat, bolt11, payment_hash, valid_until, attempt, opened_at, updated_at, version)
    VALUES ('old', '{"kind":5050}', 'prepaid', 'quoted', 'aa', 'bb', 'hold', 21000, 95000, 16000, 'lnbcrt1', 'hash',
    100, 0, 1, 1, 1)`);
  await first.close();

  const jobs = openSqlGatewayJobs({ path });
  const old = await jobs.get('old');
  if (old === null) return expect.fail('the job is gone');
  expect(old).toMatchObject({
    state: 'quoted',
    riskMsat: 0n,
    quote: { refundTerms: 'full', exchanges: null },
  });
  const paid = await jobs.change(old, { state: 'paid', at: 2 });
  const working = paid && (await jobs.change(paid, { state: 'working', at: 3 }));
  const lost = working && (await jobs.change(working, { state: 'lost', at: 4, lostMsat: msat(16_000n) }));
  expect(lost).toMatchObject({ state: 'lost' });
  expect(await jobs.atRiskMsat(4)).toBe(16_000n);
  await jobs.close();
  const again = openSqlGatewayJobs({ path });
  expect(again.rootKey).toEqual(jobs.rootKey);
  expect(await again.get('old')).toEqual(lost);
  await again.close();

  const now = openSqlite({ path, migrations: GATEWAY_MIGRATIONS });
  const rows = now.db.prepare('SELECT from_state, to_state FROM gateway_moves').all();
  const moves = Object.entries(GATEWAY_MOVES).flatMap(([from, targets]) =>
    targets.map((to) => `${from} ${to}`),
  );
  expect(new Set(rows.map((row) => `${String(row['from_state'])} ${String(row['to_state'])}`))).toEqual(
    new Set(moves),
  );
  await now.close();
});
