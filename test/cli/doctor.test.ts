import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coinop } from './coinop.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-doctor-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Check {
  readonly check: string;
  readonly subject: string;
  readonly status: string;
  readonly found: string;
  readonly todo: string;
}

const checksOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Check);

test('everything that is broken is found at once, with what to do, and nothing is changed', async () => {
  await coinop(['key'], { home });
  const exposed = join(home, 'provider', 'key');
  await chmod(exposed, 0o644);
  const ledger = join(home, 'customer', 'ledger.sqlite');
  await writeFile(ledger, 'this is no database, '.repeat(100));
  await writeFile(join(home, 'config.toml'), 'relayz = []\n');
  const project = await mkdtemp(join(home, 'project-'));
  await writeFile(join(project, 'coinop.toml'), 'nwc = "nostr+walletconnect://feed?secret=beef"\n');

  const checked = await coinop(['doctor'], { home, cwd: project, env: { COINOP_PER_DY_SAT: '9' } });
  expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining('checks-failed') as string });
  const bad = checksOf(checked.stdout).filter(({ status }) => status !== 'ok');
  expect(bad).toMatchObject([
    {
      check: 'config',
      subject: 'coinop.toml',
      status: 'fail',
      found: expect.stringContaining('"nwc" holds a secret') as string,
    },
    { check: 'config', status: 'fail', found: expect.stringContaining('did you mean "relays"?') as string },
    {
      check: 'config',
      subject: 'COINOP_PER_DY_SAT',
      status: 'warn',
      todo: 'Did you mean COINOP_PER_DAY_SAT?',
    },
    { check: 'key', subject: 'provider', status: 'fail', todo: `chmod 600 ${exposed}` },
    {
      check: 'books',
      subject: 'customer/ledger.sqlite',
      status: 'fail',
      todo: expect.stringContaining('coinop restore') as string,
    },
    { check: 'account', status: 'fail' },
  ]);
  for (const secret of ['beef', (await readFile(exposed, 'utf8')).trim()])
    expect(checked.stdout + checked.stderr).not.toContain(secret);
  expect(await readFile(ledger, 'utf8')).toMatch(/^this is no database/);
}, 60_000);

test('a relay that does not answer and a wallet that is not there are told apart', async () => {
  const fresh = await mkdtemp(join(home, 'fresh-'));
  const checked = await coinop(['doctor', '--relay', 'ws://127.0.0.1:1'], { home: fresh });
  expect(checked.code).toBe(1);
  const checks = checksOf(checked.stdout);
  expect(checks.find(({ check }) => check === 'relay')).toMatchObject({
    subject: 'ws://127.0.0.1:1',
    status: 'fail',
    found: expect.stringMatching(/^unreachable/) as string,
  });
  expect(checks.find(({ check }) => check === 'wallet')).toMatchObject({ status: 'warn' });
}, 60_000);
