import { describe, expect, it } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { createMessageQueue } from './message-queue.ts';

function wrap(id: string, content = ''): NostrEvent {
  return { id, pubkey: '', kind: 1059, created_at: 0, tags: [], content, sig: '' };
}

/** A queue whose first opening lasts until the test lets it end. */
function blockedQueue() {
  const opened: string[] = [];
  const blocked = Promise.withResolvers<void>();
  const closing = new AbortController();
  let dropped = 0;
  const queue = createMessageQueue({
    open: async ({ id }) => {
      opened.push(id);
      await blocked.promise;
      if (id === 'bad') throw new Error('It cannot be opened.');
    },
    onError: () => opened.push('error'),
    onDropped: () => (dropped += 1),
    signal: closing.signal,
  });
  return { queue, opened, closing, unblock: blocked.resolve, dropped: () => dropped };
}

describe('the queue of messages', () => {
  it('opens one at a time, and what comes now before what was stored', async () => {
    const { queue, opened, unblock } = blockedQueue();
    const earlier = queue.addEarlier([wrap('stored 1'), wrap('stored 2')], 'stored');
    queue.addNew(wrap('bad'));
    queue.addNew(wrap('new'));
    expect(opened).toEqual(['stored 1']);
    unblock();
    await earlier;
    expect(opened).toEqual(['stored 1', 'bad', 'error', 'new', 'stored 2']);
    await queue.addEarlier([wrap('later')], 'missed');
    expect(opened).toContain('later');
  });

  it('keeps so many and so much, and drops the rest', () => {
    const many = blockedQueue();
    for (let added = 0; added < 2005; added += 1) many.queue.addNew(wrap(`${added}`));
    expect(many.dropped()).toBe(4); // one is being opened
    const large = blockedQueue();
    for (let added = 0; added < 20; added += 1) large.queue.addNew(wrap(`${added}`, 'x'.repeat(2 ** 20)));
    expect(large.dropped()).toBe(3);
    for (const { closing } of [many, large]) closing.abort();
  });

  it('forgets what waits when it is closed', async () => {
    const { queue, opened, closing, unblock } = blockedQueue();
    queue.addNew(wrap('first'));
    queue.addNew(wrap('second'));
    closing.abort();
    unblock();
    await queue.idle();
    expect(opened).toEqual(['first']);
  });
});
