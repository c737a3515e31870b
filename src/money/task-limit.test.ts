import { expect, test } from 'vitest';
import { createTaskLimit } from './task-limit.ts';

/** A task that ends when told to. */
function heldTask(started: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = (): Promise<void> => {
    started.push(name);
    return promise;
  };
  return { run, end: resolve };
}

test('runs up to its limit, keeps the next in line and refuses the rest', async () => {
  const started: string[] = [];
  const tasks = ['a', 'b', 'c', 'd'].map((name) => heldTask(started, name));
  const limit = createTaskLimit({ running: 2, waiting: 1 });
  expect(tasks.map(({ run }) => limit.run(run))).toEqual([true, true, true, false]);
  expect(started).toEqual(['a', 'b']);
  tasks[1]?.end();
  await expect.poll(() => started).toEqual(['a', 'b', 'c']);
  for (const { end } of tasks) end();
  await limit.close();
});

test('closing forgets what waits and resolves only when what runs is done', async () => {
  const started: string[] = [];
  const running = heldTask(started, 'running');
  const waiting = heldTask(started, 'waiting');
  const limit = createTaskLimit({ running: 1, waiting: 1 });
  limit.run(running.run);
  limit.run(waiting.run);
  let closed = false;
  const closing = limit.close().then(() => {
    closed = true;
  });
  await Promise.resolve();
  expect(closed).toBe(false);
  running.end();
  await closing;
  expect(started).toEqual(['running']);
});
