import type { SqliteConnection, SqliteValue } from '../connection.ts';

/** The rows of some tables, as they can be written down and read into an empty database of the same schema. */
export interface TableCopy {
  /** The last step of the schema. */
  readonly schema: number;
  readonly tables: Readonly<Record<string, CopiedTable>>;
}

/** One table: what its columns are called, and each row in their order. */
export interface CopiedTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqliteValue[])[];
}

/** Why a copy is not read in: `not-empty`: something is there already; `not-a-copy`: it does not fit this schema. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
  readonly code: 'not-empty' | 'not-a-copy';

  constructor(code: CopyRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Copies all tables but those that belong to the schema itself. */
export function copyTables(db: SqliteConnection, ofSchema: readonly string[]): TableCopy {
  const tables = tableNames(db, ofSchema).map((table) => {
    const columns = storedColumns(db, table);
    const rows = db
      .prepare(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table)}`)
      .all()
      .map((row) => columns.map((column) => asValue(row[column])));
    return [table, { columns, rows }] as const;
  });
  return { schema: schemaOf(db), tables: Object.fromEntries(tables) };
}

/**
 * Reads a copy into an empty database, within the transaction of the caller. What the database checks of each row and
 * between rows is checked; that a row begins and moves as it must is not, for a copy shows where rows stand. Throws
 * `CopyRefused`, or what SQLite refuses.
 */
export function fillTables(db: SqliteConnection, copy: TableCopy, ofSchema: readonly string[]): void {
  const names = tableNames(db, ofSchema);
  const isUsed = (table: string) => db.prepare(`SELECT 1 FROM ${quoted(table)} LIMIT 1`).all().length > 0;
  if (names.some(isUsed)) throw new CopyRefused('not-empty', 'There are books already.');
  if (copy.schema !== schemaOf(db) || Object.keys(copy.tables).some((table) => !names.includes(table)))
    throw new CopyRefused('not-a-copy', 'The copy is of another version.');
  const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
  db.exec('PRAGMA defer_foreign_keys = ON');
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${quoted(String(name))}`);
  for (const [table, { columns, rows }] of Object.entries(copy.tables)) {
    const known = storedColumns(db, table);
    if (columns.some((column) => !known.includes(column)))
      throw new CopyRefused('not-a-copy', 'The copy has columns that these books do not have.');
    const places = columns.map(() => '?').join(', ');
    const insert = db.prepare(
      `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${places})`,
    );
    for (const row of rows) insert.run(...row);
    insert.finalize?.();
  }
  for (const { sql } of triggers) db.exec(String(sql));
}

function tableNames(db: SqliteConnection, ofSchema: readonly string[]): readonly string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => name !== 'schema_migrations' && !ofSchema.includes(name));
}

/** Those that are not computed from others. */
function storedColumns(db: SqliteConnection, table: string): readonly string[] {
  return db
    .prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0')
    .all(table)
    .map(({ name }) => String(name));
}

function schemaOf(db: SqliteConnection): number {
  return Number(db.prepare('SELECT max(version) AS version FROM schema_migrations').all()[0]?.['version']);
}

function asValue(value: unknown): SqliteValue {
  if (value === null || typeof value === 'string' || typeof value === 'bigint' || typeof value === 'number')
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError('SQLite gave a value of no known type');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
