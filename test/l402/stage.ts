import { unixNow } from '../../src/clock/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import {
  createL402Fetch,
  createL402Gate,
  createMemoryCredentialStore,
  type CredentialStore,
  type L402Fetch,
  type L402FetchOptions,
  type L402GateOptions,
} from '../../src/l402/index.ts';

import { createMemorySpendingLimits, type SpendingLimits, type Wallet } from '../../src/money/index.ts';
import { msat, satsToMsat } from '../../src/protocol/index.ts';
import { openBankStage } from '../fixtures/bank-stage.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';

/** What one answer costs at the gate of this stage. */
export const PRICE = satsToMsat(21);

/** What a customer did: how many payments its wallet was asked for. */
export interface Customer {
  readonly fetch: L402Fetch;
  readonly credentials: CredentialStore;
  readonly spend: SpendingLimits;
  /** Payment hashes of all invoices that the wallet was asked to pay, in order. */
  payments(): Promise<string[]>;
}

/** Real wallets, and servers that sell access. */
export interface L402Stage {
  readonly customerWallet: Wallet;
  readonly providerWallet: Wallet;
  /** Serves until the stage's `sweep`. */
  serve(handler: (request: Request) => Response | Promise<Response>): Promise<HttpStage>;
  /** A server behind a gate: every path costs `PRICE` and tells the method, the path and who paid. */
  sell(told?: Partial<L402GateOptions>): Promise<HttpStage>;
  /** A client that may fetch from the given servers. */
  customer(servers: readonly HttpStage[], told?: Partial<L402FetchOptions>): Promise<Customer>;
  /** Closes the servers of a test. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export async function openL402Stage(): Promise<L402Stage> {
  const { bank, close } = await openBankStage();
  const customerWallet = bank.wallet('customer');
  const providerWallet = bank.wallet('provider');
  const servers: HttpStage[] = [];
  const serve: L402Stage['serve'] = async (handler) => {
    const server = await openHttpStage(handler);
    servers.push(server);
    return server;
  };
  const outgoing = async (): Promise<string[]> => {
    const listed = await customerWallet.list({ direction: 'outgoing' });
    if (!listed.ok) throw new Error(listed.failure.message);
    return listed.value.map(({ paymentHash }) => paymentHash).toReversed();
  };
  return {
    customerWallet,
    providerWallet,
    serve,
    sell(told = {}) {
      const gate = createL402Gate({
        rootKey: new Uint8Array(32).fill(7),
        service: 'shop',
        wallet: providerWallet,
        network: 'regtest',
        priceOf: () => ({ amountMsat: PRICE, description: 'one answer' }),
        now: unixNow,
        ...told,
      });
      return serve(async (request) => {
        const verdict = await gate.check(request);
        if (!verdict.admitted) return verdict.response;
        const { pathname } = new URL(request.url);
        return new Response(`${request.method} ${pathname} ${verdict.payment?.paymentHash ?? 'free'}`);
      });
    },
    async customer(shops, told = {}) {
      const before = (await outgoing()).length;
      const credentials = told.credentials ?? createMemoryCredentialStore();
      const caps = { perPaymentMsat: satsToMsat(1_000), perDayMsat: satsToMsat(100_000) };
      const spend = told.spend ?? createMemorySpendingLimits(caps, unixNow);
      const fetch = createL402Fetch({
        fetch: createGuardedFetch({ allowHosts: shops.map(({ host }) => host) }),
        wallet: customerWallet,
        network: 'regtest',
        maxAmountMsat: msat(100_000n),
        now: unixNow,
        ...told,
        credentials,
        spend,
      });
      return { fetch, credentials, spend, payments: async () => (await outgoing()).slice(before) };
    },
    async sweep() {
      for (const server of servers.splice(0)) await server.close();
    },
    close,
  };
}
