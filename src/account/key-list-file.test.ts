import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Failure } from '../protocol/index.ts';
import { keyListFile } from './key-list-file.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-lists-'));
});
afterAll(() => rm(dir, { recursive: true }));

const key = (name: number) => name.toString(16).padStart(64, '0');
const within = { timeout: 20_000, interval: 50 };

test('a list follows its file, and stays as it was while that cannot be read', async () => {
  const path = join(dir, 'blocked.txt');
  await expect(
    keyListFile(path, { onTrouble: () => undefined, signal: AbortSignal.abort() }),
  ).rejects.toThrow();
  await writeFile(path, `${key(1)}\n`);
  const troubles: Failure[] = [];
  const closing = new AbortController();
  const list = await keyListFile(path, {
    onTrouble: (trouble) => troubles.push(trouble),
    signal: closing.signal,
  });
  expect([...list()]).toEqual([key(1)]);
  await writeFile(path, `${key(1)} stays\n${key(2)}\nnonsense\n`);
  await vi.waitFor(() => expect([...list()]).toEqual([key(1), key(2)]), within);
  await rename(path, `${path}.away`);
  await vi.waitFor(() => expect(troubles.map(({ code }) => code)).toContain('key-list-unreadable'), within);
  expect(list().size).toBe(2);
  expect(troubles.map(({ code }) => code)).toEqual(['key-list-line', 'key-list-unreadable']);
  closing.abort();
});
