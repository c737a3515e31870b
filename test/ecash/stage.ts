import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  memoryEcashStore,
  openEcashWallet,
  type EcashStore,
  type EcashWallet,
  type EcashWalletOptions,
} from '../../src/ecash/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import type { Wallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat, type Msat, type Outcome } from '../../src/protocol/index.ts';
import { openBank, openMint, type Bank, type Mint } from '../../src/regtest/index.ts';
import { generateSecretKey } from '../../src/keys/index.ts';

/** A mint over real Lightning, a Lightning wallet to fund ecash with, and as many ecash wallets as wanted. */
export interface EcashStage {
  readonly bank: Bank;
  readonly mint: Mint;
  readonly lightning: Wallet;
  /** Goes with the stage. */
  readonly dir: string;
  /** Opens an ecash wallet that trusts the mint; its books are in memory unless told. */
  openWallet(options?: Partial<EcashWalletOptions>): EcashWallet & { readonly store: EcashStore };
  close(): Promise<void>;
}

/** Unix seconds of the machine's clock. */
export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** Starts bank and mint in a directory of their own. */
export async function openEcashStage({ inputFeePpk = 0 } = {}): Promise<EcashStage> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-ecash-'));
  const bank = await openBank({ dir, roles: ['customer', 'provider', 'mint'], channelSats: 1_000_000 });
  const mint = await openMint({ dir, wallet: bank.wallet('mint'), inputFeePpk });
  const lightning = bank.wallet('customer');
  return {
    bank,
    mint,
    lightning,
    dir,
    openWallet: (options = {}) => openTestWallet({ lightning, mintUrls: [mint.url], ...options }),
    async close() {
      await mint.close();
      await bank.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** An ecash wallet with fresh secrets for mints on this machine. */
export function openTestWallet(
  options: Partial<EcashWalletOptions> & Pick<EcashWalletOptions, 'mintUrls'>,
): EcashWallet & { readonly store: EcashStore } {
  const store = options.store ?? memoryEcashStore();
  const allowHosts = options.mintUrls.map((url) => new URL(url).host);
  const wallet = openEcashWallet({
    seed: crypto.getRandomValues(new Uint8Array(64)),
    lockSecretKey: generateSecretKey(),
    network: 'regtest',
    fetch: createGuardedFetch({ allowHosts, timeoutMs: 10_000 }),
    now: unixNow,
    ...options,
    store,
  });
  return { ...wallet, store };
}

/** Buys ecash for a wallet. */
export async function fund(
  wallet: EcashWallet,
  amount: number,
  key: string = crypto.randomUUID(),
): Promise<void> {
  const [mintUrl = ''] = wallet.mintUrls;
  const wish = { key, mintUrl, amountMsat: sats(amount), feeLimitMsat: sats(10) };
  orThrow(await wallet.mint(wish));
}

/** What a wallet has at its first mint, in sats. */
export async function balanceSat(wallet: EcashWallet): Promise<number> {
  const [balance] = await wallet.balances();
  return Number((balance?.amountMsat ?? 0n) / 1000n);
}

/** Sats as the wallet counts them. */
export function sats(amount: number): Msat {
  return satsToMsat(amount);
}

/** `ok`, or why not. */
export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.failure.code;
}
