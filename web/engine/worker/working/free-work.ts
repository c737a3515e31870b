import type { Ledger } from '../../../../src/ledger/index.ts';

/** More than anybody has in hand. */
const MAX_OPEN = 1_000;

/**
 * Frees what an earlier life of the page had in hand when it was ended, which would wait until its lease runs out. The
 * books of a browser have one engine: no earlier one can write to them any more.
 */
export async function freeWork(ledger: Ledger, providerPubkey: string): Promise<void> {
  const open = await ledger.sales.listOpen({ providerPubkey, limit: MAX_OPEN });
  const begun = open.filter(({ work }) => work === 'working');
  await Promise.all(begun.map((sale) => ledger.sales.returnWork(sale)));
}
