/** Wallet connections in a SQLite file: a door of its own, for servers. */
import { DatabaseSync } from 'node:sqlite';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { openSqlite, type SqliteStore } from '../store/index.ts';
import type { NwcConnections } from './connections/contract.ts';
import { sqlGrants } from './sql/grants.ts';
import { sqlConnectionPayments } from './sql/payments.ts';
import { CONNECTION_MIGRATIONS } from './sql/schema.ts';

/** How often the file is asked whether another process handed out or ended a connection, in milliseconds. */
const LOOK_AGAIN_MS = 500;

/**
 * Opens the connections of one wallet in a SQLite file, made when missing and readable by its owner alone, for it
 * holds the connections' keys. Every resolved promise is on disk. Several processes may hand out and end
 * connections; one serves them. Throws `StoreError` when the file is newer than this program, damaged, or not to
 * be opened; calls reject with `StoreError` when the disk is full or broken.
 */
export function openSqlNwcConnections(options: {
  readonly path: string;
}): NwcConnections & { close(): Promise<void> } {
  const store = openSqlite({ path: options.path, migrations: CONNECTION_MIGRATIONS });
  const ending = new AbortController();
  return {
    ...sqlGrants(store),
    payments: sqlConnectionPayments(store),
    watch: (onChange, signal) => watch(store, onChange, AbortSignal.any([signal, ending.signal])),
    async close() {
      ending.abort();
      await store.close();
    },
  };
}

/** A process cannot be rung by another, so it looks: at the grants themselves, for payments change the file as well. */
function watch(store: SqliteStore, onChange: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const version = store.db.prepare(
    "SELECT count(*) || ':' || count(revoked_at) || ':' || coalesce(max(rowid), 0) AS version FROM nwc_grants",
  );
  let seen = version.get()?.['version'];
  const timer = setInterval(() => {
    const current = version.get()?.['version'];
    if (current === seen) return;
    seen = current;
    onChange();
  }, LOOK_AGAIN_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/**
 * Takes the right to serve the connections of a file for this process until it ends, however it ends: two that
 * served would carry each request out twice. Fails with `connections-served`.
 */
export function lockNwcConnections(
  path: string,
): Outcome<{ readonly close: () => void }, 'connections-served'> {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return success({ close: () => lock.close() });
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    return failure('connections-served', 'Another process serves these connections already: stop it first.');
  }
}

const SQLITE_BUSY = 5;
