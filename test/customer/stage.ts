import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import {
  createCustomer,
  type Customer,
  type CustomerOptions,
  type PurchaseHandle,
  type Wish,
} from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger, Purchase, PurchaseState } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Wallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat, type NostrEvent } from '../../src/protocol/index.ts';
import { openBank, type Bank } from '../../src/regtest/index.ts';
import type { RelayServer } from '../../src/relay-server/index.ts';
import { openRelayStage } from '../fixtures/relay-stage.ts';
import { openScriptedProvider, type ScriptedProvider } from './scripted-provider.ts';

/** A market of real parts: a relay, the play-money bank, and as many customers and providers as a test opens. */
export interface BuyingStage {
  readonly bank: Bank;
  readonly relayUrl: string;
  /** The relay itself, to let it fail. */
  readonly relay: RelayServer;
  /** Seconds by which the customers' clocks are ahead of the machine's. */
  readonly clock: { aheadSeconds: number };
  /** A provider with a wallet of that role and a key of its own. */
  openProvider(role: string): Promise<ScriptedProvider>;
  /** A customer with a key of its own, an empty ledger and the wallet `customer`, unless told otherwise. */
  openCustomer(told?: Partial<CustomerOptions>): Customer;
  /** An empty ledger, closed with the stage. */
  openLedger(): Ledger;
  openPool(): CustomerOptions['relays'];
  wallet(): Wallet;
  /** Closes the customers and providers that a test opened. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** A wish for text that compares offers for a moment only. */
export const WISH: Wish = {
  kind: 5050,
  inputs: ['a red fox'],
  maxAmountMsat: satsToMsat(100),
  deadlineSeconds: 60,
  policy: { offerWaitMs: 50 },
};

/** Buys `WISH` with these changes. */
export async function buy(customer: Customer, told: Partial<Wish> = {}): Promise<PurchaseHandle> {
  return orThrow(await customer.buy({ ...WISH, ...told }));
}

/** Waits until the ledger has the purchase in that state. */
export async function untilState(
  customer: Customer,
  requestId: string,
  state: PurchaseState,
): Promise<Purchase> {
  return vi.waitFor(
    async () => {
      const purchase = await customer.get(requestId);
      if (purchase?.state !== state) throw new Error(`It is ${purchase?.state}.`);
      return purchase;
    },
    { timeout: 20_000 },
  );
}

/** The next request that a provider is addressed by, or that is for anybody. */
export async function requestFor(seller: ScriptedProvider): Promise<NostrEvent> {
  for (;;) {
    const request = await seller.nextRequest();
    const targets = request.tags.filter(([name]) => name === 'p').map(([, key]) => key);
    if (targets.length === 0 || targets.includes(seller.pubkey)) return request;
  }
}

/** The roles of providers that tests open. */
export const SELLERS = ['alice', 'bob'];

/** Opens a market whose bank has wallets for `customer`, the sellers, and the roles that are named. */
export async function openBuyingStage(roles: readonly string[] = []): Promise<BuyingStage> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-customer-'));
  const relays = await openRelayStage();
  const bank = await openBank({ dir, roles: ['customer', ...SELLERS, ...roles] });
  const clock = { aheadSeconds: 0 };
  const now = (): number => Math.floor(Date.now() / 1000) + clock.aheadSeconds;
  const customers: Customer[] = [];
  const providers: ScriptedProvider[] = [];
  const ledgers: Ledger[] = [];

  const openLedger = (): Ledger => {
    const ledger = openSqlLedger({ path: ':memory:', now });
    ledgers.push(ledger);
    return ledger;
  };
  const sweep = async (): Promise<void> => {
    for (const customer of customers.splice(0)) await customer.close();
    for (const provider of providers.splice(0)) provider.close();
    for (const ledger of ledgers.splice(0)) await ledger.close();
    clock.aheadSeconds = 0;
  };
  return {
    bank,
    relayUrl: relays.relay.url,
    relay: relays.relay,
    clock,
    openLedger,
    openPool: () => relays.openPool(),
    wallet: () => bank.wallet('customer'),
    sweep,
    async openProvider(role) {
      const wallet = bank.wallet(role);
      const provider = await openScriptedProvider(wallet, relays.openPool(), relays.relay.url);
      providers.push(provider);
      return provider;
    },
    openCustomer(told = {}) {
      const customer = createCustomer({
        signer: secretKeySigner(generateSecretKey()),
        ledger: told.ledger ?? openLedger(),
        wallet: bank.wallet('customer'),
        relays: relays.openPool(),
        relayUrls: [relays.relay.url],
        caps: { perJobMsat: satsToMsat(10_000) },
        now,
        ...told,
      });
      customers.push(customer);
      return customer;
    },
    async close() {
      await sweep();
      await bank.close();
      await relays.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
