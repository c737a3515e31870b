import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../fixtures/postgres-server.ts';

/** Where the providers' books are, and how their database fails. */
export interface ProviderDatabase {
  /** What the providers are told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Nothing is written for a while. */
  pause(forMs: number): Promise<void>;
  /** It ends as by a loss of power, and comes back after a while; what cannot die is paused. */
  die(forMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The SQLite file of one provider: another process that holds its lock makes it wait. */
export function sqliteOf(dir: string): ProviderDatabase {
  const pause = async (forMs: number) => {
    const file = new DatabaseSync(join(dir, 'ledger.sqlite'), { timeout: 0 });
    try {
      const isOurs = await takeTurn(file, forMs); // a provider that stands still in a transaction keeps it
      if (isOurs) await sleep(forMs);
    } finally {
      file.close();
    }
  };
  return { env: {}, pause, die: pause, close: async () => undefined };
}

/** Takes the lock of a file that others write; whether it was to be had in this time. */
async function takeTurn(file: DatabaseSync, withinMs: number): Promise<boolean> {
  const over = performance.now() + withinMs;
  for (;;) {
    try {
      file.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('locked'))) throw error;
    }
    if (performance.now() > over) return false;
    await sleep(TURN_MS);
  }
}

const TURN_MS = 10;

/** A Postgres of its own for several providers. */
export async function postgresOfAll(): Promise<ProviderDatabase> {
  const server = await startPostgres();
  const url = await server.newDatabase();
  return {
    env: { COINOP_DATABASE_URL: url },
    async pause(forMs) {
      const [row] = await server.run(url, `SELECT current_setting('data_directory') AS dir`);
      const postmaster = Number(
        readFileSync(join(String(row?.['dir']), 'postmaster.pid'), 'utf8').split('\n')[0],
      );
      const backends = await server.run(
        url,
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      const all = [postmaster, ...backends.map(({ pid }) => Number(pid))];
      for (const pid of all) signal(pid, 'SIGSTOP');
      await sleep(forMs);
      for (const pid of all) signal(pid, 'SIGCONT');
    },
    async die(forMs) {
      await server.crash();
      await sleep(forMs);
      await server.start();
    },
    close: () => server.remove(),
  };
}

/** A backend may have ended by itself. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
