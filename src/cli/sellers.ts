import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NAMED_KEYS_DIR, type Account } from '../account/index.ts';
import { success, type Outcome } from '../protocol/index.ts';
import type { SaleOperator } from '../provider/index.ts';
import type { ServiceSettings } from '../services/index.ts';

/** The account of a provider, and what its file sells. */
export type SellingAccount = Account & { readonly services: readonly Pick<ServiceSettings, 'key'>[] };

/**
 * Everybody that sells with the books of this account: its own key first, then those that have ever sold on this machine
 * and those that the services name, which other machines may sell under. Fails as the key file.
 */
export async function sellersOf(
  account: Pick<SellingAccount, 'dir' | 'signer' | 'ledger' | 'relayUrls' | 'now' | 'namedKey' | 'services'>,
): Promise<Outcome<readonly [SaleOperator, ...SaleOperator[]]>> {
  const { dir, signer, ledger, relayUrls, now, services } = account;
  const others: SaleOperator[] = [];
  const named = services.flatMap(({ key }) => (key === undefined ? [] : [key]));
  for (const name of new Set([...(await keyNames(dir)), ...named])) {
    const key = await account.namedKey(name);
    if (!key.ok) return key;
    others.push({ signer: key.value.signer, ledger, relayUrls, now });
  }
  return success([{ signer, ledger, relayUrls, now }, ...others]);
}

async function keyNames(dir: string): Promise<string[]> {
  try {
    return (await readdir(join(dir, NAMED_KEYS_DIR))).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
