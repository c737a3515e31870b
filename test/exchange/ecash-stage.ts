import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccountEcash, type AccountEcash } from '../../src/account/ecash.ts';
import type { Customer, CustomerOptions } from '../../src/customer/index.ts';
import type { EcashStore, EcashWallet, EcashWalletOptions } from '../../src/ecash/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { service, type ProviderOptions, type Service } from '../../src/provider/index.ts';
import { openMint, type Mint } from '../../src/regtest/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openTestWallet, sats, unixNow } from '../ecash/stage.ts';
import { startLyingMint, type LyingMint } from '../ecash/lying-mint.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

/** An ecash wallet, its books, and whose it is. */
export interface Purse {
  readonly signer: Signer;
  readonly lockSecretKey: Uint8Array;
  readonly wallet: EcashWallet & { readonly store: EcashStore };
}

/** A market with a mint, reached through a proxy that can be told to be silent or to lie. */
export interface EcashMarket {
  readonly stage: BuyingStage;
  readonly mint: Mint;
  readonly proxy: LyingMint;
  /** Ecash of somebody; bought with the Lightning of `customer`. */
  openPurse(told?: Partial<Pick<EcashWalletOptions, 'now' | 'mintUrls' | 'lightning'>>): Purse;
  /** What providers and customers need of it. */
  ecashOf(purse: Purse): AccountEcash;
  /** Sells by one mode, with ecash of its own. */
  sell(told: Partial<Service>, options?: Partial<ProviderOptions>, purse?: Purse): Promise<Seller>;
  buyer(purse: Purse, options?: Partial<CustomerOptions>): Customer;
  /** Closes what a test opened. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** Kinds for tests: requests of the others still stand on the relay. */
let kind = 5400;

/** Opens relay, bank and mint. */
export async function openEcashMarket(): Promise<EcashMarket> {
  const stage = await openBuyingStage(['mint']);
  const dir = await mkdtemp(join(tmpdir(), 'coinop-market-mint-'));
  const mint = await openMint({ dir, wallet: stage.bank.wallet('mint'), inputFeePpk: 100 });
  const proxy = await startLyingMint(mint.url);
  const sellers: Seller[] = [];

  const openPurse: EcashMarket['openPurse'] = (told = {}) => {
    const lockSecretKey = generateSecretKey();
    const options = { mintUrls: [proxy.url], lightning: stage.wallet(), lockSecretKey, ...told };
    return { signer: secretKeySigner(generateSecretKey()), lockSecretKey, wallet: openTestWallet(options) };
  };
  const ecashOf = ({ signer, lockSecretKey, wallet }: Purse): AccountEcash =>
    createAccountEcash({
      wallet,
      store: wallet.store,
      signer,
      lockSecretKey,
      relays: stage.openPool(),
      relayUrls: [stage.relayUrl],
      now: unixNow,
    });
  const sweep = async () => {
    proxy.lie();
    for (const seller of sellers.splice(0)) await seller.close();
    await stage.sweep();
  };
  return {
    stage,
    mint,
    proxy,
    openPurse,
    sweep,
    async sell(told, options = {}, purse = openPurse()) {
      kind += 1;
      const sold = service({
        kind: told.kind ?? kind,
        priceSats: 21,
        handler: async ({ text }) => text.toUpperCase(),
      });
      const seller = await openSeller(stage, [{ ...sold, ...told }], {
        signer: purse.signer,
        ecash: ecashOf(purse),
        ...options,
      });
      sellers.push(seller);
      return seller;
    },
    ecashOf,
    buyer: (purse, options = {}) =>
      stage.openCustomer({ signer: purse.signer, ecash: ecashOf(purse), ...options }),
    async close() {
      await sweep();
      await proxy.close();
      await mint.close();
      await stage.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A wish for what the last seller sells. */
export function wishFor(seller: Seller) {
  return {
    kind,
    inputs: ['a red fox'],
    maxAmountMsat: sats(21),
    deadlineSeconds: 60,
    targets: [seller.signer.pubkey],
    policy: { offerWaitMs: 50 },
  };
}
