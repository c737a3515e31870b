import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AccountOptions, ForwardRule } from '../account/index.ts';
import type { SpendingCaps } from '../ledger/index.ts';
import { takeSecretKeyFromEnv } from '../keys/node.ts';
import { findMarket, marketWalletUri, type WalletRole } from '../market/index.ts';
import {
  addMsat,
  failure,
  msat,
  normalizeRelayUrl,
  satsToMsat,
  success,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { BUDGET_FIELDS, readConfigFile, readIfThere, type ConfigFile } from './config-file.ts';
import { MAX_SATS } from './option-values.ts';
import type { SellingRules } from './selling-rules.ts';

/** Flags that every command with an account takes. */
export interface AccountFlags {
  readonly home?: string;
  readonly relay?: readonly string[];
  readonly walletFile?: string;
}

/** Where a command finds its account: flags win over the environment, that over `./coinop.toml`, that over the user's file, that over a market running on this machine. */
export interface Config {
  /** Everything of this user: `~/.coinop` unless told. */
  readonly home: string;
  readonly relayUrls: readonly string[];
  readonly walletUri: string | undefined;
  /** The file that it was read from, where it was. */
  readonly walletFile: string | undefined;
  /** The Postgres database of accounts with processes on several machines: from the environment, for it is a secret. */
  readonly databaseUrl: string | undefined;
  readonly secretKey: Uint8Array | undefined;
  /** Blossom servers that results are stored on. */
  readonly blobServers: readonly string[];
  /** Private `host:port` pairs that inputs may come from: the local market's own. */
  readonly allowHosts: readonly string[];
  /** The mints that are trusted with ecash. */
  readonly mints: AccountOptions['mints'];
  readonly perJobMsat: Msat | undefined;
  /** The caps of all spending together. */
  readonly caps: Omit<SpendingCaps, 'perJobMsat' | 'perPurposeMsat'>;
  /** What a provider sells where its command names nothing. */
  readonly services: NonNullable<ConfigFile['service']>;
  /** Who is served and trusted by all that is sold. */
  readonly sellingRules: SellingRules;
  /** When a provider's earnings are forwarded, and where to. */
  readonly forward: ForwardRule | undefined;
  /** Where pages for operators are served, unless a flag says it. */
  readonly admin: ConfigFile['admin'];
  /** Told when an account that was restored from a backup is opened for the first time. */
  readonly onRestored?: AccountOptions['onRestored'];
  /** Relays and wallet are those of the market on this machine: play money. */
  readonly localMarket: boolean;
}

/**
 * Fails with `invalid-config` (which file and field), `secret-in-config`, `invalid-argument`, or a key parser's code.
 */
export async function readConfig(
  flags: AccountFlags,
  env: NodeJS.ProcessEnv,
  role: WalletRole,
): Promise<Outcome<Config>> {
  const home = homeOf(flags, env);
  const file = await readFiles(home);
  if (!file.ok) return file;
  const budget = budgetOf(file.value, env);
  if (!budget.ok) return budget;
  const secretKey = takeSecretKeyFromEnv(env, 'NOSTR_SECRET_KEY');
  if (!secretKey.ok) return secretKey;

  const databaseUrl = env['COINOP_DATABASE_URL'] || undefined;

  const named = flags.relay ?? listed(env['COINOP_RELAYS']) ?? file.value.relays;
  const market = await findMarket(join(home, 'market'));
  const relays = (named ?? (market ? [market.relayUrl] : [])).map((url) => ({
    url,
    normal: normalizeRelayUrl(url),
  }));
  const wrong = relays.find(({ normal }) => normal === null);
  if (wrong)
    return failure(
      'invalid-argument',
      `${wrong.url} is not a relay URL; it must begin with ws:// or wss://.`,
    );
  const relayUrls = relays.flatMap(({ normal }) => (normal === null ? [] : [normal]));
  const localMarket =
    market !== null && relayUrls.length === 1 && relayUrls[0] === normalizeRelayUrl(market.relayUrl);

  const wallet = await connectedWallet(flags, env, file.value);
  if (!wallet.ok) return wallet;
  return success({
    home,
    relayUrls,
    walletUri:
      wallet.value.uri ?? (localMarket ? await marketWalletUri(join(home, 'market'), role) : undefined),
    walletFile: wallet.value.file,
    databaseUrl,
    secretKey: secretKey.value ?? undefined,
    blobServers:
      listed(env['COINOP_BLOB_SERVERS']) ??
      file.value.blob_servers ??
      (localMarket ? [`http://${market.host}`] : []),
    allowHosts: localMarket ? [market.host, ...hostsOf(market.mintUrl)] : [],
    mints: trustedMints(file.value, localMarket && databaseUrl === undefined ? market.mintUrl : undefined),
    perJobMsat: sats(budget.value.per_job_sat),
    caps: {
      ...optional('perCounterpartyMsat', budget.value.per_provider_sat),
      ...optional('perDayMsat', budget.value.per_day_sat),
      ...optional('totalMsat', budget.value.total_sat),
    },
    ...sellingOf(file.value),
    forward: forwardRule(file.value),
    admin: file.value.admin,
    localMarket,
  });
}

/** The fee limit comes on top of what an offer may ask. */
export function withFees(amount: Msat): Msat {
  return addMsat(amount, msat(amount / 100n), satsToMsat(5));
}

/**
 * The caps that the ledger holds everything to that is spent under this configuration: its `[budget]`, and for one job
 * also what the command itself allows, whichever is less.
 */
export function spendingCaps({ perJobMsat, caps }: Config, allowedMsat: Msat): SpendingCaps {
  const isLess = perJobMsat !== undefined && perJobMsat < allowedMsat;
  return { ...caps, perJobMsat: isLess ? perJobMsat : allowedMsat };
}

/** The items of a variable; an empty one counts as unset. */
function listed(text: string | undefined): readonly string[] | undefined {
  const items = text?.split(/[\s,]+/).filter(Boolean) ?? [];
  return items.length > 0 ? items : undefined;
}

/** Where everything of this user is kept. */
export function homeOf(flags: Pick<AccountFlags, 'home'>, env: NodeJS.ProcessEnv): string {
  return flags.home ?? (env['COINOP_HOME'] || join(homedir(), '.coinop'));
}

/** Play money and real money are never at the same mints: the local market has one of its own. */
function trustedMints({ mints }: ConfigFile, ofMarket: string | undefined): AccountOptions['mints'] {
  if (ofMarket !== undefined) return { urls: [ofMarket], network: 'regtest' };
  return mints === undefined ? undefined : { urls: mints, network: 'bitcoin' };
}

function hostsOf(url: string | undefined): string[] {
  return url === undefined ? [] : [new URL(url).host];
}

function sats(amount: number | undefined): Msat | undefined {
  return amount === undefined ? undefined : satsToMsat(amount);
}

function optional<Name extends string>(name: Name, amount: number | undefined): Partial<Record<Name, Msat>> {
  const cap: Partial<Record<Name, Msat>> = {};
  if (amount !== undefined) cap[name] = satsToMsat(amount);
  return cap;
}

function forwardRule({ forward }: ConfigFile): ForwardRule | undefined {
  if (forward === undefined) return undefined;
  return {
    to: forward.to,
    aboveMsat: satsToMsat(forward.above_sats),
    keepMsat: satsToMsat(forward.keep_sats),
    ...optional('perDayMsat', forward.max_sats_per_day),
  };
}

/** The configuration files, the one that wins first. */
export function configPaths(home: string): readonly [project: string, user: string] {
  return ['coinop.toml', join(home, 'config.toml')];
}

/** What the files say now of what is sold. Fails as `readConfig` for what the files say. */
export async function readSelling(home: string): Promise<Outcome<Pick<Config, 'services' | 'sellingRules'>>> {
  const file = await readFiles(home);
  return file.ok ? success(sellingOf(file.value)) : file;
}

function sellingOf({ service = [], access, trust, limits, balances }: ConfigFile) {
  return { services: service, sellingRules: { access, trust, limits, balances } };
}

async function readFiles(home: string): Promise<Outcome<ConfigFile>> {
  const [projectPath, userPath] = configPaths(home);
  const user = await readConfigFile(userPath);
  if (!user.ok) return user;
  const project = await readConfigFile(projectPath);
  if (!project.ok) return project;
  const budget = { ...user.value.budget, ...project.value.budget };
  return success({ ...user.value, ...project.value, budget });
}

/** The budget of the files, each field of which a variable may replace. */
function budgetOf(file: ConfigFile, env: NodeJS.ProcessEnv): Outcome<NonNullable<ConfigFile['budget']>> {
  const budget = { ...file.budget };
  for (const field of BUDGET_FIELDS) {
    const name = `COINOP_${field.toUpperCase()}`;
    const text = env[name]?.trim();
    if (text === undefined || text === '') continue;
    if (!/^\d+$/.test(text) || Number(text) > MAX_SATS)
      return failure('invalid-config', `${name} must be a whole number of sats.`);
    budget[field] = Number(text);
  }
  return success(budget);
}

/** The NWC connection from a flag's file, the environment, or the configured file. */
async function connectedWallet(
  flags: AccountFlags,
  env: NodeJS.ProcessEnv,
  file: ConfigFile,
): Promise<Outcome<{ readonly uri: string | undefined; readonly file: string | undefined }>> {
  const fromEnv = env['NWC_URL'];
  delete env['NWC_URL']; // handlers we start do not inherit it
  if (flags.walletFile === undefined && fromEnv) return success({ uri: fromEnv.trim(), file: undefined });
  const path = flags.walletFile ?? (env['COINOP_WALLET_FILE'] || file.wallet_file);
  if (path === undefined) return success({ uri: undefined, file: undefined });
  const text = await readIfThere(path);
  return text === null
    ? failure('invalid-config', `The wallet file ${path} does not exist.`, { path })
    : success({ uri: text.trim(), file: path });
}
