import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orThrow } from '../../protocol/index.ts';
import { carriesToken, checkToken, loadOrCreateToken } from './token-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-token-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('a token is made once, for its owner only, whoever asks first', async () => {
  const path = join(dir, 'made', 'token');
  const tokens = await Promise.all([1, 2, 3].map(async () => orThrow(await loadOrCreateToken(path))));
  expect(new Set(tokens).size).toBe(1);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(dir, 'made'))).toEqual(['token']);
});

test('a token that others can read, or guess, is not used', async () => {
  const path = join(dir, 'token');
  await writeFile(path, 'a-long-enough-token\n', { mode: 0o600 });
  expect(orThrow(await loadOrCreateToken(path))).toBe('a-long-enough-token');
  await chmod(path, 0o644);
  expect(await loadOrCreateToken(path)).toMatchObject({ failure: { code: 'token-file-exposed' } });
  await rm(path);
  await writeFile(path, 'short', { mode: 0o600 });
  expect(await loadOrCreateToken(path)).toMatchObject({ failure: { code: 'token-too-short' } });
  expect(checkToken('123456789012345')).toMatchObject({ failure: { code: 'token-too-short' } });
});

test.each([
  ['Bearer right-token', true],
  ['bearer  right-token', true],
  ['Bearer right-token2', false],
  ['Bearer', false],
  ['Basic right-token', false],
  ['', false],
  [null, false],
])('of the header %j the answer is %j', (header, isRight) => {
  expect(carriesToken(header, 'right-token')).toBe(isRight);
});
