import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, StoreError, type Migration, type SqliteStore } from './index.ts';

const NOTES: readonly Migration[] = [
  {
    version: 1,
    sql: `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
          CREATE TABLE marks (note INTEGER NOT NULL REFERENCES notes (id)) STRICT;`,
  },
];

interface Schema {
  notes: { id: bigint; body: string };
}

let directory: string;
let path: string;
let store: SqliteStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coinop-store-'));
  path = join(directory, 'books', 'notes.db');
  store = openSqlite({ path, migrations: NOTES });
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const insert = (id: number, body = 'note') =>
  store.write((db) => db.prepare('INSERT INTO notes VALUES (?, ?)').run(id, body));

/** What a reader with a connection of its own sees: committed rows only. */
function committedIds(): number[] {
  const reader = new DatabaseSync(path, { readOnly: true });
  const rows = reader.prepare('SELECT id FROM notes ORDER BY id').all();
  reader.close();
  return rows.map(({ id }) => Number(id));
}

/** Counts the commit frames of the write-ahead log (https://www.sqlite.org/fileformat2.html#walformat). */
function commitsInLog(): number {
  const log = readFileSync(`${path}-wal`);
  const pageSize = log.readUInt32BE(8);
  let commits = 0;
  for (let frame = 32; frame < log.length; frame += 24 + pageSize)
    if (log.readUInt32BE(frame + 4) !== 0) commits++;
  return commits;
}

const codeOf = (error: unknown) => (error instanceof StoreError ? error.code : error);

describe('group commit', () => {
  it('puts concurrent writes into one commit and a lone write into its own', async () => {
    const before = commitsInLog();
    await Promise.all(Array.from({ length: 100 }, (_, id) => insert(id)));
    expect(commitsInLog() - before).toBe(1);
    await insert(100);
    expect(commitsInLog() - before).toBe(2);
    expect(committedIds()).toHaveLength(101);
  });

  it('bounds a batch', async () => {
    const before = commitsInLog();
    await Promise.all(Array.from({ length: 1_100 }, (_, id) => insert(id)));
    expect(commitsInLog() - before).toBe(3);
  });

  it('takes back only the write that throws, all of its statements', async () => {
    const outcomes = await Promise.allSettled([
      insert(1),
      store.write((db) => {
        db.exec("INSERT INTO notes VALUES (2, 'half')");
        throw new Error('changed my mind');
      }),
      store.transaction<Schema, void>(async (trx) => {
        await trx.insertInto('notes').values({ id: 3n, body: 'half' }).execute();
        await trx.insertInto('notes').values({ id: 1n, body: 'taken' }).execute();
      }),
      insert(4),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(committedIds()).toEqual([1, 4]);
  });

  it('resolves only after the commit, in the order of the calls', async () => {
    const seen = await Promise.all([1, 2, 3].map((id) => insert(id).then(() => committedIds())));
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('rejects every write of a batch whose commit fails, and goes on', async () => {
    const codes = await Promise.all([
      insert(1).catch(codeOf),
      store
        .write((db) => db.exec('PRAGMA defer_foreign_keys = ON; INSERT INTO marks VALUES (99)'))
        .catch(codeOf),
      store
        .transaction<Schema, void>(async (trx) => {
          await trx.insertInto('notes').values({ id: 2n, body: 'note' }).execute();
        })
        .catch(codeOf),
    ]);
    expect(codes).toEqual(['store-broken', 'store-broken', 'store-broken']);
    expect(committedIds()).toEqual([]);
    await insert(3);
    expect(committedIds()).toEqual([3]);
  });

  it('refuses an asynchronous function in `write` and takes it back', async () => {
    const write = store.write(async (db) => {
      db.exec("INSERT INTO notes VALUES (1, 'late')");
      await Promise.resolve();
    });
    await expect(write).rejects.toThrow(TypeError);
    expect(committedIds()).toEqual([]);
  });

  it('refuses more waiting writes than it has room for', async () => {
    const writes = Array.from({ length: 20_001 }, () => store.write(() => 'done').catch(codeOf));
    const results = await Promise.all(writes);
    expect(results.filter((result) => result === 'done')).toHaveLength(20_000);
    expect(results.at(-1)).toBe('store-overloaded');
  });

  it('finishes what is queued before it closes, then refuses', async () => {
    const queued = insert(1);
    await store.close();
    await queued;
    expect(committedIds()).toEqual([1]);
    await expect(insert(2).catch(codeOf)).resolves.toBe('store-closed');
    await store.close();
  });
});

describe('Kysely units of work', () => {
  it('hides a batch from reads until it is committed', async () => {
    const reads = store.kysely<Schema>();
    let during: Promise<unknown[]> | null = null;
    const doomed = store.transaction<Schema, void>(async (trx) => {
      await trx.insertInto('notes').values({ id: 1n, body: 'never' }).execute();
      during = reads.selectFrom('notes').selectAll().execute();
      await trx.selectFrom('notes').selectAll().execute();
      throw new Error('no');
    });
    await expect(doomed).rejects.toThrow('no');
    await expect(during).resolves.toEqual([]);
  });

  it('keeps every digit of an amount', async () => {
    const id = 2n ** 62n + 1n;
    await store.transaction<Schema, void>(async (trx) => {
      await trx.insertInto('notes').values({ id, body: 'big' }).execute();
    });
    const row = await store.kysely<Schema>().selectFrom('notes').select('id').executeTakeFirst();
    expect(row?.id).toBe(id);
  });

  it('refuses to await anything foreign, and its Kysely dies with it', async () => {
    const timer = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const stuck = store.transaction<Schema, void>(async (trx) => {
      await trx.insertInto('notes').values({ id: 1n, body: 'stuck' }).execute();
      await timer.promise;
      await trx.insertInto('notes').values({ id: 2n, body: 'late' }).execute().catch(late.resolve);
    });
    await expect(stuck).rejects.toThrow('only its own queries');
    timer.resolve();
    await expect(late.promise).resolves.toMatchObject({ message: 'the transaction is over' });
    expect(committedIds()).toEqual([]);
  });

  it('reports how many rows a change touched', async () => {
    await Promise.all([insert(1), insert(2)]);
    const result = await store.transaction<Schema, bigint>(
      async (trx) => (await trx.updateTable('notes').set({ body: 'new' }).executeTakeFirst()).numUpdatedRows,
    );
    expect(result).toBe(2n);
  });

  it('refuses writes outside of a batch', async () => {
    const write = store.kysely<Schema>().insertInto('notes').values({ id: 1n, body: 'loose' }).execute();
    await expect(write).rejects.toThrow('only selects');
    expect(committedIds()).toEqual([]);
  });
});

const schemaOf = (file: string) => {
  const db = new DatabaseSync(file);
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  db.close();
  return names.map(({ name }) => name);
};
const steps = (...sql: string[]): Migration[] =>
  sql.map((text, index) => ({ version: index + 1, sql: text }));

describe('opening', () => {
  it('makes the directory and the files readable only by their owner', async () => {
    await insert(1);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'books')).mode & 0o777).toBe(0o700);
  });

  it('is durable by default: write-ahead log, full sync, foreign keys', async () => {
    expect(store.db.prepare('PRAGMA journal_mode').get()?.['journal_mode']).toBe('wal');
    expect(store.db.prepare('PRAGMA synchronous').get()?.['synchronous']).toBe(2);
    await expect(store.write((db) => db.exec('INSERT INTO marks VALUES (7)'))).rejects.toThrow('FOREIGN KEY');
  });

  it('runs new steps once and in order', async () => {
    const file = join(directory, 'steps.db');
    await openSqlite({ path: file, migrations: steps('CREATE TABLE a (x)') }).close();
    const migrations = steps('CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'DROP TABLE b; CREATE TABLE c (x)');
    await openSqlite({ path: file, migrations }).close();
    await openSqlite({ path: file, migrations }).close();
    expect(schemaOf(file)).toEqual(['a', 'c', 'schema_migrations']);
  });

  it('leaves the old schema when a step fails', () => {
    const file = join(directory, 'broken.db');
    expect(() =>
      openSqlite({ path: file, migrations: steps('CREATE TABLE a (x)', 'CREATE TABEL b') }),
    ).toThrow();
    expect(schemaOf(file)).toEqual([]);
  });

  it('refuses steps that are not numbered from 1 without gaps', () => {
    const migrations = [{ version: 2, sql: 'CREATE TABLE a (x)' }];
    expect(() => openSqlite({ path: ':memory:', migrations })).toThrow(RangeError);
  });

  it('refuses a database newer than the program', async () => {
    const file = join(directory, 'newer.db');
    await openSqlite({ path: file, migrations: steps('CREATE TABLE a (x)', 'CREATE TABLE b (x)') }).close();
    const open = () => openSqlite({ path: file, migrations: steps('CREATE TABLE a (x)') });
    expect(open).toThrow(expect.objectContaining({ code: 'database-too-new' }));
  });

  it('refuses a file that is no database', () => {
    const file = join(directory, 'letter.txt');
    writeFileSync(file, 'Dear diary, '.repeat(1_000));
    const open = () => openSqlite({ path: file, migrations: NOTES });
    expect(open).toThrow(expect.objectContaining({ code: 'not-a-database' }));
  });

  it('refuses a batch while another process writes, and goes on after', async () => {
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const impatient = openSqlite.bind(null, { path, migrations: NOTES, busyTimeoutMs: 1 });
    expect(impatient).toThrow(expect.objectContaining({ code: 'store-busy' }));
    other.exec('COMMIT');
    const second = impatient();
    other.exec('BEGIN IMMEDIATE');
    await expect(second.write(() => 1).catch(codeOf)).resolves.toBe('store-busy');
    other.exec('COMMIT');
    await expect(second.write(() => 1)).resolves.toBe(1);
    other.close();
    await second.close();
  });
});

describe('a failing disk', () => {
  it('refuses what does not fit with `disk-full`, and takes writes when space returns', async () => {
    const pages = store.db.prepare('PRAGMA page_count').get()?.['page_count'];
    store.db.exec(`PRAGMA max_page_count = ${Number(pages) + 2}`);
    const [fits, tooBig] = await Promise.all([
      insert(1).catch(codeOf),
      insert(2, 'x'.repeat(50_000)).catch(codeOf),
    ]);
    expect(tooBig).toBe('disk-full');
    expect(committedIds()).toEqual(fits === 'disk-full' ? [] : [1]);
    store.db.exec('PRAGMA max_page_count = 1000');
    await insert(3, 'x'.repeat(50_000));
    expect(committedIds()).toContain(3);
  });

  it.skipIf(process.platform === 'win32')(
    'keeps exactly what it acknowledged when the disk stops taking writes',
    async () => {
      const file = join(directory, 'limited.db');
      const program = `
      import { openSqlite } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      const store = openSqlite({ path: ${JSON.stringify(file)}, migrations: ${JSON.stringify(NOTES)} });
      const stored = [];
      let code = null;
      for (let id = 0; id < 1000 && code === null; id += 2) {
        const write = (n) => store.write((db) => db.prepare('INSERT INTO notes VALUES (?, ?)').run(n, 'x'.repeat(5000)));
        try { await Promise.all([write(id), write(id + 1)]); stored.push(id, id + 1); } catch (error) { code = error.code; }
      }
      console.log(JSON.stringify({ stored, code }));`;
      const limited = 'ulimit -f 400 && exec "$0" --input-type=module -e "$1"';
      const child = spawnSync('sh', ['-c', limited, process.execPath, program], { encoding: 'utf8' });
      const report: unknown = JSON.parse(child.stdout);
      const reopened = openSqlite({ path: file, migrations: NOTES });
      const stored = reopened.db.prepare('SELECT id FROM notes ORDER BY id').all();
      await reopened.close();
      expect(stored.length).toBeGreaterThan(10);
      expect(report).toEqual({ stored: stored.map(({ id }) => id), code: 'store-broken' });
    },
  );
});
