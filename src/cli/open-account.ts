import { join } from 'node:path';
import { openAccount, type Account } from '../account/index.ts';
import type { WalletRole } from '../market/index.ts';
import type { Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';

/** Opens the account of a role for as long as the command uses it. Fails as `openAccount`, or as the command. */
export async function withOpenAccount(
  config: Config,
  role: WalletRole,
  use: (account: Account) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const account = await openAccount({ ...config, dir: join(config.home, role) });
  if (!account.ok) return account;
  try {
    return await use(account.value);
  } finally {
    await account.value.close();
  }
}
