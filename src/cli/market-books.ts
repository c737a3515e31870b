import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger } from '../ledger/index.ts';
import { openSqlLedger } from '../ledger/sql.ts';
import { marketBooksPath } from '../market/index.ts';
import type { Config } from './config.ts';

/** The books of what the market on this machine sells itself, by the provider's wallet; none where there is no market. */
export async function withMarketBooks<Result>(
  { home, localMarket }: Pick<Config, 'home' | 'localMarket'>,
  now: () => number,
  use: (books: readonly Ledger[]) => Promise<Result>,
): Promise<Result> {
  const path = marketBooksPath(join(home, 'market'));
  const isThere = localMarket && (await access(path).then(() => true, () => false)); // prettier-ignore
  if (!isThere) return use([]);
  const ledger = openSqlLedger({ path, now });
  try {
    return await use([ledger]);
  } finally {
    await ledger.close();
  }
}
