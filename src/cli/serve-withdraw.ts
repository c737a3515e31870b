import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openAccount, type Account } from '../account/index.ts';
import type { Signer } from '../keys/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile } from '../keys/node.ts';
import { success, type Outcome } from '../protocol/index.ts';
import { withdrawServices } from '../provider/index.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';

/**
 * `coinop serve --withdraw`: takes back the announcements of everything that was sold under the keys of this account,
 * so that nobody asks for it any more. What a running provider sells is announced again by its next start.
 */
export async function withdrawAll({
  config,
  output,
  signal,
}: {
  readonly config: Config;
  readonly output: Output;
  readonly signal: AbortSignal;
}): Promise<Outcome<void>> {
  const account = await openAccount({ ...config, dir: join(config.home, 'provider'), dataCaps: config.caps });
  if (!account.ok) return account;
  try {
    const signers = await signersOf(account.value);
    if (!signers.ok) return signers;
    for (const signer of signers.value) {
      const withdrawn = await withdrawServices({ ...account.value, signer }, [], { signal });
      output.rows(
        ['provider', 'service'],
        withdrawn.map((service) => ({ provider: signer.pubkey, service })),
      );
    }
    return success(undefined);
  } finally {
    await account.value.close();
  }
}

/** The account's own key, and those that services have of their own. */
async function signersOf({ dir, signer }: Account): Promise<Outcome<readonly Signer[]>> {
  const names = await readdir(join(dir, 'keys')).catch(() => []); // no service has one
  const signers: Signer[] = [signer];
  for (const name of names) {
    const file = await loadOrCreateKeyFile(join(dir, 'keys', name));
    if (!file.ok) return file;
    signers.push(fastSecretKeySigner(file.value.secretKey));
  }
  return success(signers);
}
