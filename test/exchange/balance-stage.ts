import { vi } from 'vitest';
import type { Customer, CustomerOptions, Wish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import {
  orThrow,
  satsToMsat,
  wrapJobMessage,
  type ExchangeMode,
  type JobMessageBody,
  type JobMessageDraft,
} from '../../src/protocol/index.ts';
import { service, type JobHandler, type ProviderOptions } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

/** What the jobs of this stage cost, in sats. */
export const PRICE_SATS = 10;

/** A customer that prepays, its key and its books. */
export interface Prepayer {
  readonly customer: Customer;
  readonly signer: Signer;
  readonly ledger: Ledger;
}

/** A market in which jobs are paid from balances. */
export interface BalanceMarket {
  readonly stage: BuyingStage;
  /** Sells capital letters by `balance` and by nothing else, unless told. */
  sell(told?: {
    readonly handler?: JobHandler;
    readonly exchanges?: readonly ExchangeMode[];
    readonly options?: Partial<ProviderOptions>;
    /** That of an earlier life of the seller; a new one unless told. */
    readonly kind?: number;
  }): Promise<Seller>;
  buyer(told?: Partial<CustomerOptions>): Prepayer;
  /** Says something to a provider in private, as that key. */
  say(signer: Signer, seller: Seller, body: JobMessageBody & { readonly requestId: string }): Promise<void>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

const ONLY_BALANCE: readonly ExchangeMode[] = ['balance'];

/** Each seller has a kind of its own: requests of the others still stand on the relay. */
const kinds = new Map<string, number>();

export async function openBalanceMarket(): Promise<BalanceMarket> {
  const stage = await openBuyingStage();
  const sellers: Seller[] = [];
  let kind = 5700;
  const sweep = async () => {
    for (const seller of sellers.splice(0)) await seller.close();
    await stage.sweep();
  };
  return {
    stage,
    async sell({ handler, exchanges = ONLY_BALANCE, options = {}, kind: told } = {}) {
      kind += 1;
      const sold = service({
        kind: told ?? kind,
        priceSats: PRICE_SATS,
        exchanges,
        handler: handler ?? (async ({ text }) => text.toUpperCase()),
      });
      const seller = await openSeller(stage, [{ ...sold, concurrency: 50 }], options);
      kinds.set(seller.signer.pubkey, sold.kind);
      sellers.push(seller);
      return seller;
    },
    buyer(told = {}) {
      const signer = told.signer ?? secretKeySigner(generateSecretKey());
      const ledger = told.ledger ?? stage.openLedger();
      return { signer, ledger, customer: stage.openCustomer({ ...told, signer, ledger }) };
    },
    async say(signer, seller, body) {
      const createdAt = Math.floor(Date.now() / 1000);
      const draft: JobMessageDraft = { text: '', ...body, createdAt };
      const wrap = orThrow(await wrapJobMessage(draft, wrapFor(seller.signer.pubkey, signer, createdAt)));
      await stage.openPool().publish(wrap, [stage.relayUrl]);
    },
    sweep,
    async close() {
      await sweep();
      await stage.close();
    },
  };
}

/** A wish for what the seller sells. */
export function wishFor(seller: Seller): Wish {
  return {
    kind: kinds.get(seller.signer.pubkey) ?? 0,
    inputs: ['a red fox'],
    maxAmountMsat: satsToMsat(PRICE_SATS),
    deadlineSeconds: 60,
    targets: [seller.signer.pubkey],
    policy: { offerWaitMs: 50 },
  };
}

/** What the provider's books have for a customer, in sats. */
export async function balanceSats(seller: Seller, { signer }: Pick<Prepayer, 'signer'>): Promise<number> {
  const account = { providerPubkey: seller.signer.pubkey, customerPubkey: signer.pubkey };
  return Number(await seller.ledger.balances.of(account)) / 1000;
}

/** What the customer's books have left with a provider, in sats. */
export async function leftSats({ customer }: Prepayer, seller: Seller): Promise<number> {
  const held = await customer.balances.list();
  const left = held.find(({ providerPubkey }) => providerPubkey === seller.signer.pubkey)?.leftMsat ?? 0n;
  return Number(left) / 1000;
}

/** Prepays so many sats. */
export async function prepay({ customer }: Prepayer, seller: Seller, sats: number) {
  const providerPubkey = seller.signer.pubkey;
  return orThrow(await customer.balances.topUp({ providerPubkey, amountMsat: satsToMsat(sats) }));
}

/** Waits until it holds, as long as a slow machine may need. */
export function until(holds: () => Promise<void> | void): Promise<void> {
  return vi.waitFor(holds, { timeout: 30_000, interval: 50 });
}
