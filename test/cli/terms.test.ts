import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

const PICTURE = service(
  'id = "picture"\nkind = 5100\nexec = { command = "sh ./draw.sh", protocol = "json-lines" }',
);
/** Half a megabyte that is the same each time, too much for a relay. */
const DRAW = `head -c 500000 /dev/zero | tr '\\0' x > "$TMPDIR/drawn"
echo '{"type":"result","file":{"path":"drawn","mediaType":"image/png","name":"../../fox.png"}}'`;

let home: string;
let market: Running;
let serving: Running;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-terms-'));
  await writeFile(join(home, 'members.txt'), `${'ab'.repeat(32)}\n`);
  await writeFile(join(home, 'coinop.toml'), WORK + MEMBERS + AGAIN + PICTURE);
  await writeFile(join(home, 'draw.sh'), DRAW);
  market = startCoinop(['up', '--no-demo', '--port', '0'], { home });
  await market.says(/The market is open/);
  serving = startCoinop(['serve', '--grace', '2'], { home });
  await serving.says(/selling kind 5100/);
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
  const told = await coinop(buyFlags(5091), { home }); // ends by itself: nobody else is known to sell it
  expect(told.stderr).toMatch(/✖ kind 5091: .* declined: .*example\.com\/join/);
  expect(told).toMatchObject({ code: 3, stdout: '' });
}, 120_000);

test('work that may go well another time is tried again', async () => {
  const bought = await coinop(buyFlags(5092), { home });
  expect(bought).toMatchObject({ code: 0, stdout: 'a job worth eight bits\n' });
}, 120_000);

test('a file that is bought lies beside the command, by a name of ours, or where --save says', async () => {
  const before = new Set(await readdir(home));
  const bought = await coinop(buyFlags(5100), { home });
  expect(bought).toMatchObject({ code: 0 });
  const [drawn = '', ...others] = (await readdir(home)).filter((name) => !before.has(name));
  expect([drawn, others]).toEqual([expect.stringMatching(/^coinop-[0-9a-f]{12}\.png$/), []]);
  const bytes = await readFile(join(home, drawn));
  expect(bytes.equals(Buffer.alloc(500_000, 'x'))).toBe(true);
  expect((await coinop(buyFlags(5100, '--save', 'mine.png'), { home })).code).toBe(0);
  expect((await readFile(join(home, 'mine.png'))).equals(bytes)).toBe(true);
}, 120_000);

test('a module of the command line that said its own kind, and is gone, is no longer announced', async () => {
  const file = join(home, 'own.mjs');
  const flags = ['serve', '--module', 'own.mjs', '--price', '0', '--grace', '2'];
  await writeFile(
    file,
    "export const service = { id: 'own', kind: 5095, priceMsat: 0n, handler: async ({ text }) => text };",
  );
  const selling = startCoinop(flags, { home });
  await selling.says(/selling kind 5095/);
  await selling.interrupt();
  await rm(file);
  const gone = await coinop(flags, { home });
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('no longer sold: own;') as string });
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
  await serving.interrupt();
  const withdrawn = await coinop(['--json', 'serve', '--withdraw'], { home });
  expect(withdrawn.code).toBe(0);
  expect(withdrawn.stdout).toContain('"members"');
  expect(await found()).toEqual([]);
}, 120_000);
