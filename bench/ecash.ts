import { randomBytes } from 'node:crypto';
import type { Account } from '../src/account/index.ts';
import { openEcashWallet, type EcashStore, type EcashWallet } from '../src/ecash/index.ts';
import { openSqlEcashStore } from '../src/ecash/sql.ts';
import { createGuardedFetch } from '../src/http/node.ts';

/** Ecash of an account, with its books on disk. */
export interface BenchEcash {
  readonly wallet: EcashWallet;
  readonly store: EcashStore;
  /** 32 bytes. */
  readonly lockSecretKey: Uint8Array;
}

/** Opens an ecash wallet for the play-money mint, which buys ecash with the account's Lightning. */
export function openBenchEcash(account: Account, mintUrl: string): BenchEcash {
  const store = openSqlEcashStore({ path: `${account.dir}/ecash.sqlite` });
  const lockSecretKey = randomBytes(32);
  const wallet = openEcashWallet({
    seed: randomBytes(64),
    lockSecretKey,
    network: 'regtest',
    mintUrls: [mintUrl],
    ...(account.wallet === null ? {} : { lightning: account.wallet }),
    fetch: createGuardedFetch({ allowHosts: [new URL(mintUrl).host] }),
    store,
    now: account.now,
  });
  return { wallet, store, lockSecretKey };
}
