import { openAccount, type Account, type AccountOptions } from '../../src/account/index.ts';
import { orThrow } from '../../src/protocol/index.ts';

/**
 * Opens the account of a part: with the wallet in `NWC_URL`, ecash of the mint at `MINT_URL` and the server for files at
 * `BLOB_URL` where there is one.
 */
export async function openOwnAccount(
  dir: string,
  relayUrl: string,
  checkpoint?: AccountOptions['checkpoint'],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Account> {
  const mintUrl = env['MINT_URL'];
  const blobUrl = env['BLOB_URL'];
  const ecash = mintUrl === undefined ? {} : { mints: { urls: [mintUrl], network: 'regtest' as const } };
  const known = [mintUrl, blobUrl].filter((url) => url !== undefined);
  const account = await openAccount({
    dir,
    relayUrls: [relayUrl],
    walletUri: env['NWC_URL'],
    ...ecash,
    blobServers: blobUrl === undefined ? [] : [blobUrl],
    allowHosts: known.map((url) => new URL(url).host),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  return orThrow(account);
}
