import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONNECTIONS_FILE, openAccount, type Account } from '../account/index.ts';
import { unixNow } from '../clock/index.ts';
import { fastSecretKeySigner } from '../keys/node.ts';
import { marketConnectionsPath, marketWalletUri, type WalletRole } from '../market/index.ts';
import {
  budgetState,
  createNwcConnection,
  NWC_METHODS,
  serveNwc,
  type BudgetRenewal,
  type NwcConnections,
  type NwcGrant,
  type NwcMethod,
} from '../money/index.ts';
import { lockNwcConnections, openSqlNwcConnections } from '../money/sql.ts';
import { failure, formatSats, satsToMsat, success, type Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';
import { explainThrown } from './explain-thrown.ts';
import type { Output } from './output.ts';

/** The arguments of `coinop wallet connect`. */
export interface ConnectArguments {
  readonly name: string;
  /** Whole sats in each period; `undefined` for no budget. */
  readonly budgetSats: number | undefined;
  readonly renew: RenewalWord;
  /** Seconds from now; `undefined` for never. */
  readonly expiresInSeconds: number | undefined;
  /** Separated by commas; `undefined` for all that the wallet can do. */
  readonly methods: string | undefined;
  readonly requestsPerMinute: number;
}

/** How periods are called on the command line. */
export const RENEWAL_WORDS = ['day', 'week', 'month', 'never'] as const;
type RenewalWord = (typeof RENEWAL_WORDS)[number];

const RENEWALS: Readonly<Record<RenewalWord, BudgetRenewal>> = {
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
  never: 'never',
};

/** `coinop wallet connect`: hands out a connection to the wallet and prints its URI, this once. */
export async function connectWallet(
  args: ConnectArguments,
  role: WalletRole,
  config: Config,
  output: Output,
): Promise<Outcome<void>> {
  const methods = readMethods(args.methods);
  if (!methods.ok) return methods;
  return withConnections(config, role, async (connections, servedBy) => {
    const { uri, ...keys } = createNwcConnection({ relayUrls: config.relayUrls });
    const now = unixNow();
    const grant: NwcGrant = {
      ...keys,
      name: args.name,
      scope: 'own-payments',
      ...(methods.value === null ? {} : { methods: methods.value }),
      ...(args.budgetSats === undefined
        ? {}
        : { budget: { amountMsat: satsToMsat(args.budgetSats), renewal: RENEWALS[args.renew] } }),
      requestsPerMinute: args.requestsPerMinute,
      ...(args.expiresInSeconds === undefined ? {} : { expiresAt: now + args.expiresInSeconds }),
      createdAt: now,
    };
    const added = await connections.add(grant);
    if (!added.ok) return added;
    if (output.json) output.facts({ ...(await factsOf(grant, connections)), uri });
    else output.data(uri);
    output.note(
      `Whoever has this URI can spend ${limitOf(grant)}: give it to ${args.name} alone. It is not shown again.\n` +
        `It works while ${servedBy} runs; \`coinop wallet disconnect ${args.name}\` ends it.`,
    );
    return success(undefined);
  });
}

/** `coinop wallet connections`: what was handed out, to whom, and what was spent. */
export function listConnections(role: WalletRole, config: Config, output: Output): Promise<Outcome<void>> {
  return withConnections(config, role, async (connections) => {
    const grants = await connections.list();
    const rows = await Promise.all(grants.map((grant) => factsOf(grant, connections)));
    output.rows(['name', 'state', 'usedSats', 'budgetSats', 'renews', 'expires', 'methods'], rows);
    return success(undefined);
  });
}

/** `coinop wallet disconnect`: ends a connection at once. */
export function disconnectWallet(
  name: string,
  role: WalletRole,
  config: Config,
  output: Output,
): Promise<Outcome<void>> {
  return withConnections(config, role, async (connections) => {
    const revoked = await connections.revoke(name, unixNow());
    if (!revoked.ok) return revoked;
    output.note(`${name} is disconnected. Payments it has under way may still be made.`);
    return success(undefined);
  });
}

/** `coinop wallet serve`: serves the connections that were handed out, in front of the connected wallet. */
export async function serveConnections(
  role: WalletRole,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  if (await isMarketWallet(config, role))
    return failure('connections-served', '`coinop up` serves the connections to its wallets already.');
  const account = await openAccount({ ...config, dir: join(config.home, role) });
  if (!account.ok) return account;
  try {
    return await serveFrom(account.value, join(config.home, role, CONNECTIONS_FILE), output, signal);
  } finally {
    await account.value.close();
  }
}

async function serveFrom(
  account: Account,
  path: string,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const { wallet, relayUrls } = account;
  if (wallet === null)
    return failure('wallet-missing', 'No wallet is connected; set NWC_URL or wallet_file.');
  const capabilities = await wallet.capabilities({ signal });
  if (!capabilities.ok) return capabilities;
  const lock = lockNwcConnections(path);
  if (!lock.ok) return lock;
  const connections = openSqlNwcConnections({ path });
  try {
    const service = await serveNwc({
      ...account,
      wallet,
      connections,
      signerOf: fastSecretKeySigner,
      onTrouble: (error) => output.note(`! ${explainThrown(error).message}`),
    });
    output.note(`● serving the wallet's connections on ${relayUrls.join(', ')}`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await service.close();
    return success(undefined);
  } finally {
    await connections.close();
    lock.value.close();
  }
}

/** Opens the connections of the wallet that the configuration names, wherever they are served from. */
async function withConnections(
  config: Config,
  role: WalletRole,
  use: (connections: NwcConnections, servedBy: string) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  if (config.walletUri === undefined)
    return failure(
      'wallet-missing',
      'No wallet is connected; set NWC_URL or wallet_file, or start `coinop up`.',
    );
  const ofMarket = await isMarketWallet(config, role);
  const path = ofMarket
    ? marketConnectionsPath(join(config.home, 'market'), role)
    : join(config.home, role, CONNECTIONS_FILE);
  if (!ofMarket) await mkdir(join(config.home, role), { recursive: true, mode: 0o700 });
  const connections = openSqlNwcConnections({ path });
  try {
    return await use(connections, ofMarket ? '`coinop up`' : '`coinop wallet serve`');
  } finally {
    await connections.close();
  }
}

async function isMarketWallet(config: Config, role: WalletRole): Promise<boolean> {
  return (
    config.localMarket && config.walletUri === (await marketWalletUri(join(config.home, 'market'), role))
  );
}

function readMethods(text: string | undefined): Outcome<readonly NwcMethod[] | null> {
  if (text === undefined) return success(null);
  const named = text.split(',').map((name) => name.trim());
  const unknown = named.find((name) => !NWC_METHODS.some((method) => method === name));
  return unknown === undefined
    ? success(NWC_METHODS.filter((method) => named.includes(method)))
    : failure(
        'invalid-argument',
        `${unknown} is no method of a wallet connection; there are ${NWC_METHODS.join(', ')}.`,
      );
}

/** What is shown of a connection: no keys. */
async function factsOf(grant: NwcGrant, { payments }: NwcConnections) {
  const budget = await budgetState(payments, grant, unixNow());
  return {
    name: grant.name,
    state: stateOf(grant),
    usedSats: budget === null ? null : Number(budget.usedMsat) / 1000,
    budgetSats: budget === null ? null : Number(budget.totalMsat) / 1000,
    renews: budget?.renewal ?? null,
    expires: grant.expiresAt === undefined ? 'never' : new Date(grant.expiresAt * 1000).toISOString(),
    methods: grant.methods?.join(' ') ?? 'all',
  };
}

function stateOf(grant: NwcGrant): 'open' | 'expired' | 'disconnected' {
  if (grant.revokedAt !== undefined) return 'disconnected';
  return grant.expiresAt !== undefined && grant.expiresAt <= unixNow() ? 'expired' : 'open';
}

function limitOf({ budget, methods }: NwcGrant): string {
  if (methods !== undefined && !methods.includes('pay_invoice'))
    return 'nothing, but use it as far as it may';
  if (budget === undefined) return 'all that the wallet holds';
  const period = budget.renewal === 'never' ? 'in all' : budget.renewal;
  return `up to ${formatSats(budget.amountMsat)} ${period}, routing fees included`;
}
