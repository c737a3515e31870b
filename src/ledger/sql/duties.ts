import type { Duties } from '../duties.ts';
import type { Books } from './books.ts';

/** Duties over SQL. */
export function sqlDuties(books: Books): Duties {
  return {
    take: (name, holder, seconds) =>
      books.commit(async ({ trx }) => {
        const now = books.now();
        const taken = await trx
          .insertInto('duties')
          .values({ name, holder, held_until: now + seconds })
          .onConflict((conflict) =>
            conflict
              .column('name')
              .doUpdateSet({ holder, held_until: now + seconds })
              .where((duty) =>
                duty.or([duty('duties.holder', '=', holder), duty('duties.held_until', '<=', BigInt(now))]),
              ),
          )
          .returning('holder')
          .executeTakeFirst();
        return taken !== undefined;
      }),
    giveUp: (name, holder) =>
      books.commit(async ({ trx }) => {
        await trx.deleteFrom('duties').where('name', '=', name).where('holder', '=', holder).execute();
      }),
  };
}
