import type { Migration } from './contract.ts';
import { checkNumbers, wordsFor } from './migrate.ts';
import type { LentConnection } from './postgres-connections.ts';
import { StoreError } from './store-error.ts';

/** Processes that open the same database at once migrate it one after another. Any number that nobody else takes does. */
const MIGRATION_LOCK = '7161270394155';

/**
 * Brings the tables of `name` to the last of these steps, in one transaction, while others may use them. Steps only add
 * to what is there, so that older programs go on; one that knows less than the database `needs` is refused with
 * `database-too-new`, here and at its next start, and one whose clock is off with `clock-differs`.
 */
export async function migratePostgres(
  connection: LentConnection,
  name: string,
  migrations: readonly Migration[],
): Promise<void> {
  checkNumbers(migrations, migrations[0]?.version ?? 1);
  const known = migrations.at(-1)?.version ?? 0;
  const ask = (sql: string, parameters: readonly unknown[] = []) => connection.query({ sql, parameters });
  try {
    await connection.begin();
    await ask(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await ask(`CREATE TABLE IF NOT EXISTS schema_migrations (
      name TEXT NOT NULL, version BIGINT NOT NULL, needs BIGINT NOT NULL, PRIMARY KEY (name, version))`);
    const { rows } = await ask(
      `SELECT coalesce(max(version), 0)::text AS version, coalesce(max(needs), 0)::text AS needs
       FROM schema_migrations WHERE name = $1`,
      [name],
    );
    const applied = numberIn(rows[0], 'version');
    const needs = numberIn(rows[0], 'needs');
    if (needs > known)
      throw new StoreError(
        'database-too-new',
        `The database needs a program that knows schema ${needs}, this one knows ${known}; run a newer version of it.`,
      );
    for (const step of migrations.filter(({ version }) => version > applied)) {
      await connection.script(wordsFor('postgres', step.sql));
      await ask('INSERT INTO schema_migrations (name, version, needs) VALUES ($1, $2, $3)', [
        name,
        step.version,
        step.needs ?? 0,
      ]);
    }
    await ask('COMMIT');
  } catch (error) {
    await ask('ROLLBACK').catch(() => undefined); // a connection that broke has nothing to take back
    throw error;
  }
}

function numberIn(row: unknown, column: string): number {
  const value = typeof row === 'object' && row !== null ? Reflect.get(row, column) : null;
  return Number(value);
}
