/** Zaps between invoice and receipt in a SQLite file: a door of its own, for servers. */
import { sql, type ColumnType, type Kysely, type Selectable } from 'kysely';
import { msat, orThrow, parseEvent, parseJson, success, type Outcome } from '../protocol/index.ts';
import { openSqlite, type Migration } from '../store/index.ts';
import { MAX_UNFINISHED_ZAPS, tooManyZaps, type ZapRecord, type ZapRecords } from './zap-records.ts';

/** Whole numbers come back as `bigint`. */
type Integer = ColumnType<bigint, bigint | number, never>;

/** Amounts are millisatoshis, times unix seconds. */
interface ZapsSchema {
  zaps: {
    payment_hash: string;
    bolt11: string;
    amount_msat: Integer;
    description: string;
    /** A JSON list of URLs. */
    relays: string;
    expires_at: Integer;
    state: 'open' | 'receipt-due';
    /** The signed event as JSON. */
    receipt: string | null;
  };
}

/** A receipt is signed once: whatever a program tries, one that stands is not replaced by another. */
const ZAP_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE zaps (
        payment_hash TEXT PRIMARY KEY,
        bolt11 TEXT NOT NULL,
        amount_msat INTEGER NOT NULL CHECK (amount_msat > 0),
        description TEXT NOT NULL,
        relays TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'receipt-due')),
        receipt TEXT,
        CHECK ((state = 'receipt-due') = (receipt IS NOT NULL))
      ) STRICT;
      CREATE TRIGGER zaps_receipt_stands BEFORE UPDATE ON zaps
        WHEN OLD.receipt IS NOT NULL AND OLD.receipt IS NOT NEW.receipt
        BEGIN SELECT RAISE(ABORT, 'a receipt that was signed stays as it is'); END;
    `,
  },
];

/**
 * Opens the zaps of one pay server in a SQLite file, made when missing; `:memory:` for zaps that end with the
 * process. Every resolved promise is on disk. Those that are finished are forgotten, and at most `maxUnfinished`
 * (1,000 unless told) are kept. Throws `StoreError` when the file is newer than this program, damaged, or not to be
 * opened; calls reject with `StoreError` when the disk is full or broken.
 */
export function openSqlZapRecords(options: {
  readonly path: string;
  readonly maxUnfinished?: number;
}): ZapRecords & { close(): Promise<void> } {
  const { path, maxUnfinished = MAX_UNFINISHED_ZAPS } = options;
  const store = openSqlite({ path, migrations: ZAP_MIGRATIONS });
  const read = store.kysely<ZapsSchema>();
  return {
    add: (zap) =>
      store.transaction<ZapsSchema, Outcome<void, 'too-many-zaps'>>(async (trx) => {
        if ((await countOf(trx)) >= maxUnfinished) return tooManyZaps();
        await trx.insertInto('zaps').values(newRow(zap)).execute();
        return success(undefined);
      }),
    change: (paymentHash, seen, change) =>
      store.transaction<ZapsSchema, boolean>(async (trx) => {
        if (seen !== 'open' && seen !== 'receipt-due') return false; // those are forgotten
        const { numAffected } =
          change.state === 'receipt-due'
            ? await markDue(trx, paymentHash, seen, JSON.stringify(change.receipt))
            : await forget(trx, paymentHash, seen);
        return numAffected === 1n;
      }),
    async get(paymentHash) {
      const row = await read
        .selectFrom('zaps')
        .selectAll()
        .where('payment_hash', '=', paymentHash)
        .executeTakeFirst();
      return row === undefined ? null : recordOf(row);
    },
    async unfinished() {
      const rows = await read
        .selectFrom('zaps')
        .selectAll()
        .orderBy(sql`rowid`)
        .execute();
      return rows.map(recordOf);
    },
    close: () => store.close(),
  };
}

async function countOf(trx: Kysely<ZapsSchema>): Promise<number> {
  const { count } = await trx
    .selectFrom('zaps')
    .select(sql<bigint>`count(*)`.as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function markDue(
  trx: Kysely<ZapsSchema>,
  paymentHash: string,
  seen: ZapsSchema['zaps']['state'],
  receipt: string,
) {
  const { numUpdatedRows } = await trx
    .updateTable('zaps')
    .set({ state: 'receipt-due', receipt })
    .where('payment_hash', '=', paymentHash)
    .where('state', '=', seen)
    .executeTakeFirstOrThrow();
  return { numAffected: numUpdatedRows };
}

async function forget(trx: Kysely<ZapsSchema>, paymentHash: string, seen: ZapsSchema['zaps']['state']) {
  const { numDeletedRows } = await trx
    .deleteFrom('zaps')
    .where('payment_hash', '=', paymentHash)
    .where('state', '=', seen)
    .executeTakeFirstOrThrow();
  return { numAffected: numDeletedRows };
}

function newRow(zap: Omit<ZapRecord, 'state' | 'receipt'>) {
  return {
    payment_hash: zap.paymentHash,
    bolt11: zap.bolt11,
    amount_msat: zap.amountMsat,
    description: zap.description,
    relays: JSON.stringify(zap.relays),
    expires_at: zap.expiresAt,
    state: 'open' as const,
    receipt: null,
  };
}

function recordOf(row: Selectable<ZapsSchema['zaps']>): ZapRecord {
  return {
    paymentHash: row.payment_hash,
    bolt11: row.bolt11,
    amountMsat: msat(row.amount_msat),
    description: row.description,
    relays: relaysOf(row.relays),
    expiresAt: Number(row.expires_at),
    state: row.state,
    receipt: row.receipt === null ? null : orThrow(parseEvent(parseJson(row.receipt))),
  };
}

function relaysOf(text: string): readonly string[] {
  const relays = parseJson(text);
  return Array.isArray(relays) ? relays.filter((relay) => typeof relay === 'string') : [];
}
