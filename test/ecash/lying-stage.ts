import type { EcashStore, EcashWallet, EcashWalletOptions } from '../../src/ecash/index.ts';
import { startLyingMint, type LyingMint } from './lying-mint.ts';
import { openEcashStage, openTestWallet, type EcashStage } from './stage.ts';

/** An ecash wallet and its books. */
export type TestWallet = EcashWallet & { readonly store: EcashStore };

/** A real mint behind a proxy that lies, and wallets that know only the proxy. */
export interface LyingStage {
  readonly stage: EcashStage;
  readonly proxy: LyingMint;
  openWallet(options?: Partial<EcashWalletOptions>): TestWallet;
  close(): Promise<void>;
}

/** Starts mint and proxy. */
export async function openLyingStage(): Promise<LyingStage> {
  const stage = await openEcashStage();
  const proxy = await startLyingMint(stage.mint.url);
  return {
    stage,
    proxy,
    openWallet: (options = {}) =>
      openTestWallet({ lightning: stage.lightning, mintUrls: [proxy.url], ...options }),
    async close() {
      await proxy.close();
      await stage.close();
    },
  };
}
