import type { Kysely } from 'kysely';
import type { AfterTurn, GroupCommit } from './group-commit.ts';
import { kyselyOver } from './kysely-over.ts';
import type { RunQuery } from './query-runner.ts';

/** A Kysely for reads: it waits while a batch is open, because the connection would show what may yet be undone. */
export function committedReads<Schema>(commits: GroupCommit, query: RunQuery): Kysely<Schema> {
  return kyselyOver('sqlite', async (compiled) => {
    if (compiled.query.kind !== 'SelectQueryNode')
      throw new Error('only selects run outside of `write` and `transaction`');
    while (commits.openBatch !== null) await commits.openBatch;
    return query(compiled);
  });
}

/**
 * Runs one asynchronous unit of work inside the open batch. Its queries take microtasks only, so a turn of
 * the event loop that ends before the work does shows that something foreign is awaited: that would hold up
 * every other write, and is refused. Its Kysely is dead afterwards.
 */
export async function unitOfWork<Schema, Value>(
  query: RunQuery,
  run: (trx: Kysely<Schema>) => Promise<Value>,
  afterTurn: AfterTurn,
): Promise<Value> {
  let over = false;
  const trx = kyselyOver<Schema>('sqlite', (compiled) =>
    over ? Promise.reject(new Error('the transaction is over')) : Promise.resolve(query(compiled)),
  );
  const tooLong = Promise.withResolvers<never>();
  const turnGoesOn = afterTurn(() =>
    tooLong.reject(new Error('a transaction may await only its own queries')),
  );
  try {
    return await Promise.race([run(trx), tooLong.promise]);
  } finally {
    over = true;
    turnGoesOn();
  }
}
