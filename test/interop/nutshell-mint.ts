import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The newest version whose dependencies PyPI still has. */
const VERSION = '0.20.1';
/** What it imports without saying how old it must be. */
const PINNED = ['marshmallow<4', 'limits<4'];
const START_DEADLINE_MS = 90_000;
const LOOK_EVERY_MS = 250;
const run = promisify(execFile);

/** A running nutshell mint with its fake Lightning, which pays every invoice. */
export interface NutshellMint {
  readonly url: string;
  readonly version: string;
  close(): Promise<void>;
}

/**
 * Starts the nutshell mint (https://github.com/cashubtc/nutshell), the reference of Cashu in Python, after installing
 * it from PyPI into a directory that later runs find again. Rejects when it cannot be installed or does not start.
 */
export async function startNutshellMint(tell: (line: string) => void): Promise<NutshellMint> {
  const bin = await installed(tell);
  const dir = await mkdtemp(join(tmpdir(), 'coinop-nutshell-data-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  tell(`starting nutshell ${VERSION} at ${url}`);
  const child = spawn(join(bin, 'mint'), [], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dir,
      CASHU_DIR: dir,
      MINT_DATABASE: join(dir, 'mint'),
      MINT_BACKEND_BOLT11_SAT: 'FakeWallet',
      MINT_PRIVATE_KEY: crypto.randomUUID(),
      MINT_LISTEN_HOST: '127.0.0.1',
      MINT_LISTEN_PORT: String(port),
      MINT_RATE_LIMIT: 'FALSE',
      MINT_INPUT_FEE_PPK: '100',
      FAKEWALLET_DELAY_INCOMING_PAYMENT: '0',
    },
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await answering(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, version: VERSION, close: stop };
}

/** The directory of its programs. */
async function installed(tell: (line: string) => void): Promise<string> {
  const venv = join(tmpdir(), `coinop-nutshell-${VERSION}`);
  const bin = join(venv, 'bin');
  if (existsSync(join(bin, 'mint'))) return bin;
  tell(`installing nutshell ${VERSION} from PyPI into ${venv}`);
  await run('python3', ['-m', 'venv', venv]);
  const packages = [`cashu==${VERSION}`, ...PINNED];
  await run(join(bin, 'pip'), ['install', '--quiet', ...packages], { maxBuffer: 64 << 20 });
  return bin;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  const listen = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000));
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  for (const deadline = Date.now() + START_DEADLINE_MS; Date.now() < deadline;) {
    if (child.exitCode !== null) throw new Error(`nutshell ended at its start:\n${said}`);
    const info = await fetch(`${url}/v1/info`).catch(() => null);
    if (info?.ok === true) return;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`nutshell did not answer in ${START_DEADLINE_MS / 1000} s:\n${said}`);
}
