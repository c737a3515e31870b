import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { failure, success, type Outcome } from '../protocol/index.ts';

const RunningMarket = z.object({ relayUrl: z.string(), host: z.string(), pid: z.number() }).readonly();

/** A market that runs on this machine, as other commands find it; `host` is `host:port`. */
export type RunningMarket = z.infer<typeof RunningMarket>;

/** The right of one process to run the market of a directory. */
export interface MarketLock {
  /** Lets other commands find the market. */
  publish(market: Omit<RunningMarket, 'pid'>): Promise<void>;
  close(): Promise<void>;
}

const FILE = 'market.json';

/**
 * Takes the directory for this process. A lock left by a process that is gone is taken over.
 * Fails with `market-running`.
 */
export async function lockMarket(dir: string): Promise<Outcome<MarketLock, 'market-running'>> {
  const path = join(dir, 'market.pid');
  for (let tries = 0; tries < 3; tries++) {
    if (await createExclusively(path, String(process.pid))) return success(lockOf(dir, path));
    const pid = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(pid))
      return failure(
        'market-running',
        `A market already runs here (process ${pid}); stop it or use another --dir.`,
        {
          pid,
        },
      );
    await rm(path, { force: true });
  }
  return failure('market-running', 'Another market is starting here; try again.');
}

function lockOf(dir: string, path: string): MarketLock {
  return {
    async publish(market) {
      const next = join(dir, `${FILE}.${process.pid}`);
      await writeFile(next, JSON.stringify({ ...market, pid: process.pid }), { mode: 0o600 });
      await rename(next, join(dir, FILE));
    },
    async close() {
      await rm(join(dir, FILE), { force: true });
      await rm(path, { force: true });
    },
  };
}

async function createExclusively(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(text);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The market that runs in this directory, or `null`. */
export async function findMarket(dir: string): Promise<RunningMarket | null> {
  const text = await readFile(join(dir, FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const market = RunningMarket.parse(JSON.parse(text));
    return isAlive(market.pid) ? market : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
