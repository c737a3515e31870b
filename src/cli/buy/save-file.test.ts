import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveResult } from './save-file.ts';

const home = process.cwd();
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-save-'));
  process.chdir(dir);
});
afterAll(async () => {
  process.chdir(home);
  await rm(dir, { recursive: true, force: true });
});

const requestId = 'ab'.repeat(32);
const url = 'https://blossom.example/1.png';
const picture = { bytes: new Uint8Array([1, 2]), mediaType: 'image/png', name: '../../etc/passwd', url };

it('writes a file under a name of our own, whatever its provider calls it', async () => {
  const saved = await saveResult({ requestId, content: url, file: picture }, undefined);
  expect(saved).toEqual({ path: 'coinop-abababababab.png', mediaType: 'image/png', bytes: 2 });
  expect(await readdir(dir)).toEqual(['coinop-abababababab.png']);
});

it('writes text only where it was asked to', async () => {
  const letter = { ...picture, mediaType: 'text/plain' };
  expect(await saveResult({ requestId, content: 'a fox', file: null }, undefined)).toBe(null);
  expect(await saveResult({ requestId, content: 'a fox', file: letter }, undefined)).toBe(null);
  await saveResult({ requestId, content: 'a fox', file: null }, join(dir, 'fox.txt'));
  expect(await readFile(join(dir, 'fox.txt'), 'utf8')).toBe('a fox');
});
