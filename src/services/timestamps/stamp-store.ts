import type { Migration } from '../../store/index.ts';
import { parseEvent, parseJson, success, type NostrEvent, type Outcome } from '../../protocol/index.ts';
import { openShelfStore } from '../shelf-store.ts';

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE stamps (
        digest TEXT PRIMARY KEY,
        proof BLOB NOT NULL,
        is_confirmed INTEGER NOT NULL DEFAULT 0,
        event TEXT, -- the signed proof event, once there is one
        at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX stamps_by_time ON stamps (at);
    `,
  },
];

/** Proofs that are remembered, the newest; each has a few kilobytes. */
const MAX_STAMPS = 20_000;

/** How far the stamp of a digest is. */
export interface Stamp {
  readonly proof: Uint8Array;
  /** It leads into a block. */
  readonly isConfirmed: boolean;
  /** What was signed about it, to be published again rather than anew. */
  readonly event: NostrEvent | null;
}

/** Stamps by digest, so that hours of waiting outlive a restart and nothing is stamped twice. */
export interface StampStore {
  find(digest: string): Stamp | null;
  save(digest: string, stamp: Stamp): Promise<void>;
  close(): Promise<void>;
}

/** Opens the stamps; fails with the code of a `StoreError`. */
export function openStampStore(path: string, now: () => number): Outcome<StampStore> {
  const opened = openShelfStore(path, MIGRATIONS);
  if (!opened.ok) return opened;
  const store = opened.value;
  return success({
    find(digest) {
      const row = store.db
        .prepare('SELECT proof, is_confirmed, event FROM stamps WHERE digest = ?')
        .get(digest);
      if (row === undefined || !(row['proof'] instanceof Uint8Array)) return null;
      const event = parseEvent(parseJson(String(row['event'] ?? '')));
      return {
        proof: row['proof'],
        isConfirmed: row['is_confirmed'] === 1,
        event: event.ok ? event.value : null,
      };
    },
    async save(digest, { proof, isConfirmed, event }) {
      await store.write((db) => {
        db.prepare(
          `INSERT INTO stamps VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET proof = excluded.proof, is_confirmed = excluded.is_confirmed,
             event = excluded.event, at = excluded.at`,
        ).run(digest, proof, isConfirmed ? 1 : 0, event === null ? null : JSON.stringify(event), now());
        db.prepare(
          'DELETE FROM stamps WHERE at < (SELECT at FROM stamps ORDER BY at DESC LIMIT 1 OFFSET ?)',
        ).run(MAX_STAMPS);
      });
    },
    close: () => store.close(),
  });
}
