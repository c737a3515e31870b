import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { msat, satsToMsat, ZERO_MSAT } from '../protocol/index.ts';
import { openAccess, policyOf, type RuleFlags } from './selling-rules.ts';

const NO_FLAGS: RuleFlags = { workUnpaid: 0, deliverUnpaid: 0, trustStrangers: false };
const [GOOD, BAD, NEW] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32)) as [string, string, string];
/** Who has paid 20,000 sat in ten jobs, the first a month ago. */
const PAYER = {
  paidSales: 10,
  paidMsat: satsToMsat(20_000),
  firstPaidAt: 0,
  unpaidSales: 0,
  unpaidMsat: ZERO_MSAT,
  openUnpaidMsat: ZERO_MSAT,
};
const A_MONTH = 30 * 86_400;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-rules-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function policy(...args: Parameters<typeof policyOf>) {
  const read = policyOf(...args);
  return read.ok ? read.value : expect.unreachable(read.failure.message);
}

test('flags stand in for fields of the file, and others of its fields stay', () => {
  const file = { access: { block: 'a', allow: 'b' }, limits: { open_sales: 5, unpaid_sat: 1 } };
  const read = policy(file, { ...NO_FLAGS, block: 'c', unpaidMost: 7 });
  expect(read.access).toEqual({ block: 'c', allow: 'b' });
  expect(read.limits).toEqual({ openSales: 5, unpaidMsat: satsToMsat(7) });
  expect(policy({}, NO_FLAGS)).toMatchObject({ access: {}, limits: {} });
});

test('trust is earned where it is asked for, fixed by flags, and nobody has any otherwise', () => {
  const trusted = (flags: Partial<RuleFlags>) =>
    policy({}, { ...NO_FLAGS, ...flags }).trust(PAYER, A_MONTH).workUnpaidUpToMsat;
  expect(trusted({})).toBe(ZERO_MSAT);
  expect(trusted({ workUnpaid: 3 })).toBe(satsToMsat(3));
  expect(trusted({ trust: 5000 })).toBe(satsToMsat(2000));
  expect(trusted({ trust: 50 })).toBe(satsToMsat(50));
  expect(policyOf({}, { ...NO_FLAGS, trust: 1, workUnpaid: 1 })).toMatchObject({
    failure: { code: 'invalid-argument' },
  });
  const graded = {
    after_paid_sales: 11,
    after_days: 1,
    percent_of_paid: 1,
    most_sat: 9,
    deliver_percent: 0,
    unpaid_sales_at_most: 0,
  };
  expect(policy({ trust: graded }, NO_FLAGS).trust(PAYER, A_MONTH).workUnpaidUpToMsat).toBe(ZERO_MSAT);
  const sooner = policy({ trust: { ...graded, after_paid_sales: 10 } }, NO_FLAGS).trust(PAYER, A_MONTH);
  expect(sooner).toEqual({ workUnpaidUpToMsat: satsToMsat(9), deliverUnpaidUpToMsat: msat(0n) });
});

test('lists of keys are followed while the provider runs; one that is not there is told at once', async () => {
  const block = join(dir, 'blocked.txt');
  const allow = join(dir, 'customers.txt');
  await writeFile(block, `${BAD} # never came back\n`);
  await writeFile(allow, `${GOOD}\n${BAD}\n`);
  const closed = new AbortController();
  const onTrouble = vi.fn();
  const parts = { signal: closed.signal, onTrouble };
  const access = await openAccess({ block, allow }, parts);
  if (!access.ok) expect.unreachable(access.failure.message);
  const decide = access.value;
  expect([GOOD, BAD, NEW].map(decide)).toEqual(['open', 'blocked', 'not-allowed']);
  await writeFile(allow, `${GOOD}\n${BAD}\n${NEW}\n`);
  await vi.waitFor(() => expect(decide(NEW)).toBe('open'), { timeout: 30_000, interval: 100 });
  expect(onTrouble).not.toHaveBeenCalled();
  expect(await openAccess({ block: join(dir, 'gone.txt') }, parts)).toMatchObject({
    failure: { code: 'key-list-unreadable', data: { path: join(dir, 'gone.txt') } },
  });
  closed.abort();
}, 60_000);
