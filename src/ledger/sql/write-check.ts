import type { Books } from './books.ts';

/** Writes the time into the one row of `write_checks`. */
export async function checkWritable(books: Books): Promise<void> {
  const checkedAt = books.now();
  await books.commit(async ({ trx }) => {
    await trx
      .insertInto('write_checks')
      .values({ id: 1, checked_at: checkedAt })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ checked_at: checkedAt }))
      .execute();
  });
}
