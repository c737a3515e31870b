import { spawnSync } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { fastSecretKeySigner } from '../keys/node.ts';
import { verifyEvent, type NostrEvent } from '../protocol/index.ts';
import { createInlineVerifier, type Verifier } from './index.ts';
import { createWorkerVerifier } from './node.ts';

const signer = fastSecretKeySigner(generateSecretKey());
const sign = (content: string) => signer.sign({ kind: 1, created_at: 1_700_000_000, tags: [], content });

const threads: Worker[] = [];
const noteThread = (worker: Worker) => threads.push(worker);
process.on('worker', noteThread);
afterAll(() => process.off('worker', noteThread));

const killThread = (worker: Worker) => void worker.terminate();

const open: Verifier[] = [];
afterEach(async () => {
  for (const verifier of open.splice(0)) await verifier.close();
  threads.length = 0;
});
const opened = (verifier: Verifier): Verifier => {
  open.push(verifier);
  return verifier;
};

describe.each([
  ['inline', () => opened(createInlineVerifier())],
  ['worker', () => opened(createWorkerVerifier({ workers: 2, batch: 3 }))],
])('the %s verifier', (_name, create) => {
  test('says what the reference says of valid and mutated events', async () => {
    const verifier = create();
    const other = secretKeySigner(generateSecretKey());
    const hexDigit = fc.nat({ max: 15 }).map((digit) => digit.toString(16));
    const mutation = fc.oneof(
      { weight: 2, arbitrary: fc.constant((event: NostrEvent) => event) },
      fc
        .tuple(fc.constantFrom<'id' | 'pubkey' | 'sig'>('id', 'pubkey', 'sig'), fc.nat({ max: 63 }), hexDigit)
        .map(([field, at, digit]) => (event: NostrEvent): NostrEvent => {
          const text = event[field];
          return { ...event, [field]: text.slice(0, at) + digit + text.slice(at + 1) };
        }),
      fc.string().map((content) => (event: NostrEvent) => ({ ...event, content })),
      fc.constantFrom('0', 'f').map((digit) => (event: NostrEvent) => ({ ...event, sig: digit.repeat(128) })),
      fc
        .constantFrom('0', 'f')
        .map((digit) => (event: NostrEvent) => ({ ...event, pubkey: digit.repeat(64) })),
      fc.constant((event: NostrEvent) => ({ ...event, pubkey: other.pubkey })),
      fc.constant((event: NostrEvent) => ({ ...event, created_at: event.created_at + 1 })),
    );
    const content = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\ud800\u2028"\\'));
    await fc.assert(
      fc.asyncProperty(content, mutation, async (text, mutate) => {
        const event = mutate(await sign(text));
        expect(await verifier.verify(event)).toBe(verifyEvent(event));
      }),
      { numRuns: 100 },
    );
  });

  test('gives each of many the verdict of its own', async () => {
    const verifier = create();
    const events = await Promise.all(Array.from({ length: 60 }, (_, index) => sign(`${index}`)));
    const mixed = events.map((event, index) => (index % 3 === 0 ? { ...event, content: 'forged' } : event));
    const verdicts = await Promise.all(mixed.map((event) => verifier.verify(event)));
    expect(verdicts).toEqual(mixed.map((_, index) => index % 3 !== 0));
  });

  test('rejects what waits when it is closed, and what comes after', async () => {
    const verifier = create();
    const event = await sign('');
    const waiting = Array.from({ length: 20 }, () => verifier.verify(event));
    const settled = Promise.allSettled(waiting);
    await verifier.close();
    expect((await settled).at(-1)).toMatchObject({ status: 'rejected' });
    await expect(verifier.verify(event)).rejects.toThrow('closed');
  });
});

test('the inline verifier lets other work run between two events', async () => {
  const verifier = opened(createInlineVerifier());
  const event = await sign('');
  const order: string[] = [];
  const verified = Array.from({ length: 3 }, () => verifier.verify(event).then(() => order.push('verified')));
  setImmediate(() => order.push('other work'));
  await Promise.all(verified);
  expect(order.indexOf('other work')).toBeLessThan(2);
});

describe('a worker verifier', () => {
  test('starts threads only when the work calls for them, and never more than told', async () => {
    const verifier = opened(createWorkerVerifier({ workers: 2, batch: 1 }));
    const event = await sign('');
    expect(threads).toHaveLength(0);
    await verifier.verify(event);
    await verifier.verify(event);
    expect(threads).toHaveLength(1);
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(event)));
    expect(threads).toHaveLength(2);
  });

  test('verifies elsewhere what a dying thread had, and lies about none', async () => {
    const verifier = opened(createWorkerVerifier({ workers: 1, batch: 10 }));
    const event = await sign('');
    const forged = { ...event, content: 'forged' };
    const verdicts = Promise.all(
      Array.from({ length: 100 }, (_, index) => verifier.verify(index % 2 === 0 ? event : forged)),
    );
    await vi.waitUntil(() => threads.length === 1, { interval: 1, timeout: 20_000 });
    await threads[0]?.terminate();
    expect(await verdicts).toEqual(Array.from({ length: 100 }, (_, index) => index % 2 === 0));
    expect(threads).toHaveLength(2);
  });

  test('gives up on an event whose threads keep dying, and goes on with the others', async () => {
    const verifier = opened(createWorkerVerifier({ workers: 1, batch: 1 }));
    const event = await sign('');
    process.on('worker', killThread);
    try {
      await expect(verifier.verify(event)).rejects.toThrow('died');
    } finally {
      process.off('worker', killThread);
    }
    expect(threads).toHaveLength(2);
    expect(await verifier.verify(event)).toBe(true);
  });

  test('keeps the process until it is closed, though a verdict arrives meanwhile', async () => {
    const program = `
      const { createWorkerVerifier } = await import(process.argv[1]);
      const event = JSON.parse(process.argv[2]);
      const verifier = createWorkerVerifier({ workers: 1 });
      await verifier.verify(event);
      verifier.verify(event).catch(() => undefined);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); // its verdict is there, and not heard yet
      await verifier.close();
      process.stdout.write('closed');`;
    const door = new URL('./node.ts', import.meta.url).href;
    const args = ['--input-type=module', '-e', program, door, JSON.stringify(await sign('x'))];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, 'closed']);
  });

  test('takes no more than may wait', async () => {
    const verifier = opened(createWorkerVerifier({ workers: 1, batch: 1, maxWaiting: 5 }));
    const event = await sign('');
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => verifier.verify(event)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7); // two batches under way
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(13);
  });
});
