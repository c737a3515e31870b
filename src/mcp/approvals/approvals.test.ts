import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orThrow, satsToMsat } from '../../protocol/index.ts';
import { createApprovalCodes } from './approval-codes.ts';
import { openApprovals, type Approvals } from './approvals.ts';

let dir: string;
let now: number;
let approvals: Approvals;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'coinop-approvals-')), 'approvals');
  now = 1000;
  approvals = openApprovals({ dir, now: () => now });
});
afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

const WISH = {
  quoteId: 'a:b',
  kind: 5050,
  providerPubkey: 'p',
  exchange: 'hold',
  amountMsat: satsToMsat(60),
  expiresAt: 2000,
};

test('a question and its answer outlive the process that asked, for the owner of the files only', async () => {
  const asked = orThrow(await approvals.ask(WISH));
  expect(orThrow(await approvals.ask(WISH))).toEqual(asked);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  const [file = ''] = await readdir(dir);
  expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  const elsewhere = openApprovals({ dir, now: () => now });
  expect(await elsewhere.open()).toEqual([asked]);
  orThrow(await elsewhere.decide(asked.id, 'granted'));
  expect(await approvals.find('a:b', WISH.amountMsat)).toEqual({ ...asked, state: 'granted' });
  expect(await approvals.open()).toEqual([]);
});

test('an answer is for good, and for one price', async () => {
  const { id } = orThrow(await approvals.ask(WISH));
  orThrow(await approvals.decide(id, 'denied'));
  expect(await approvals.decide(id, 'granted')).toMatchObject({ failure: { code: 'approval-decided' } });
  const dearer = orThrow(await approvals.ask({ ...WISH, amountMsat: satsToMsat(61) }));
  expect(dearer).toMatchObject({ state: 'asked' });
  orThrow(await approvals.decide(dearer.id, 'granted'));
  expect(await approvals.find('a:b', dearer.amountMsat)).toMatchObject({ state: 'granted' });
  expect(await approvals.find('a:b', WISH.amountMsat)).toMatchObject({ state: 'denied' });
});

test('a question runs out and is forgotten', async () => {
  const { id } = orThrow(await approvals.ask(WISH));
  now = 2000;
  expect(await approvals.get(id)).toBeNull();
  expect(await approvals.decide(id, 'granted')).toMatchObject({ failure: { code: 'approval-unknown' } });
  expect(await readdir(dir)).toEqual([]);
});

test('ids lead to no other file, and broken files to nothing', async () => {
  const { id } = orThrow(await approvals.ask(WISH));
  await writeFile(join(dir, '..', 'secret.json'), '{}');
  expect(await approvals.get('../secret')).toBeNull();
  await writeFile(join(dir, `${id}.json`), '{ "id": 1 ');
  expect(await approvals.get(id)).toBeNull();
});

test('questions are bounded', async () => {
  for (let count = 0; count < 100; count++)
    orThrow(await approvals.ask({ ...WISH, quoteId: `quote ${count}` }));
  expect(await approvals.ask(WISH)).toMatchObject({ failure: { code: 'too-many-approvals' } });
});

test('a code opens its approval only, and wears out under guesses', () => {
  const codes = createApprovalCodes();
  const { code, isNew } = codes.codeOf('one');
  expect(isNew).toBe(true);
  expect(codes.codeOf('one')).toEqual({ code, isNew: false });
  expect(codes.check('another', code)).toBe('unknown');
  expect(codes.check('one', `${code.slice(0, 3)} ${code.slice(3)}`)).toBe('right');
  for (let tries = 0; tries < 4; tries++) expect(codes.check('one', 'guess')).toBe('wrong');
  expect(codes.check('one', '')).toBe('worn-out');
  expect(codes.check('one', code)).toBe('worn-out');
});
