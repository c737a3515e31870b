import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import { readReceipts } from '../gateway/index.ts';
import { openSqlGatewayJobs } from '../gateway/sql.ts';
import type { ClientBooks } from '../ledger/index.ts';

/** The file in which a gateway keeps the jobs of its clients, beside its account. */
export const GATEWAY_JOBS_FILE = 'gateway.sqlite';

/** Reads what clients paid to the gateway of that account; `undefined` where it has none. */
export async function withClientBooks<Result>(
  { dir, ledger: { spending } }: Account,
  use: (clients: ClientBooks | undefined) => Promise<Result>,
): Promise<Result> {
  const path = join(dir, GATEWAY_JOBS_FILE);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return use(undefined);
  const jobs = openSqlGatewayJobs({ path });
  try {
    return await use(readReceipts({ jobs, spending }));
  } finally {
    await jobs.close();
  }
}
