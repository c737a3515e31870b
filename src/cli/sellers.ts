import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile } from '../keys/node.ts';
import { success, type Outcome } from '../protocol/index.ts';
import type { SaleOperator } from '../provider/index.ts';

/** Where keys are kept that services name for themselves, in the directory of the account. */
const KEYS_DIR = 'keys';

/** Everybody that sells with the books of this account: its own key first, then those of services. Fails as the key file. */
export async function sellersOf(
  account: Pick<Account, 'dir' | 'signer' | 'ledger' | 'relayUrls' | 'now'>,
): Promise<Outcome<readonly [SaleOperator, ...SaleOperator[]]>> {
  const { dir, signer, ledger, relayUrls, now } = account;
  const others: SaleOperator[] = [];
  for (const name of await keyNames(dir)) {
    const file = await loadOrCreateKeyFile(join(dir, KEYS_DIR, name));
    if (!file.ok) return file;
    others.push({ signer: fastSecretKeySigner(file.value.secretKey), ledger, relayUrls, now });
  }
  return success([{ signer, ledger, relayUrls, now }, ...others]);
}

async function keyNames(dir: string): Promise<string[]> {
  try {
    return (await readdir(join(dir, KEYS_DIR))).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
