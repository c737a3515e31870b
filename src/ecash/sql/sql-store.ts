import { sql, type Kysely } from 'kysely';
import type { SingleWriterStore } from '../../store/contract.ts';
import type {
  EcashOperation,
  EcashStore,
  NewProof,
  OperationEnd,
  ProofFilter,
  StoredProof,
} from '../store.ts';
import { operationRowOf, proofRowOf, readOperation, readProof } from './rows.ts';
import type { EcashSchema } from './schema.ts';

/** The tables, within a transaction or for reads outside of one. */
type Books = Kysely<EcashSchema>;

/** The books of an ecash wallet over SQLite, on a server or in a browser: reads see what is on the disk. */
export function sqlEcashStore(store: SingleWriterStore): EcashStore {
  const books = store.kysely<EcashSchema>();
  const write = <Value>(run: (trx: Books) => Promise<Value>): Promise<Value> => store.transaction(run);
  return {
    takeCounters: (keysetId, count) => write((trx) => takeCounters(trx, keysetId, count)),
    raiseCounter: (keysetId, next) =>
      write(async (trx) => {
        await trx
          .insertInto('counters')
          .values({ keyset_id: keysetId, next })
          .onConflict((known) =>
            known.column('keyset_id').doUpdateSet({ next: sql<bigint>`max(counters.next, excluded.next)` }),
          )
          .execute();
      }),
    begin: (operation, inputs) => write((trx) => begin(trx, operation, inputs)),
    end: (operationId, end) => write((trx) => endOperation(trx, operationId, end)),
    operation: (id) => findOperation(books, id),
    async openOperations() {
      const open = books.selectFrom('operations').selectAll().where('state', '=', 'open');
      return (
        await open
          .orderBy('created_at')
          .orderBy(sql`rowid`)
          .execute()
      ).map(readOperation);
    },
    async operations({ limit, after = '', about }) {
      const page = books.selectFrom('operations').selectAll().where('id', '>', after);
      const wanted = about === undefined ? page : page.where('about', '=', about);
      return (await wanted.orderBy('id').limit(limit).execute()).map(readOperation);
    },
    proofs: (filter) => listProofs(books, filter),
    addRestored: (restored) =>
      write(async (trx) => {
        let added = 0;
        for (const proof of restored) {
          if (await isStored(trx, proof.y)) continue;
          await insertProof(trx, proof, { state: 'free', heldBy: null });
          added += 1;
        }
        return added;
      }),
    async note(name) {
      const row = await books.selectFrom('notes').select('text').where('name', '=', name).executeTakeFirst();
      return row?.text ?? null;
    },
    saveNote: (name, text) =>
      write(async (trx) => {
        const note = trx.insertInto('notes').values({ name, text });
        await note.onConflict((known) => known.column('name').doUpdateSet({ text })).execute();
      }),
    close: () => store.close(),
  };
}

async function takeCounters(trx: Books, keysetId: string, count: number): Promise<number> {
  const { next } = await trx
    .insertInto('counters')
    .values({ keyset_id: keysetId, next: count })
    .onConflict((known) =>
      known.column('keyset_id').doUpdateSet({ next: sql<bigint>`counters.next + excluded.next` }),
    )
    .returning('next')
    .executeTakeFirstOrThrow();
  return Number(next) - count;
}

async function begin(
  trx: Books,
  operation: EcashOperation,
  { ownYs, received }: Parameters<EcashStore['begin']>[1],
): Promise<Awaited<ReturnType<EcashStore['begin']>>> {
  const known = await findOperation(trx, operation.id);
  if (known !== null && known.state !== 'failed') return 'known';
  for (const y of ownYs) if (!(await isStored(trx, y, 'free'))) return 'inputs-taken';
  for (const { y } of received) if (await isStored(trx, y)) return 'inputs-taken';
  await putOperation(trx, operation);
  for (const y of ownYs)
    await trx
      .updateTable('proofs')
      .set({ state: 'held', held_by: operation.id })
      .where('y', '=', y)
      .execute();
  for (const proof of received) await insertProof(trx, proof, { state: 'held', heldBy: operation.id });
  return 'begun';
}

async function endOperation(trx: Books, operationId: string, end: OperationEnd): Promise<boolean> {
  const operation = await findOperation(trx, operationId);
  if (operation?.state !== 'open') return false;
  const { state, made, spentYs, preimage = operation.preimage, feeSat = null } = end;
  const { routingFeeMsat = null, failure = null } = end;
  const free = { state: 'free', held_by: null } as const;
  const inputs = trx.updateTable('proofs').where('held_by', '=', operationId).where('state', '=', 'held');
  for (const y of spentYs) await inputs.set({ state: 'spent' }).where('y', '=', y).execute();
  await trx
    .deleteFrom('proofs')
    .where('held_by', '=', operationId)
    .where('state', '=', 'held')
    .where('role', '=', 'received')
    .execute();
  await inputs.set(free).execute();
  for (const proof of made) await insertProof(trx, proof, { state: 'free', heldBy: null });
  await putOperation(trx, { ...operation, state, preimage, feeSat, routingFeeMsat, failure });
  return true;
}

async function putOperation(trx: Books, operation: EcashOperation): Promise<void> {
  const { id, ...row } = operationRowOf(operation);
  await trx
    .insertInto('operations')
    .values({ id, ...row })
    .onConflict((known) => known.column('id').doUpdateSet(row))
    .execute();
}

async function insertProof(
  trx: Books,
  proof: NewProof,
  standing: Pick<StoredProof, 'state' | 'heldBy'>,
): Promise<void> {
  await trx.insertInto('proofs').values(proofRowOf(proof, standing)).execute();
}

async function findOperation(books: Books, id: string): Promise<EcashOperation | null> {
  const row = await books.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : readOperation(row);
}

async function isStored(books: Books, y: string, state?: StoredProof['state']): Promise<boolean> {
  const found = books.selectFrom('proofs').select('sequence').where('y', '=', y);
  const wanted = state === undefined ? found : found.where('state', '=', state);
  return (await wanted.executeTakeFirst()) !== undefined;
}

async function listProofs(books: Books, filter: ProofFilter): Promise<StoredProof[]> {
  const { mintUrl, role, state, madeBy, heldBy } = filter;
  let listed = books.selectFrom('proofs').selectAll();
  if (mintUrl !== undefined) listed = listed.where('mint_url', '=', mintUrl);
  if (role !== undefined) listed = listed.where('role', '=', role);
  if (state !== undefined) listed = listed.where('state', '=', state);
  if (madeBy !== undefined) listed = listed.where('made_by', 'is', madeBy);
  if (heldBy !== undefined) listed = listed.where('held_by', '=', heldBy);
  return (await listed.orderBy('sequence').execute()).map(readProof);
}
