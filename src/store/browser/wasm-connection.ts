import type { SqliteConnection, SqliteStatement, SqliteValue } from '../connection.ts';
import { FILE_NAME, type Sqlite } from './wasm-module.ts';

/** Result codes and types of SQLite. */
const OK = 0;
const ROW = 100;
const DONE = 101;
const INTEGER = 1;
const FLOAT = 2;
const TEXT = 3;
const BLOB = 4;
const OPEN_READ_WRITE_CREATE = 0x2 | 0x4;
/** Tells SQLite to copy what is bound before the call returns. */
const TRANSIENT = -1;

/** A refusal of SQLite; `errcode` as `node:sqlite` has it, so that both are explained by the same table. */
class WasmSqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly errcode: number;

  constructor(message: string, errcode: number) {
    super(message);
    this.errcode = errcode;
  }
}

/** A connection to the one file of that SQLite. */
export interface WasmConnection extends SqliteConnection {
  /** Closes it with all of its statements. */
  close(): void;
}

/** Opens the file. Every call ends before it returns. Throws what SQLite refuses. */
export function connectWasm(sqlite: Sqlite): WasmConnection {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const statements = new Set<number>();

  /** Calls with a copy of these bytes, zero-terminated, in SQLite's memory. */
  const withBytes = <Value>(bytes: Uint8Array, call: (at: number) => Value): Value => {
    const at = sqlite.malloc(bytes.length + 1);
    if (at === 0) throw new WasmSqliteError('out of memory', 7);
    try {
      sqlite.memory.set(bytes, at);
      sqlite.memory[at + bytes.length] = 0;
      return call(at);
    } finally {
      sqlite.free(at);
    }
  };
  const pointerAt = (at: number) => new DataView(sqlite.memory.buffer).getUint32(at, true);

  const [opened, db] = withBytes(encoder.encode(FILE_NAME), (name) =>
    withBytes(new Uint8Array(4), (into) => {
      const code = sqlite.open(name, into, OPEN_READ_WRITE_CREATE, 0);
      return [code, pointerAt(into)] as const;
    }),
  );
  const check = (code: number): void => {
    if (code === OK || code === ROW || code === DONE) return;
    const extended = sqlite.extendedCode(db);
    const message = sqlite.textAt(sqlite.message(db));
    throw new WasmSqliteError(message, extended === OK ? code : extended);
  };
  check(opened);

  /** Compiles the first statement of the text at `sql`; where the rest begins. */
  const compile = (sql: number, bytes: number): { statement: number; rest: number } =>
    withBytes(new Uint8Array(8), (into) => {
      check(sqlite.prepare(db, sql, bytes, into, into + 4));
      return { statement: pointerAt(into), rest: pointerAt(into + 4) };
    });

  const bind = (statement: number, index: number, value: SqliteValue): number => {
    if (value === null) return sqlite.bindNull(statement, index);
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      return sqlite.bindDouble(statement, index, value);
    if (typeof value === 'number' || typeof value === 'bigint') {
      const whole = BigInt(value);
      if (BigInt.asIntN(64, whole) !== whole) throw new RangeError('SQLite stores integers of 64 bits only');
      const low = Number(BigInt.asIntN(32, whole));
      return sqlite.bindInt64(statement, index, low, Number(whole >> 32n));
    }
    const isText = typeof value === 'string';
    const bytes = isText ? encoder.encode(value) : value;
    return withBytes(bytes, (at) =>
      sqlite[isText ? 'bindText' : 'bindBlob'](statement, index, at, bytes.length, TRANSIENT),
    );
  };

  const columnOf = (statement: number, column: number): SqliteValue => {
    const type = sqlite.columnType(statement, column);
    if (type === INTEGER) {
      const low = sqlite.columnInt64(statement, column);
      return (BigInt(sqlite.upperHalf()) << 32n) | BigInt.asUintN(32, BigInt(low));
    }
    if (type === FLOAT) return sqlite.columnDouble(statement, column);
    if (type !== TEXT && type !== BLOB) return null;
    const at = type === TEXT ? sqlite.columnText(statement, column) : sqlite.columnBlob(statement, column);
    const bytes = sqlite.memory.slice(at, at + sqlite.columnBytes(statement, column));
    return type === TEXT ? decoder.decode(bytes) : bytes;
  };

  const execute = (statement: number, values: readonly SqliteValue[], onRow: () => void): void => {
    if (values.length !== sqlite.parameterCount(statement))
      throw new TypeError('a statement is given as many values as it has parameters');
    try {
      for (const [index, value] of values.entries()) check(bind(statement, index + 1, value));
      for (;;) {
        const code = sqlite.step(statement);
        check(code);
        if (code !== ROW) return;
        onRow();
      }
    } finally {
      sqlite.reset(statement);
      sqlite.clearBindings(statement);
    }
  };

  const finalize = (statement: number): void => {
    if (statements.delete(statement)) sqlite.finalize(statement);
  };

  const prepared = (statement: number): SqliteStatement => {
    const names = Array.from({ length: sqlite.columnCount(statement) }, (_, column) =>
      sqlite.textAt(sqlite.columnName(statement, column)),
    );
    return {
      columns: () => names,
      all: (...values) => {
        const rows: Record<string, SqliteValue>[] = [];
        execute(statement, values, () =>
          rows.push(
            Object.fromEntries(names.map((name, column) => [name, columnOf(statement, column)] as const)),
          ),
        );
        return rows;
      },
      run: (...values) => {
        execute(statement, values, () => undefined);
        const low = sqlite.lastRowid(db);
        return {
          changes: sqlite.changes(db),
          lastInsertRowid: (BigInt(sqlite.upperHalf()) << 32n) | BigInt.asUintN(32, BigInt(low)),
        };
      },
      setReadBigInts: () => undefined, // they always are
      finalize: () => finalize(statement),
    };
  };

  return {
    get isTransaction() {
      return sqlite.autocommit(db) === 0;
    },
    exec(sql) {
      const text = encoder.encode(sql);
      withBytes(text, (start) => {
        const end = start + text.length;
        for (let at = start; at < end;) {
          const { statement, rest } = compile(at, end - at);
          at = rest;
          if (statement === 0) continue; // a comment, or white space
          try {
            execute(statement, [], () => undefined);
          } finally {
            sqlite.finalize(statement);
          }
        }
      });
    },
    prepare(sql) {
      const text = encoder.encode(sql);
      const { statement } = withBytes(text, (at) => compile(at, text.length));
      statements.add(statement);
      return prepared(statement);
    },
    close() {
      for (const statement of statements) finalize(statement);
      check(sqlite.close(db));
    },
  };
}
