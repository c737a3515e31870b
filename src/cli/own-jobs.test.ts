import { afterAll, beforeAll, expect, test } from 'vitest';
import { fastSecretKeySigner } from '../keys/node.ts';
import { generateSecretKey } from '../keys/index.ts';
import { openSqlLedger } from '../ledger/sql.ts';
import type { Ledger } from '../ledger/index.ts';
import { eventId, satsToMsat } from '../protocol/index.ts';
import { latestPurchases, ownPurchase, wholeJobId } from './own-jobs.ts';

const [signer, stranger] = [
  fastSecretKeySigner(generateSecretKey()),
  fastSecretKeySigner(generateSecretKey()),
];
let clock = 1_700_000_000;
let ledger: Ledger;
/** Ids of the own jobs, oldest first. */
const ids: string[] = [];

const requestFor = (text: string) => ({
  kind: 5050,
  created_at: clock,
  tags: [['i', text, 'text']],
  content: '',
});

async function book(by: typeof signer, text: string): Promise<string> {
  const request = await by.sign(requestFor(text));
  const terms = { relays: [], maxAmountMsat: satsToMsat(1), deadlineAt: clock + 60, publish: [] };
  const { purchase } = await ledger.purchases.open({ request, ...terms });
  clock += 1;
  return purchase.requestId;
}

beforeAll(async () => {
  ledger = openSqlLedger({ path: ':memory:', now: () => clock });
  for (const text of ['one', 'two', 'three']) {
    ids.push(await book(signer, text));
    await book(stranger, text);
  }
});
afterAll(() => ledger.close());

const account = () => ({ ledger, signer });

test('a job is found by the beginning of its id', async () => {
  const [id = ''] = ids;
  expect(await wholeJobId(id.slice(0, 12), account())).toEqual({ ok: true, value: id });
  expect(await ownPurchase(id, account())).toMatchObject({ ok: true, value: { requestId: id } });
});

test('one that fits none is unknown, and others have no jobs of ours', async () => {
  const theirs = await book(stranger, 'theirs');
  for (const id of [theirs, theirs.slice(0, 12)])
    expect(await ownPurchase(id, account())).toMatchObject({ ok: false, failure: { code: 'job-unknown' } });
});

test('one that fits several is ambiguous, and they are told', async () => {
  const seen = new Map<string, string>();
  for (let number = 0; ; number++) {
    const text = `job ${number}`;
    const beginning = eventId({ ...requestFor(text), pubkey: signer.pubkey }).slice(0, 4);
    const other = seen.get(beginning);
    seen.set(beginning, text);
    if (other === undefined) continue;
    const sameSecond = clock;
    const first = await book(signer, other);
    clock = sameSecond;
    const matches = [first, await book(signer, text)];
    ids.push(...matches);
    const found = await wholeJobId(beginning, account());
    expect(found).toMatchObject({ ok: false, failure: { code: 'job-ambiguous' } });
    expect(new Set(found.ok ? [] : (found.failure.data?.['matches'] as string[]))).toEqual(new Set(matches));
    return;
  }
});

test.each(['', 'abc', 'xyzw', 'ABCDEF', 'ab'.repeat(33)])('%j is no id', async (text) => {
  expect(await wholeJobId(text, account())).toMatchObject({
    ok: false,
    failure: { code: 'invalid-argument' },
  });
});

test('the latest come first, as many as wanted, whoever else uses the books', async () => {
  const all = await latestPurchases(account(), 100);
  expect(new Set(all.map(({ requestId }) => requestId))).toEqual(new Set(ids));
  const times = all.map(({ openedAt }) => openedAt);
  expect(times).toEqual(times.toSorted((left, right) => right - left));
  expect(await latestPurchases(account(), 2)).toEqual(all.slice(0, 2));
});
