/** SQLite in a browser: a door of its own, for workers. */
import type { Migration, SingleWriterStore } from './contract.ts';
import { PageFile } from './browser/page-file.ts';
import { openPages, type KeptPages } from './browser/pages.ts';
import { connectWasm, type WasmConnection } from './browser/wasm-connection.ts';
import { copyTables, fillTables, type TableCopy } from './browser/table-copy.ts';
import { loadSqlite } from './browser/wasm-module.ts';
import { GroupCommit, type AfterTurn } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { queryRunner } from './query-runner.ts';
import { explainSqliteError } from './store-error.ts';
import { committedReads, unitOfWork } from './unit-of-work.ts';

export { CopyRefused, type CopiedTable, type TableCopy } from './browser/table-copy.ts';

/** A database in a browser. */
export interface BrowserStore extends SingleWriterStore {
  /** Everything in it, but for the tables that belong to the schema. */
  copy(ofSchema: readonly string[]): Promise<TableCopy>;
  /** Reads a copy into it while it is empty: all of it is on the disk, or nothing. Rejects with `CopyRefused`. */
  fill(copy: TableCopy, ofSchema: readonly string[]): Promise<void>;
}

/**
 * Opens (or makes) a database of this origin for money, to be used in a worker: SQLite compiled to wasm works on the
 * whole file in memory, and each commit is one strict transaction of IndexedDB, on the disk before its promise
 * resolves. Opening takes it over: who had it open before is refused from then on, in the transaction that would have
 * written. `schema` runs at every start, after the migrations. Throws `StoreError` as `openSqlite` does.
 */
export async function openBrowserSqlite(options: {
  readonly name: string;
  readonly migrations: readonly Migration[];
  readonly schema?: string;
}): Promise<BrowserStore> {
  const kept = await openPages(options.name);
  try {
    const file = new PageFile(kept.loaded);
    const db = connectWasm(await loadSqlite(file));
    db.exec(SETTINGS);
    migrate(db, options.migrations);
    if (options.schema !== undefined) db.exec(options.schema);
    await persist(file, kept);
    return browserStore(db, () => persist(file, kept), kept);
  } catch (error) {
    kept.close();
    throw explainSqliteError(error);
  }
}

/** The file is written at commits alone, and what SQLite needs besides stays in memory. */
const SETTINGS = `PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY;
PRAGMA cache_spill = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;`;

/** Brings to the disk what SQLite has committed in memory; when that fails, memory forgets it as well. */
async function persist(file: PageFile, kept: KeptPages): Promise<void> {
  const changed = file.changed();
  if (changed === null) return;
  try {
    await kept.write(changed);
    file.keep();
  } catch (error) {
    file.takeBack(); // SQLite sees by the file's change counter that its cache is of another version
    throw error;
  }
}

function browserStore(db: WasmConnection, bringToDisk: () => Promise<void>, kept: KeptPages): BrowserStore {
  const { afterTurn, close } = turnsOfEventLoop();
  const commits = new GroupCommit(db, afterTurn, bringToDisk);
  const query = queryRunner(db);
  let closing: Promise<void> | null = null;
  return {
    engine: 'sqlite',
    transaction: (run) => commits.run(() => unitOfWork(query, run, afterTurn)),
    kysely: () => committedReads(commits, query),
    copy: (ofSchema) => commits.run(() => copyTables(db, ofSchema)),
    fill: (copy, ofSchema) => commits.run(() => fillTables(db, copy, ofSchema)),
    close: () =>
      (closing ??= commits.close().then(() => {
        close();
        db.close();
        kept.close();
      })),
  };
}

/** Timers are late in a tab that is hidden; messages are not. */
function turnsOfEventLoop(): { readonly afterTurn: AfterTurn; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const waiting: { call: (() => void) | null }[] = [];
  port1.addEventListener('message', () => waiting.shift()?.call?.());
  port1.start();
  return {
    afterTurn(call) {
      const turn: (typeof waiting)[number] = { call };
      waiting.push(turn);
      port2.postMessage(null);
      return () => {
        turn.call = null;
      };
    },
    close: () => port1.close(),
  };
}
