import { expect, it } from 'vitest';
import { createFeed, createLineCutter } from './message-feed.ts';

it('hands over a flood of lines before anybody else has to wait for long', async () => {
  const feed = createFeed<Uint8Array>();
  const cutter = createLineCutter(feed.add);
  const flood = 250_000;
  cutter.add(Buffer.from('\n'.repeat(flood)));
  feed.end();
  let heard = 0;
  for await (const line of feed.items()) heard += line.length === 0 ? 1 : 0;
  expect(heard).toBe(flood);
});

it('hands over what arrives meanwhile in its order, and the error after it', async () => {
  const feed = createFeed<number>();
  feed.add(1);
  feed.add(2);
  const items = feed.items();
  const heard = [(await items.next()).value];
  feed.add(3);
  heard.push((await items.next()).value, (await items.next()).value);
  feed.end(new Error('broken off'));
  expect(heard).toEqual([1, 2, 3]);
  await expect(items.next()).rejects.toThrow('broken off');
});
