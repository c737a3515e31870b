/**
 * Runs the wallet contract against a real LNbits server: installed from PyPI into a virtual environment that is kept,
 * started with its FakeWallet, in which wallets of the same server pay each other with money that its administrator
 * made up. Holds, and money that leaves the server, are not tried: FakeWallet has neither.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../src/clock/index.ts';

const VERSION = '1.6.2';
/** LNbits does not bound bitstring, whose version 5 lacks what it imports. */
const PACKAGES = [`lnbits==${VERSION}`, 'bitstring<5'];
const PYTHONS = ['python3.12', 'python3.11', 'python3.10', 'python3'];
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;
const FUNDS_SATS = 100_000;

const environment = join(tmpdir(), 'coinop-interop', `lnbits-${VERSION}`);
const program = join(environment, 'bin', 'lnbits');

// An interrupt reaches the tests first; the server is stopped after them.
process.on('SIGINT', () => undefined);

say(`installing LNbits ${VERSION} into ${environment}`);
await install();
const dataDir = await mkdtemp(join(tmpdir(), 'coinop-lnbits-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const server = start();
try {
  await untilHealthy(server);
  const [payerKey, payeeKey] = await openFundedWallets();
  say('LNbits with FakeWallet is up and two wallets are funded; running the wallet contract against it');
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      'test/money/lnbits-wallet.test.ts',
      '-t',
      'a real LNbits server',
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        COINOP_TEST_LNBITS_URL: url,
        COINOP_TEST_LNBITS_KEY: payerKey,
        COINOP_TEST_LNBITS_PAYEE_KEY: payeeKey,
        // FakeWallet writes invoices of the main network.
        COINOP_TEST_LNBITS_NETWORK: 'bitcoin',
      },
    },
  );
  if (status !== 0) throw new Error('the wallet contract does not hold against LNbits');
  say(`the wallet contract holds against LNbits ${VERSION}, without holds and outside payments`);
} finally {
  await stop(server);
  await rm(dataDir, { recursive: true, force: true });
}

async function install(): Promise<void> {
  if (!existsSync(program)) {
    const python = PYTHONS.find(isSupported);
    if (python === undefined) throw new Error('LNbits needs Python 3.10, 3.11 or 3.12: install one');
    await mkdir(environment, { recursive: true });
    run(python, ['-m', 'venv', '--clear', environment]);
  }
  // The pip of the environment: it does nothing when all is there already.
  run(join(environment, 'bin', 'pip'), ['install', '--quiet', ...PACKAGES]);
}

function isSupported(python: string): boolean {
  const check = 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))';
  return spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0;
}

function run(command: string, parameters: readonly string[]): void {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${parameters[0]} failed`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return free;
}

/** LNbits looks for its static files below the working directory, and leaves the work to a child: they are one group. */
function start(): ChildProcess {
  const lib = join(environment, 'lib');
  const [version = ''] = readdirSync(lib);
  return spawn(program, ['--host', '127.0.0.1', '--port', String(port)], {
    cwd: join(lib, version, 'site-packages'),
    stdio: 'ignore',
    detached: true,
    env: {
      ...process.env,
      LNBITS_BACKEND_WALLET_CLASS: 'FakeWallet',
      LNBITS_DATA_FOLDER: dataDir,
      LNBITS_EXTENSIONS_PATH: dataDir,
      LNBITS_ADMIN_UI: 'true',
    },
  });
}

/** Ends LNbits with its child. The group is gone when it takes no more signals. */
async function stop(started: ChildProcess): Promise<void> {
  const { pid } = started;
  const deadline = AbortSignal.timeout(STOP_TIMEOUT_MS);
  for (let signal: 'SIGTERM' | 0 = 'SIGTERM'; pid !== undefined && reaches(-pid, signal); signal = 0) {
    if (deadline.aborted) reaches(-pid, 'SIGKILL');
    await pause(100, new AbortController().signal);
  }
}

function reaches(group: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return process.kill(group, signal);
  } catch {
    return false; // nobody is there
  }
}

async function untilHealthy(started: ChildProcess): Promise<void> {
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
  started.on('error', () => undefined); // shows as an exit code
  while (!deadline.aborted && started.exitCode === null) {
    const healthy = await fetch(`${url}/api/v1/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return;
    await pause(250, deadline);
  }
  throw new Error('LNbits did not start');
}

/** The admin keys of two new wallets, credited by the administrator. */
async function openFundedWallets(): Promise<[string, string]> {
  const password = randomBytes(16).toString('hex');
  const administrator = { username: 'interop', password, password_repeat: password };
  const { access_token: token } = await ask('PUT', '/api/v1/auth/first_install', administrator);
  const open = async (): Promise<string> => {
    const { id, adminkey } = await ask('POST', '/api/v1/account', { name: 'interop' });
    await ask('PUT', '/users/api/v1/balance', { id, amount: FUNDS_SATS }, String(token));
    return String(adminkey);
  };
  return [await open(), await open()];
}

async function ask(
  method: string,
  path: string,
  body: unknown,
  token?: string,
): Promise<Record<string, unknown>> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`LNbits answered ${answer.status} to ${path}`);
  return (await answer.json()) as Record<string, unknown>;
}

function say(words: string): void {
  process.stdout.write(`interop: ${words}\n`);
}
