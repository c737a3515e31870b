import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { outgrows } from './folder-size.ts';

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'coinop-folder-'));
  const over = new AbortController();
  const watched = (maxBytes: number) => outgrows({ path, maxBytes }, over.signal);
  onTestFinished(() => rm(path, { recursive: true }));
  return { path, watched, over };
}

it.each<[string, (path: string) => Promise<unknown>]>([
  ['one large file', (path) => writeFile(join(path, 'a'), new Uint8Array(200_000))],
  [
    'files in folders',
    async (path) => {
      await mkdir(join(path, 'b/c'), { recursive: true });
      for (const name of ['b/d', 'b/c/e']) await writeFile(join(path, name), new Uint8Array(60_000));
    },
  ],
  [
    'very many empty files',
    (path) => Promise.all(Array.from({ length: 50 }, (_, n) => writeFile(join(path, `${n}`), ''))),
  ],
])('is told of a folder that grows by %s', async (_how, fill) => {
  const { path, watched } = await openFolder();
  const full = watched(100_000);
  await fill(path);
  expect(await full).toBe(true);
});

it('counts what is on the disk, follows no links, and ends with its signal', async () => {
  const { path, watched, over } = await openFolder();
  await writeFile(join(path, 'sparse'), '');
  await truncate(join(path, 'sparse'), 2 ** 40);
  await symlink('/', join(path, 'everything'));
  const full = Promise.all([
    watched(100_000),
    outgrows({ path: join(path, 'none'), maxBytes: 0 }, over.signal),
  ]);
  const isRight = watched(5000); // two entries: whoever looks has looked at all of them
  expect(await isRight).toBe(true);
  over.abort();
  expect(await full).toEqual([false, false]);
});
