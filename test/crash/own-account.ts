import { openAccount, type Account, type AccountOptions } from '../../src/account/index.ts';
import { orThrow } from '../../src/protocol/index.ts';

/** Opens the account of a part: with the wallet in `NWC_URL`, and ecash of the mint at `MINT_URL` where there is one. */
export async function openOwnAccount(
  dir: string,
  relayUrl: string,
  checkpoint?: AccountOptions['checkpoint'],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Account> {
  const mintUrl = env['MINT_URL'];
  const ecash =
    mintUrl === undefined
      ? {}
      : { mints: { urls: [mintUrl], network: 'regtest' as const }, allowHosts: [new URL(mintUrl).host] };
  const account = await openAccount({
    dir,
    relayUrls: [relayUrl],
    walletUri: env['NWC_URL'],
    ...ecash,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  });
  return orThrow(account);
}
