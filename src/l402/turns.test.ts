import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const { signal } = new AbortController();

test('one at a time has the turn of a key, in the order in which they came', async () => {
  const turns = createTurns();
  const log: string[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const taken = gates.map((gate, index) =>
    turns.take('a', signal, async () => {
      log.push(`begin ${index}`);
      await gate.promise;
      log.push(`end ${index}`);
      return index;
    }),
  );
  await turns.take('b', signal, async () => log.push('another key'));
  gates[1]?.resolve();
  gates[0]?.resolve();
  expect(await Promise.all(taken)).toEqual([0, 1]);
  expect(log).toEqual(['begin 0', 'another key', 'end 0', 'begin 1', 'end 1']);
});

test('whoever stops waiting does not let others in early, and leaves nothing behind', async () => {
  const turns = createTurns();
  const gate = Promise.withResolvers<void>();
  const impatient = new AbortController();
  let isFirstDone = false;
  const first = turns.take('a', signal, async () => {
    await gate.promise;
    isFirstDone = true;
  });
  const gone = turns.take('a', impatient.signal, async () => 'in');
  impatient.abort(new Error('enough'));
  await expect(gone).rejects.toThrow('enough');
  const third = turns.take('a', signal, async () => isFirstDone);
  gate.resolve();
  await first;
  expect(await third).toBe(true);
  expect(getEventListeners(impatient.signal, 'abort')).toEqual([]);
});

test('a turn that failed is over', async () => {
  const turns = createTurns();
  await expect(turns.take('a', signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turns.take('a', signal, async () => 'next')).toBe('next');
});
