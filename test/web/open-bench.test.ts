/** What a person's workbench knows and says of itself, in Node: it is the same engine as in the browser. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, pubkeyOf } from '../../src/keys/index.ts';
import type { SaleChange } from '../../src/ledger/index.ts';
import { msat } from '../../src/protocol/index.ts';
import { openBenchStage, PRICE, type BenchStage } from './bench-stage.ts';

let bench: BenchStage;

beforeAll(async () => {
  bench = await openBenchStage();
});
afterAll(() => bench.close());

const hex = () => bytesToHex(generateSecretKey());
const LATER = unixNow() + 86_400;

/** An offer that was paid before the work begins. */
const paid = (): SaleChange[] => [
  {
    work: 'accepted',
    money: 'quoted',
    exchange: 'prepay',
    deadlineAt: LATER,
    quote: {
      amountMsat: PRICE,
      validUntil: LATER,
      usualSeconds: 60,
      worstSeconds: 3_600,
      paymentHash: hex(),
      preimage: null,
      bolt11: 'lnbcrt210n1example',
    },
  },
  {
    money: 'settled',
    receipts: [{ paymentHash: hex(), via: 'invoice', amountMsat: PRICE, receivedAt: unixNow() }],
  },
];
const done = (): SaleChange[] => [
  ...paid(),
  { work: 'working' },
  { work: 'ready' },
  { work: 'delivered' },
  { work: 'closed' },
];

test('the lists are those of this worker alone, and keep what is owed however it ended', async () => {
  const late = await bench.sell([...paid(), { work: 'expired', money: 'refund-due' }]);
  const withdrawn = await bench.sell([...paid(), { work: 'cancelled', money: 'refund-due' }]);
  const partly = await bench.sell([
    ...done(),
    { money: 'refund-due', goodwill: { amountMsat: msat(6_000n), givenAt: unixNow() } },
  ]);
  const own = await bench.sell(done());
  await bench.sell(done(), { providerPubkey: pubkeyOf(generateSecretKey()) });
  await bench.work.reopen();

  const { done: listed, ...state } = await bench.until((seen) => seen.done.length > 0);
  expect(new Set(listed.map(({ requestId }) => requestId))).toEqual(
    new Set([late, withdrawn, partly, own].map(({ requestId }) => requestId)),
  );
  expect(state.earnedTodayMsat).toBe(PRICE + (PRICE - 6_000n));
  expect(state.owedMsat).toBe(2n * PRICE + 6_000n);
  const job = await bench.untilJob(partly.requestId, (seen) => seen !== null);
  expect(job?.owedMsat).toBe(6_000n);
});

test('while the wallet is silent it says so, shows what the books know, and opens by itself when it answers', async () => {
  const { work, skill } = bench;
  const inHand = await bench.sell(paid());
  const { trouble, mishap } = await bench.until((state) => state.trouble !== null);
  expect([trouble?.code, mishap]).toEqual(['wallet-unreachable', null]);
  expect(await work.calls['work.retry'](null)).toMatchObject({ failure: { code: 'wallet-unreachable' } });

  const { active } = await bench.until((state) => state.active.length > 0);
  expect(active.map(({ requestId }) => requestId)).toEqual([inHand.requestId]);
  const job = await bench.untilJob(inHand.requestId, (seen) => seen !== null);
  expect([job?.row.about, job?.picture]).toEqual([expect.stringContaining('Read the proof'), null]);
  const skills = [{ ...skill, name: 'Careful proof reading' }];
  expect(await work.calls['work.set-skills']({ name: 'Ada', skills, linked: false })).toMatchObject({
    failure: { code: 'wallet-unreachable' },
  });
  expect(await work.needsWallet(null)).toMatchObject({ code: 'work-paid', data: { count: 1 } });
  expect(await work.needsWallet('nwc')).toBeNull(); // it could pay back as well

  bench.answers(true);
  const opened = await bench.until((state) => state.trouble === null && state.active[0]?.work === 'working');
  expect(opened.skills).toEqual(skills);
});

test('the customer of a job complains of it, and gets a part of its money back', async () => {
  const { work } = bench;
  const sale = await bench.sell(done());
  await bench.complain(sale, 'Half of the page is missing.');
  const about = await bench.untilJob(sale.requestId, (job) => job?.troubles.length === 1);
  expect(about?.troubles).toMatchObject([{ code: 'complaint', words: 'Half of the page is missing.' }]);
  await bench.until(({ done: rows }) => rows.some(({ troubled }) => troubled === 'complaint'));

  const back = { requestId: sale.requestId, amountMsat: msat(8_000n) };
  expect(await work.calls['work.refund']({ ...back, amountMsat: msat(99_000n) })).toMatchObject({
    failure: { code: 'invalid-amount' },
  });
  expect(await work.calls['work.refund'](back)).toMatchObject({ ok: true });
  const given = await bench.untilJob(sale.requestId, (job) => job?.owedMsat === 8_000n);
  expect(given?.sale.money).toBe('refund-due');
  expect(given?.troubles.map(({ code }) => code)).toContain('complaint');
});

test('of a part is told how much the customer reads of it, as long as its money can go back', async () => {
  const { calls } = bench.work;
  const [row] = (await bench.until(({ active }) => active[0]?.work === 'working')).active;
  const requestId = row?.requestId ?? '';
  const send = (content: string) => calls['work.send-partial']({ requestId, content });
  expect(await send('word '.repeat(100))).toEqual({ ok: true, value: { shownChars: 250, leftChars: 750 } });
  expect(await send('word '.repeat(1_000))).toEqual({ ok: true, value: { shownChars: 750, leftChars: 0 } });
  expect(await send('more')).toEqual({ ok: true, value: { shownChars: 0, leftChars: 0 } });
});
