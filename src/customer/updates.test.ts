import { expect, test } from 'vitest';
import type { PurchaseUpdate } from './contract.ts';
import { UpdateFeed } from './updates.ts';

function note(number: number): PurchaseUpdate {
  return { type: 'progress', at: number, providerPubkey: '', note: '' };
}

async function read(feed: UpdateFeed): Promise<number[]> {
  const seen: number[] = [];
  for await (const { at } of feed.read()) seen.push(at);
  return seen;
}

test('every reader gets what is kept and what comes, until the feed closes', async () => {
  const feed = new UpdateFeed();
  feed.push(note(1));
  const early = read(feed);
  feed.push(note(2));
  await Promise.resolve();
  const late = read(feed);
  feed.push(note(3));
  feed.close();
  feed.push(note(4));
  expect(await early).toEqual([1, 2, 3]);
  expect(await late).toEqual([1, 2, 3]);
  expect(await read(feed)).toEqual([1, 2, 3]);
});

test('a flood drops the oldest, also under a reader that is slow', async () => {
  const feed = new UpdateFeed();
  const slow = feed.read();
  feed.push(note(0));
  expect((await slow.next()).value).toMatchObject({ at: 0 });
  for (let number = 1; number <= 1000; number++) feed.push(note(number));
  feed.close();
  expect((await slow.next()).value).toMatchObject({ at: 745 });
  expect(await read(feed)).toHaveLength(256);
});

test('partial content is bounded by its size', async () => {
  const feed = new UpdateFeed();
  for (let number = 0; number < 40; number++)
    feed.push({ type: 'partial', at: number, providerPubkey: '', content: 'x'.repeat(50_000) });
  feed.close();
  expect(await read(feed)).toEqual(Array.from({ length: 20 }, (_, index) => index + 20));
});
