import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Something that one process of an account does at a time. */
export interface ProcessLock {
  readonly close: () => void;
}

/**
 * Takes what one process of this directory may do at a time; `null` while another does it. The operating system keeps
 * the lock, so that none is left behind however a process ends.
 */
export function tryLock(dir: string, name: 'backup' | 'forward' | 'withdraw'): ProcessLock | null {
  const lock = new DatabaseSync(join(dir, `${name}.lock`), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { close: () => lock.close() };
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null;
    throw error;
  }
}

const SQLITE_BUSY = 5;
