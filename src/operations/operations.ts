import process from 'node:process';
import type { Account } from '../account/index.ts';
import type { Sale } from '../ledger/index.ts';
import { failure, normalizeRelayUrl, success, type Outcome } from '../protocol/index.ts';
import type { AccessPolicy, SaleOperator, Service } from '../provider/index.ts';
import { adminApp } from './admin/app.ts';
import { listenForOperators } from './admin/listen.ts';
import type { Log } from './log/log.ts';
import { createFigures } from './metrics/figures.ts';
import { observeRelays } from './metrics/observed-relays.ts';
import { observedWallet } from './metrics/observed-wallet.ts';
import { createMetrics } from './metrics/registry.ts';
import { createReadiness } from './readiness.ts';
import { watchSales, type SaleWatch } from './watch-sales.ts';

/** What is needed to watch a provider and to let people decide on its sales. */
export interface OperationsOptions {
  readonly account: Pick<Account, 'signer' | 'ledger' | 'wallet' | 'relays' | 'relayUrls' | 'now'>;
  /** What it sells at first, as far as it is known; the numbers are told by their kinds. */
  readonly services: readonly Pick<Service, 'id' | 'kind'>[];
  /** Keys that it sells under at first besides that of the account, with their books. */
  readonly alsoSellingAs?: readonly SaleOperator[];
  readonly log: Log;
  /** Version of this program. */
  readonly version: string;
  /** Where pages for operators are served; nowhere when left out. */
  readonly admin?: AdminAddress | undefined;
  /** Aborts when the process begins to end. */
  readonly signal: AbortSignal;
}

/** Where the pages are served, and by which token the guarded ones open. */
export interface AdminAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly hostNames: readonly string[];
}

/** A provider that is watched. */
export interface Operations extends SaleWatch {
  /** The wallet and the relays of the account, counted: give these to the provider. */
  readonly wallet: Account['wallet'];
  readonly relays: Account['relays'];
  /** Counts the connections of a further key as well, which are its own. */
  readonly observe: (relays: Account['relays']) => Account['relays'];
  /** The policy of who is served, which serves nobody, and answers nobody, while an operator has paused the intake. */
  readonly access: (policy?: AccessPolicy) => AccessPolicy;
  /** Also shows, and lets people decide on, what is sold under these keys, besides those that are known. */
  readonly sellAs: (operators: readonly SaleOperator[]) => void;
  /** Where the pages are; `null` when they are not served. */
  readonly adminUrl: string | null;
  /** Ends pages and measurements. Close the provider first: until then they show how it ends. */
  close(): Promise<void>;
}

/** Services whose kinds are remembered, of all that were sold since the start. */
const MAX_SERVICES = 500;

/** Watches a provider from before it starts until it is closed. Fails with `port-taken` or `address-unknown`. */
export async function startOperations(
  options: OperationsOptions,
): Promise<Outcome<Operations, 'port-taken' | 'address-unknown'>> {
  const { account, services, log, signal } = options;
  const { ledger, signer, now } = account;
  const relayUrls = account.relayUrls.map((url) => normalizeRelayUrl(url) ?? url);
  const metrics = createMetrics();
  metrics.buildInfo.set({ version: options.version, node: process.version }, 1);
  metrics.startedAt.set(now());
  const wallet = account.wallet === null ? null : observedWallet(account.wallet, metrics);
  const pools = observeRelays(metrics);
  const relays = pools.observe(account.relays);
  // Keys that are not sold under any more stay: their sales are still here.
  const operators: SaleOperator[] = [{ signer, ledger, relayUrls, now }];
  const sellAs = (others: readonly SaleOperator[]): void => {
    for (const other of others)
      if (operators.every((known) => known.signer.pubkey !== other.signer.pubkey)) operators.push(other);
  };
  sellAs(options.alsoSellingAs ?? []);
  const kinds = new Map(services.map(({ id, kind }) => [id, kind]));
  let isTakingJobs = true;
  const intake = {
    isTakingJobs: () => isTakingJobs,
    pause: () => void (isTakingJobs = false),
    resume: () => void (isTakingJobs = true),
  };
  const watch = watchSales(log, metrics);
  const parts = {
    wallet,
    relays,
    observe: (others: Account['relays']) => pools.observe(others),
    access:
      (policy: AccessPolicy = () => 'open') =>
      (customerPubkey: string) =>
        isTakingJobs ? policy(customerPubkey) : 'blocked',
    onChange(sale: Sale) {
      if (kinds.size < MAX_SERVICES) kinds.set(sale.serviceId, sale.request.kind);
      watch.onChange(sale);
    },
    onRescue: watch.onRescue,
    onTrouble: watch.onTrouble,
    sellAs,
  };
  if (options.admin === undefined)
    return success({ ...parts, adminUrl: null, close: () => Promise.resolve() });

  const readiness = createReadiness({ relays: pools, relayUrls, wallet, ledger });
  const figures = createFigures(metrics, {
    ledger,
    operators,
    kindOf: (serviceId) => kinds.get(serviceId) ?? null,
    relays: pools,
    relayUrls,
    readiness,
    isTakingJobs: intake.isTakingJobs,
    now,
  });
  const { token, hostNames } = options.admin;
  const isStopping = () => signal.aborted;
  const app = adminApp({ token, readiness, isStopping, figures, operators, intake, log, hostNames });
  const server = await listenForOperators(app, options.admin);
  if (!server.ok) {
    figures.close();
    return server;
  }
  return success({
    ...parts,
    adminUrl: server.value.url,
    async close() {
      await server.value.close();
      figures.close();
    },
  });
}

/**
 * Reads where pages are served: `127.0.0.1:9464`, `[::1]:9464` or only a port, which is on loopback. Fails with
 * `invalid-argument`.
 */
export function parseAdminAddress(
  text: string,
): Outcome<{ readonly host: string; readonly port: number }, 'invalid-argument'> {
  const [, bracketed, plain, digits = ''] =
    /^(?:(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535)
    return failure(
      'invalid-argument',
      'An admin address is a port, or a host and a port such as 127.0.0.1:9464.',
    );
  return success({ host: bracketed ?? plain ?? '127.0.0.1', port });
}
