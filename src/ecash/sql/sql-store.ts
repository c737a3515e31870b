import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { SqliteStore } from '../../store/index.ts';
import type {
  EcashOperation,
  EcashStore,
  NewProof,
  OperationEnd,
  ProofFilter,
  StoredProof,
} from '../store.ts';
import { readOperation, readProof, storedOutputs } from './rows.ts';

/** The books of an ecash wallet over SQLite. Writes are synchronous, so that reads never see half of one. */
export function sqlEcashStore(store: SqliteStore): EcashStore {
  const { db } = store;
  return {
    takeCounters: (keysetId, count) => store.write(() => takeCounters(db, keysetId, count)),
    raiseCounter: (keysetId, next) =>
      store.write(() => {
        db.prepare(
          `INSERT INTO counters (keyset_id, next) VALUES (?, ?)
           ON CONFLICT DO UPDATE SET next = max(next, excluded.next)`,
        ).run(keysetId, next);
      }),
    begin: (operation, inputs) => store.write(() => begin(db, operation, inputs)),
    end: (operationId, end) => store.write(() => endOperation(db, operationId, end)),
    operation: async (id) => findOperation(db, id),
    openOperations: async () =>
      rows(db, `SELECT * FROM operations WHERE state = 'open' ORDER BY created_at, rowid`).map(readOperation),
    operations: async ({ limit, after = '', about }) =>
      (about === undefined
        ? rows(db, 'SELECT * FROM operations WHERE id > ? ORDER BY id LIMIT ?', after, limit)
        : rows(
            db,
            'SELECT * FROM operations WHERE about = ? AND id > ? ORDER BY id LIMIT ?',
            about,
            after,
            limit,
          )
      ).map(readOperation),
    proofs: async (filter) => proofs(db, filter),
    addRestored: (restored) =>
      store.write(() => {
        const fresh = restored.filter(
          ({ y }) => rows(db, 'SELECT 1 FROM proofs WHERE y = ?', y).length === 0,
        );
        for (const proof of fresh) insertProof(db, proof, { state: 'free', heldBy: null });
        return fresh.length;
      }),
    note: async (name) => {
      const [row] = rows(db, 'SELECT text FROM notes WHERE name = ?', name);
      return row === undefined ? null : String(row['text']);
    },
    saveNote: (name, text) =>
      store.write(() => {
        db.prepare('INSERT OR REPLACE INTO notes (name, text) VALUES (?, ?)').run(name, text);
      }),
    close: () => store.close(),
  };
}

function takeCounters(db: DatabaseSync, keysetId: string, count: number): number {
  const [row] = rows(
    db,
    `INSERT INTO counters (keyset_id, next) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET next = next + excluded.next RETURNING next`,
    keysetId,
    count,
  );
  return Number(row?.['next']) - count;
}

function begin(
  db: DatabaseSync,
  operation: EcashOperation,
  { ownYs, received }: Parameters<EcashStore['begin']>[1],
): Awaited<ReturnType<EcashStore['begin']>> {
  if ((findOperation(db, operation.id)?.state ?? 'failed') !== 'failed') return 'known';
  const isFree = (y: string) => rows(db, `SELECT 1 FROM proofs WHERE y = ? AND state = 'free'`, y).length > 0;
  const isKnown = ({ y }: NewProof) => rows(db, 'SELECT 1 FROM proofs WHERE y = ?', y).length > 0;
  if (!ownYs.every(isFree) || received.some(isKnown)) return 'inputs-taken';
  putOperation(db, operation);
  const hold = db.prepare(`UPDATE proofs SET state = 'held', held_by = ? WHERE y = ?`);
  for (const y of ownYs) hold.run(operation.id, y);
  for (const proof of received) insertProof(db, proof, { state: 'held', heldBy: operation.id });
  return 'begun';
}

function endOperation(db: DatabaseSync, operationId: string, end: OperationEnd): boolean {
  const operation = findOperation(db, operationId);
  if (operation?.state !== 'open') return false;
  const { state, made, spentYs, preimage = operation.preimage, feeSat = null } = end;
  const { routingFeeMsat = null, failure = null } = end;
  const spend = db.prepare(
    `UPDATE proofs SET state = 'spent' WHERE y = ? AND held_by = ? AND state = 'held'`,
  );
  for (const y of spentYs) spend.run(y, operationId);
  db.prepare(`DELETE FROM proofs WHERE held_by = ? AND state = 'held' AND role = 'received'`).run(
    operationId,
  );
  db.prepare(`UPDATE proofs SET state = 'free', held_by = NULL WHERE held_by = ? AND state = 'held'`).run(
    operationId,
  );
  for (const proof of made) insertProof(db, proof, { state: 'free', heldBy: null });
  putOperation(db, { ...operation, state, preimage, feeSat, routingFeeMsat, failure });
  return true;
}

function putOperation(db: DatabaseSync, operation: EcashOperation): void {
  const { outputs, failure } = operation;
  db.prepare(
    `INSERT INTO operations (id, kind, mint_url, state, amount_sat, outputs, quote, bolt11, fee_limit_msat,
       preimage, fee_sat, routing_fee_msat, about, failure, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, mint_url = excluded.mint_url, state = excluded.state,
       amount_sat = excluded.amount_sat, outputs = excluded.outputs, quote = excluded.quote,
       bolt11 = excluded.bolt11, fee_limit_msat = excluded.fee_limit_msat, preimage = excluded.preimage,
       fee_sat = excluded.fee_sat,
       routing_fee_msat = excluded.routing_fee_msat, about = excluded.about, failure = excluded.failure, created_at = excluded.created_at`,
  ).run(
    operation.id,
    operation.kind,
    operation.mintUrl,
    operation.state,
    operation.amountSat,
    storedOutputs(outputs),
    operation.quote,
    operation.bolt11,
    operation.feeLimitMsat,
    operation.preimage,
    operation.feeSat,
    operation.routingFeeMsat,
    operation.about,
    failure === null ? null : JSON.stringify(failure),
    operation.createdAt,
  );
}

function insertProof(db: DatabaseSync, proof: NewProof, more: Pick<StoredProof, 'state' | 'heldBy'>): void {
  db.prepare(
    `INSERT INTO proofs (y, mint_url, amount, keyset_id, secret, signature, dleq, role, state, made_by, held_by)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    proof.y,
    proof.mintUrl,
    proof.amount,
    proof.id,
    proof.secret,
    proof.C,
    proof.dleq === null ? null : JSON.stringify(proof.dleq),
    proof.role,
    more.state,
    proof.madeBy,
    more.heldBy,
  );
}

function findOperation(db: DatabaseSync, id: string): EcashOperation | null {
  const [row] = rows(db, 'SELECT * FROM operations WHERE id = ?', id);
  return row === undefined ? null : readOperation(row);
}

function proofs(db: DatabaseSync, filter: ProofFilter): StoredProof[] {
  const columns: readonly (readonly [string, string | null | undefined])[] = [
    ['mint_url', filter.mintUrl],
    ['role', filter.role],
    ['state', filter.state],
    ['made_by', filter.madeBy],
    ['held_by', filter.heldBy],
  ];
  const given = columns.flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const]));
  const where = given.length === 0 ? '' : `WHERE ${given.map(([column]) => `${column} IS ?`).join(' AND ')}`;
  const found = rows(
    db,
    `SELECT * FROM proofs ${where} ORDER BY sequence`,
    ...given.map(([, value]) => value),
  );
  return found.map(readProof);
}

function rows(db: DatabaseSync, sql: string, ...values: readonly SQLInputValue[]) {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement.all(...values);
}
