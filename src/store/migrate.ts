import type { SqliteConnection } from './connection.ts';
import type { Engine, Migration } from './contract.ts';
import { StoreError } from './store-error.ts';

/**
 * Brings the schema to the last of these steps in one transaction, so that a crash leaves the old schema or
 * the new one. Steps that ran before are not run again. Throws `StoreError` `database-too-new` when the
 * database has a step that this program does not know.
 */
export function migrate(db: SqliteConnection, migrations: readonly Migration[]): void {
  checkNumbers(migrations, 1);
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec('CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY) STRICT');
    const applied = Number(
      db.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_migrations').all()[0]?.['version'],
    );
    if (applied > migrations.length)
      throw new StoreError(
        'database-too-new',
        `The database has schema ${applied}, this program knows ${migrations.length}; run a newer version of it.`,
      );
    const record = db.prepare('INSERT INTO schema_migrations (version) VALUES (?)');
    for (const { version, sql } of migrations.slice(applied)) {
      db.exec(wordsFor('sqlite', sql));
      record.run(version);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Throws unless the steps count up from `first` without gaps: a gap is a step that somebody forgot. */
export function checkNumbers(migrations: readonly Migration[], first: number): void {
  for (const [index, { version }] of migrations.entries())
    if (version !== first + index)
      throw new RangeError(
        `migration ${version} stands where ${first + index} must: number them from ${first} without gaps`,
      );
}

/** What a step says to that engine. */
export function wordsFor(engine: Engine, sql: Migration['sql']): string {
  return typeof sql === 'string' ? sql : sql[engine];
}
