import { vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { DEFAULT_POLICY, type Customer } from '../../src/customer/index.ts';
import {
  listenForClients,
  openGateway,
  type Gateway,
  type GatewayJobs,
  type GatewayOptions,
  type GatewayServer,
} from '../../src/gateway/index.ts';
import { openSqlGatewayJobs } from '../../src/gateway/sql.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat, type Failure } from '../../src/protocol/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';

/** A gateway of its own over the shared market, and its HTTP address. */
export interface GatewayUnderTest {
  readonly url: string;
  readonly gateway: Gateway;
  readonly jobs: GatewayJobs;
  readonly ledger: Ledger;
  readonly customer: Customer;
  readonly troubles: readonly Failure[];
  close(): Promise<void>;
}

/** The market, and as many gateways as a test opens. */
export interface GatewayStage extends BuyingStage {
  /** Pays as a client would. */
  readonly clientWallet: Wallet;
  openGateway(told?: Partial<GatewayOptions>, at?: { trustProxy?: boolean }): Promise<GatewayUnderTest>;
}

/** What the gateway takes unless told. */
export const MARGIN = { percent: 10, minimumMsat: satsToMsat(5) };

export async function openGatewayStage(): Promise<GatewayStage> {
  const stage = await openBuyingStage(['gateway']);
  const opened: GatewayUnderTest[] = [];
  const sweep = async (): Promise<void> => {
    for (const gateway of opened.splice(0)) await gateway.close();
    await stage.sweep();
  };
  return {
    ...stage,
    clientWallet: stage.bank.wallet('customer'),
    sweep,
    async openGateway(told = {}, at = {}) {
      const troubles: Failure[] = [];
      const wallet = told.wallet ?? stage.bank.wallet('gateway');
      const ledger = stage.openLedger();
      const customer =
        told.customer ??
        stage.openCustomer({ ledger, wallet, policy: { ...DEFAULT_POLICY, offerWaitMs: 100 } });
      const ownJobs = openSqlGatewayJobs({ path: ':memory:' });
      const jobs = told.jobs ?? ownJobs;
      const gateway = orThrow(
        await openGateway({
          spending: ledger.spending,
          kinds: [5050, 5001, 5750, 5751, 5752],
          margin: MARGIN,
          maxPriceMsat: satsToMsat(1_000),
          now: unixNow,
          onTrouble: (trouble) => void troubles.push(trouble),
          ...told,
          wallet,
          customer,
          jobs,
        }),
      );
      const server: GatewayServer = orThrow(
        await listenForClients(gateway, { host: '127.0.0.1', port: 0, trustProxy: false, ...at }),
      );
      const { url } = server;
      const close = async (): Promise<void> => {
        await gateway.close();
        await server.close();
        await customer.close();
        await ownJobs.close();
      };
      const under = { url, gateway, jobs, ledger, customer, troubles, close };
      opened.push(under);
      return under;
    },
    async close() {
      await sweep();
      await stage.close();
    },
  };
}

/** What a client has in hand after an answer 402. */
export interface ClientQuote {
  readonly job: string;
  readonly sats: number;
  readonly invoice: string;
  readonly macaroon: string;
  readonly valid_until: number;
  readonly mode: string;
}

/** Orders a job, with a token where there is one. */
export function order(
  url: string,
  kind: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/v1/jobs/${kind}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** Orders a job and expects a price. */
export async function quoteOf(
  url: string,
  kind: number,
  body: Readonly<Record<string, unknown>>,
): Promise<ClientQuote> {
  const response = await order(url, kind, body);
  const answer = (await response.json()) as ClientQuote;
  if (response.status !== 402) throw new Error(`${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Pays an invoice as a client would; the preimage. */
export async function pay(wallet: Wallet, bolt11: string): Promise<string> {
  return orThrow(await wallet.pay({ bolt11, feeLimitMsat: satsToMsat(100) })).preimage;
}

/** The header that shows a payment. */
export function proof({ macaroon }: ClientQuote, preimage: string): { authorization: string } {
  return { authorization: `L402 ${macaroon}:${preimage}` };
}

/** What the gateway says of a job. */
export async function look(quote: Pick<ClientQuote, 'job'>): Promise<Record<string, unknown>> {
  const response = await fetch(quote.job);
  return (await response.json()) as Record<string, unknown>;
}

/** Waits until a job is in that state; what the gateway says of it then. */
export function untilJob(quote: Pick<ClientQuote, 'job'>, state: string): Promise<Record<string, unknown>> {
  return vi.waitFor(
    async () => {
      const job = await look(quote);
      if (job['state'] !== state) throw new Error(`It is ${JSON.stringify(job)}.`);
      return job;
    },
    { timeout: 20_000 },
  );
}
