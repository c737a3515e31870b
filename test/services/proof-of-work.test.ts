import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyResult } from '../../src/customer/verify-result/verify-result.ts';
import { eventId, satsToMsat, workOf } from '../../src/protocol/index.ts';
import type { Service } from '../../src/provider/index.ts';
import { expectedIds, reachableBits, secondsUntil } from '../../src/services/proof-of-work/expected-time.ts';
import { mine } from '../../src/services/proof-of-work/miner.ts';
import { nonceSearch, tryNonces, withNonce } from '../../src/services/proof-of-work/nonce-search.ts';
import { shelfProofOfWork } from '../../src/services/proof-of-work/proof-of-work.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../fixtures/job-context.ts';
import { openShelfStage, type ShelfStage } from './shelf-stage.ts';

let stage: ShelfStage;
let miner: Service;

const NOTE = { kind: 1, content: 'do work!', created_at: 1_735_252_123, tags: [['t', 'work']] };

const order = (events: readonly unknown[], bits: number, signal?: AbortSignal) =>
  jobContext({
    kind: 5970,
    inputs: events.map((event) => ({
      ...resolvedInput(JSON.stringify(event), { source: JSON.stringify(event) }),
      type: 'text',
    })),
    params: { pow: [String(bits)] },
    ...(signal === undefined ? {} : { signal }),
  });

beforeAll(async () => {
  stage = await openShelfStage();
  miner = await stage.openShelf('pow').open(shelfProofOfWork, { threads: 2, max_bits: 14 });
});
afterAll(() => stage.close());

describe('work is done for events', () => {
  test('one comes back as asked for, with the nonce that commits to the difficulty', async () => {
    const job = order([NOTE], 12);
    const { content, progress } = await runJob(miner.handler, job);
    const event = JSON.parse(content) as Record<string, unknown>;
    expect(event).toMatchObject({ ...NOTE, tags: [...NOTE.tags, ['nonce', expect.any(String), '12']] });
    expect(event['pubkey']).toBe(job.request.customerPubkey);
    expect(progress).toEqual([{ type: 'progress', note: expect.stringMatching(/99 in 100 within \d+ s/) }]);
    const verdict = await verifyResult({ request: job.request, content, createdAt: 0 });
    expect(verdict.verdict).toBe('verified');
  });

  test('several come back as a list, an old nonce is replaced', async () => {
    const pubkey = 'ab'.repeat(32);
    const worked = { ...NOTE, pubkey, tags: [['nonce', '1', '2'], ['t', 'work']] }; // prettier-ignore
    const job = order([worked, { ...NOTE, content: 'ünï "codé"\n' }], 8);
    const { content } = await runJob(miner.handler, job);
    expect(JSON.parse(content)).toMatchObject([{ pubkey }, { content: 'ünï "codé"\n' }]);
    const verdict = await verifyResult({ request: job.request, content, createdAt: 0 });
    expect(verdict.verdict).toBe('verified');
  });

  test('the search finds what the canonical form of any event shows', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
        fc.integer({ min: 0, max: 10 ** 12 }),
        (content, tags, first) => {
          const event = { kind: 1, created_at: 1, pubkey: 'cd'.repeat(32), content, tags };
          const nonce = tryNonces(nonceSearch(event, 4), { first, step: 3, tries: 1000 });
          expect(workOf(eventId(withNonce(event, nonce ?? -1, 4)))).toBeGreaterThanOrEqual(4);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a job that is cancelled ends its threads', async () => {
    const cancelled = new AbortController();
    const mining = mine({ ...NOTE, pubkey: '00'.repeat(32) }, 200, { threads: 2, signal: cancelled.signal });
    cancelled.abort(new Error('cancelled'));
    await expect(mining).rejects.toThrow('cancelled');
  });
});

describe('what is not done', () => {
  test.each([
    ['text', 'words'],
    ['an event without a kind', { content: 'x' }],
    ['tags that are none', { kind: 1, tags: ['t'] }],
    ['a lone surrogate', { kind: 1, content: '\ud800' }],
  ])('%s is no event', async (_, event) => {
    expect(await failureCode(miner.handler, order([event], 4))).toBe('invalid-event');
  });

  test('too hard, too long or too many', async () => {
    expect(await failureCode(miner.handler, order([NOTE], 40))).toBe('too-hard');
    const hasty = await stage.openShelf('hasty').open(shelfProofOfWork, { threads: 1, max_seconds: 1 });
    const hardest = hasty.contract?.params.find(({ name }) => name === 'pow')?.max ?? 0;
    const long = { ...NOTE, content: 'x'.repeat(20_000) };
    expect(await failureCode(hasty.handler, order([NOTE, NOTE, NOTE, NOTE], hardest))).toBe('too-hard');
    expect(await failureCode(hasty.handler, order([long], hardest))).toBe('too-hard');
    expect(await failureCode(miner.handler, order([NOTE, NOTE, NOTE, NOTE, NOTE], 1))).toBe(
      'too-many-events',
    );
  });

  test('the announced contract refuses what is out of reach before anything is paid', () => {
    const pow = miner.contract?.params.find(({ name }) => name === 'pow');
    expect(pow).toMatchObject({ required: true, max: 14 });
  });
});

describe('how long it takes', () => {
  test('all but one in a thousand jobs of the hardest kind end in time', () => {
    const bits = reachableBits(100_000, 50);
    expect(secondsUntil(0.999, expectedIds(bits), 100_000)).toBeLessThanOrEqual(50);
    expect(secondsUntil(0.999, expectedIds(bits + 1), 100_000)).toBeGreaterThan(50);
  });

  test('the price follows the difficulty where the operator wants that', async () => {
    const priced = await stage
      .openShelf('priced')
      .open(shelfProofOfWork, { max_bits: 20, ids_per_sat: 1000 });
    const price = (bits: number, event: unknown = NOTE) =>
      priced.pricing?.price({
        request: order([event], bits).request,
        size: { characters: 0, words: 0, bytes: 0, seconds: 0, items: 1 },
        load: { running: 0, waiting: 0, concurrency: 1 },
        rivals: [],
      } as never);
    expect(price(4)).toMatchObject({ ok: true, value: { amountMsat: satsToMsat(1) } });
    expect(price(16)).toMatchObject({ ok: true, value: { amountMsat: satsToMsat(66) } });
    const long = { ...NOTE, content: 'x'.repeat(50_000) };
    const priceOfLong = price(16, long);
    if (priceOfLong?.ok !== true) throw new Error('no price');
    expect(priceOfLong.value.amountMsat).toBeGreaterThan(satsToMsat(66 * 300));
  });
});
