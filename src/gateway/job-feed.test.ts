import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { JobFeeds, type JobEvent } from './job-feed.ts';

const { signal } = new AbortController();

async function take(events: AsyncGenerator<JobEvent, void>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    taken.push(next.value.type === 'state' ? next.value.data.state : next.value.data['n']);
  }
  return taken;
}

test('a follower gets what is kept, then what comes, and goes on behind the last event it names', async () => {
  const feeds = new JobFeeds();
  feeds.tell('a', { type: 'progress', data: { n: 1 } });
  const events = feeds.follow('a', null, signal);
  expect(await take(events, 1)).toEqual([1]);
  const coming = events.next();
  feeds.tell('b', { type: 'progress', data: { n: 9 } });
  feeds.tell('a', { type: 'progress', data: { n: 2 } });
  const second = (await coming).value;
  expect(second).toMatchObject({ data: { n: 2 } });
  const lastId = second?.id ?? '';
  expect(feeds.placeOf('a', lastId)).toBe('last');
  feeds.tell('a', { type: 'partial', data: { n: 3 } });
  expect(feeds.placeOf('a', lastId)).toBe('earlier');
  expect(await take(feeds.follow('a', lastId, signal), 1)).toEqual([3]);
  expect(feeds.placeOf('a', 'ffff-1')).toBe('unknown');
  expect(await take(feeds.follow('a', 'ffff-2', signal), 3)).toEqual([1, 2, 3]);
});

test('memory is bounded: the oldest events go first, and one too large for the bound is still told', async () => {
  const feeds = new JobFeeds();
  for (let n = 0; n < 100; n++) feeds.tell('a', { type: 'progress', data: { n } });
  expect((await take(feeds.follow('a', null, signal), 1))[0]).toBe(36);
  feeds.tell('a', { type: 'partial', data: { n: 100, content: 'x'.repeat(200_000) } });
  expect(await take(feeds.follow('a', null, signal), 1)).toEqual([100]);
});

test('who leaves leaves nothing behind', async () => {
  const feeds = new JobFeeds();
  const leaving = new AbortController();
  const waiting = feeds.follow('a', null, leaving.signal).next();
  leaving.abort();
  expect((await waiting).done).toBe(true);
  expect(getEventListeners(leaving.signal, 'abort')).toEqual([]);
});
