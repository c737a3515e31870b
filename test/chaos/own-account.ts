import { hexToBytes } from '@noble/hashes/utils.js';
import { openAccount, type Account } from '../../src/account/index.ts';
import { orThrow } from '../../src/protocol/index.ts';

/** Opens the account of a part as its environment says: a process its own, the audit that of each. */
export async function openPartAccount(
  dir: string,
  relayUrl: string,
  env: NodeJS.ProcessEnv,
): Promise<Account> {
  const {
    MINT_URL: mintUrl,
    COINOP_DATABASE_URL: databaseUrl,
    SECRET_KEY: secretKey,
    PAY_ORIGIN: payOrigin,
  } = env;
  const nearUrls = [mintUrl, payOrigin].filter((url) => url !== undefined);
  const account = await openAccount({
    dir,
    relayUrls: [relayUrl],
    walletUri: env['NWC_URL'],
    databaseUrl,
    ...(secretKey === undefined ? {} : { secretKey: hexToBytes(secretKey) }),
    allowHosts: nearUrls.map((url) => new URL(url).host),
    ...(mintUrl === undefined ? {} : { mints: { urls: [mintUrl], network: 'regtest' } }),
  });
  return orThrow(account);
}
