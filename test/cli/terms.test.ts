import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coinop, startCoinop, type Running } from './coinop.ts';

/** What an operator says in `coinop.toml` besides a price, and what customers hear of it. */

const service = (fields: string) => `[[service]]\nprice_sat = 0\n${fields}\n`;
const WORK = service('id = "worked"\nkind = 5090\nexec = "cat"\nproof_of_work_bits = 8');
const MEMBERS = service(
  'id = "members"\nkind = 5091\nexec = "cat"\n' +
    'conditions = [{ code = "subscription", detail = "https://example.com/join", keys_file = "members.txt" }]',
);
const AGAIN = service(
  'id = "again"\nkind = 5092\nattempts = 2\nretry_after_seconds = 0\nexec = "test -e tried || { touch tried; exit 75; }; cat"',
);

let home: string;
let market: Running;
let serving: Running;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-terms-'));
  await writeFile(join(home, 'members.txt'), `${'ab'.repeat(32)}\n`);
  await writeFile(join(home, 'coinop.toml'), WORK + MEMBERS + AGAIN);
  market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
  await market.says(/The market is open/);
  serving = startCoinop(['serve', '--grace', '2'], { home });
  await serving.says(/selling kind 5092/);
}, 120_000);

afterAll(async () => {
  expect(await serving.interrupt()).toBe(0);
  expect(await market.interrupt()).toBe(0);
  await rm(home, { recursive: true, force: true });
}, 120_000);

const buyFlags = (kind: number, ...flags: string[]) => [
  'buy',
  String(kind),
  'text.txt',
  '--max',
  '0',
  ...flags,
];

test('a stranger is told how much work is asked for, and with --work it is done', async () => {
  await writeFile(join(home, 'text.txt'), 'a job worth eight bits');
  const told = startCoinop(buyFlags(5090), { home });
  await told.says(/declined: .*8 bits of proof of work.* \(`coinop buy --work 8` does that\)/);
  await told.interrupt();
  const bought = await coinop(buyFlags(5090, '--work', '12'), { home });
  expect(bought).toMatchObject({ code: 0, stdout: 'a job worth eight bits\n' });
  expect(bought.stderr).toContain('doing 8 bits of proof of work');
}, 120_000);

test('a condition with a list turns away whom it does not name, and says where to go', async () => {
  const told = startCoinop(buyFlags(5091), { home });
  await told.says(/declined: .*example\.com\/join/);
  await told.interrupt();
}, 120_000);

test('work that may go well another time is tried again', async () => {
  const bought = await coinop(buyFlags(5092), { home });
  expect(bought).toMatchObject({ code: 0, stdout: 'a job worth eight bits\n' });
}, 120_000);

test('what the file sells no more is withdrawn, while it runs and from before the start', async () => {
  const found = async () => {
    const { stdout } = await coinop(['--json', 'find', '--all'], { home });
    return ['worked', 'members', 'again'].filter(
      (id) => stdout.includes(`:${id}"`) || stdout.includes(`"${id}"`),
    );
  };
  await writeFile(join(home, 'coinop.toml'), WORK + MEMBERS);
  serving.child.kill('SIGHUP');
  await serving.says(/no longer sold: again; its announcement is withdrawn/);
  await serving.interrupt();
  await writeFile(join(home, 'coinop.toml'), MEMBERS);
  serving = startCoinop(['serve', '--grace', '2'], { home });
  await serving.says(/no longer sold: worked; its announcement is withdrawn/);
  expect(await found()).toEqual(['members']);
}, 120_000);
