/// <reference types="@journeyapps/wa-sqlite" />
import makeModule from '@journeyapps/wa-sqlite/dist/wa-sqlite.mjs';
import type { PageFile } from './page-file.ts';
import { fileSystemOf } from './wasm-file-system.ts';

/** What we call of SQLite's C interface (https://www.sqlite.org/c3ref/funclist.html), by the names that we use. */
const CALLS = {
  malloc: 'sqlite3_malloc',
  free: 'sqlite3_free',
  open: 'sqlite3_open_v2',
  close: 'sqlite3_close',
  autocommit: 'sqlite3_get_autocommit',
  extendedCode: 'sqlite3_extended_errcode',
  changes: 'sqlite3_changes',
  lastRowid: 'sqlite3_last_insert_rowid',
  prepare: 'sqlite3_prepare_v2',
  step: 'sqlite3_step',
  reset: 'sqlite3_reset',
  clearBindings: 'sqlite3_clear_bindings',
  finalize: 'sqlite3_finalize',
  parameterCount: 'sqlite3_bind_parameter_count',
  bindNull: 'sqlite3_bind_null',
  bindInt64: 'sqlite3_bind_int64',
  bindDouble: 'sqlite3_bind_double',
  bindText: 'sqlite3_bind_text',
  bindBlob: 'sqlite3_bind_blob',
  columnCount: 'sqlite3_column_count',
  columnName: 'sqlite3_column_name',
  columnType: 'sqlite3_column_type',
  columnInt64: 'sqlite3_column_int64',
  columnDouble: 'sqlite3_column_double',
  columnText: 'sqlite3_column_text',
  columnBlob: 'sqlite3_column_blob',
  columnBytes: 'sqlite3_column_bytes',
  message: 'sqlite3_errmsg',
} as const;

/**
 * One of them. Pointers are numbers, and so are the halves of what has 64 bits: given as the lower and the upper one,
 * and returned as the lower one beside `upperHalf`.
 */
type SqliteCall = (...values: number[]) => number;

/** A SQLite of its own. */
export interface Sqlite extends Readonly<Record<keyof typeof CALLS, SqliteCall>> {
  /** Its memory, as it is now: it grows, and then the view is another. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Of the last 64-bit number that was returned. */
  upperHalf(): number;
  /** The zero-terminated text at that place. */
  textAt(at: number): string;
}

/** As much of the module as makes one. */
interface WasmModule {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  cwrap(name: string, returns: 'number'): SqliteCall;
  vfs_register(vfs: object, makeDefault: boolean): number;
  getTempRet0(): number;
  UTF8ToString(at: number): string;
}

/** Loads a SQLite whose only file is that one, named `FILE_NAME`. */
export async function loadSqlite(file: PageFile): Promise<Sqlite> {
  const module: WasmModule = await makeModule();
  module.vfs_register(fileSystemOf(module, file), true);
  const calls = Object.entries(CALLS).map(([name, symbol]) => [name, module.cwrap(symbol, 'number')]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `Object.fromEntries` forgets which names there are
  const named = Object.fromEntries(calls) as Record<keyof typeof CALLS, SqliteCall>;
  return {
    ...named,
    get memory() {
      return module.HEAPU8;
    },
    upperHalf: () => module.getTempRet0(),
    textAt: (at) => module.UTF8ToString(at),
  };
}

/** What the one file is called. */
export const FILE_NAME = 'books';
