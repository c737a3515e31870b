import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { failure, success, type Outcome } from '../protocol/index.ts';

const RunningMarket = z
  .object({ relayUrl: z.string(), host: z.string(), mintUrl: z.string().optional() })
  .readonly();

/** A market that runs on this machine, as other commands find it; `host` is `host:port`. */
export type RunningMarket = z.infer<typeof RunningMarket>;

/** The right of one process to run the market of a directory. */
export interface MarketLock {
  /** Lets other commands find the market. */
  publish(market: RunningMarket): Promise<void>;
  close(): Promise<void>;
}

const FILE = 'market.json';

/** Who looks whether a market runs holds the lock for a moment; a market that starts waits so long for it. */
const START_WAIT_MS = 1000;

/**
 * Takes the directory for this process until it ends, however it ends: the operating system keeps the lock,
 * so none is left behind and no number of another process is mistaken for ours. Fails with `market-running`.
 */
export async function lockMarket(dir: string): Promise<Outcome<MarketLock, 'market-running'>> {
  const lock = new DatabaseSync(lockPath(dir), { timeout: START_WAIT_MS });
  if (!tryLock(lock, 'BEGIN EXCLUSIVE')) {
    lock.close();
    return failure('market-running', 'A market already runs here; stop it or use another --home.', { dir });
  }
  await rm(join(dir, FILE), { force: true }); // of a market that crashed
  return success({
    async publish(market) {
      const next = join(dir, `${FILE}.next`);
      await writeFile(next, JSON.stringify(market), { mode: 0o600 });
      await rename(next, join(dir, FILE));
    },
    async close() {
      if (!lock.isOpen) return;
      await rm(join(dir, FILE), { force: true });
      lock.close();
    },
  });
}

/** The market that runs in this directory, or `null`. */
export async function findMarket(dir: string): Promise<RunningMarket | null> {
  const text = await readFile(join(dir, FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return isLocked(dir) ? RunningMarket.parse(JSON.parse(text)) : null;
  } catch {
    return null;
  }
}

function lockPath(dir: string): string {
  return join(dir, 'market.lock');
}

/** A market holds the lock exclusively, so that not even reading is allowed. */
function isLocked(dir: string): boolean {
  const lock = new DatabaseSync(lockPath(dir), { readOnly: true, timeout: 0 });
  try {
    return !tryLock(lock, 'SELECT count(*) FROM sqlite_schema');
  } finally {
    lock.close();
  }
}

function tryLock(lock: DatabaseSync, sql: string): boolean {
  try {
    lock.exec(sql);
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

const SQLITE_BUSY = 5;
