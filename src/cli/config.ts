import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { z } from 'zod';
import type { AccountOptions, ForwardRule } from '../account/index.ts';
import type { SpendingCaps } from '../ledger/index.ts';
import { takeSecretKeyFromEnv } from '../keys/node.ts';
import { findMarket, marketWalletUri, type WalletRole } from '../market/index.ts';
import {
  failure,
  normalizeRelayUrl,
  satsToMsat,
  success,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';

/** What may stand in `coinop.toml`. Secrets may not: they come from files, the environment or a prompt. */
const ConfigFile = z.strictObject({
  relays: z.array(z.string()).optional(),
  /** A file that holds the NWC connection. */
  wallet_file: z.string().optional(),
  /** Addresses of the Cashu mints that are trusted with ecash. */
  mints: z.array(z.url()).optional(),
  max_sats_per_job: z.number().int().positive().optional(),
  max_sats_per_counterparty: z.number().int().positive().optional(),
  max_sats_per_day: z.number().int().positive().optional(),
  max_sats_total: z.number().int().positive().optional(),
  /** Where a provider's earnings go. */
  forward: z
    .strictObject({
      to: z.string(),
      above_sats: z.number().int().nonnegative(),
      keep_sats: z.number().int().nonnegative().default(0),
      max_sats_per_day: z.number().int().positive().optional(),
    })
    .refine(({ above_sats, keep_sats }) => keep_sats <= above_sats, {
      message: 'keep_sats must not be more than above_sats',
    })
    .optional(),
});
type ConfigFile = z.infer<typeof ConfigFile>;

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
  readonly secretKey: Uint8Array | undefined;
  /** Private `host:port` pairs that inputs may come from: the local market's own. */
  readonly allowHosts: readonly string[];
  /** The mints that are trusted with ecash. */
  readonly mints: AccountOptions['mints'];
  readonly perJobMsat: Msat | undefined;
  /** The caps of all spending together. */
  readonly caps: Omit<SpendingCaps, 'perJobMsat' | 'perPurposeMsat'>;
  /** When a provider's earnings are forwarded, and where to. */
  readonly forward: ForwardRule | undefined;
  /** Told when an account that was restored from a backup is opened for the first time. */
  readonly onRestored?: AccountOptions['onRestored'];
  /** Relays and wallet are those of the market on this machine: play money. */
  readonly localMarket: boolean;
}

/** Fails with `invalid-config` (which file and field), `invalid-argument`, or a key parser's code. */
export async function readConfig(
  flags: AccountFlags,
  env: NodeJS.ProcessEnv,
  role: WalletRole,
): Promise<Outcome<Config>> {
  const home = homeOf(flags, env);
  const file = await readFiles(home);
  if (!file.ok) return file;
  const secretKey = takeSecretKeyFromEnv(env, 'NOSTR_SECRET_KEY');
  if (!secretKey.ok) return secretKey;

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

  const wallet = await walletUri(flags, env, file.value);
  if (!wallet.ok) return wallet;
  return success({
    home,
    relayUrls,
    walletUri: wallet.value ?? (localMarket ? await marketWalletUri(join(home, 'market'), role) : undefined),
    secretKey: secretKey.value ?? undefined,
    allowHosts: localMarket ? [market.host, ...hostsOf(market.mintUrl)] : [],
    mints: trustedMints(file.value, localMarket ? market.mintUrl : undefined),
    perJobMsat: sats(file.value.max_sats_per_job),
    caps: {
      ...optional('perCounterpartyMsat', file.value.max_sats_per_counterparty),
      ...optional('perDayMsat', file.value.max_sats_per_day),
      ...optional('totalMsat', file.value.max_sats_total),
    },
    forward: forwardRule(file.value),
    localMarket,
  });
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

async function readFiles(home: string): Promise<Outcome<ConfigFile>> {
  const user = await readConfigFile(join(home, 'config.toml'));
  if (!user.ok) return user;
  const project = await readConfigFile('coinop.toml');
  return project.ok ? success({ ...user.value, ...project.value }) : project;
}

async function readConfigFile(path: string): Promise<Outcome<ConfigFile>> {
  const text = await readIfThere(path);
  if (text === null) return success({});
  try {
    const parsed = ConfigFile.safeParse(parseToml(text));
    if (parsed.success) return success(parsed.data);
    const issue = parsed.error.issues[0];
    return failure('invalid-config', `${path}: ${[...(issue?.path ?? []), issue?.message].join(' ')}`, {
      path,
    });
  } catch {
    return failure('invalid-config', `${path} is not valid TOML.`, { path });
  }
}

/** The NWC connection from a flag's file, the environment, or the configured file. */
async function walletUri(
  flags: AccountFlags,
  env: NodeJS.ProcessEnv,
  file: ConfigFile,
): Promise<Outcome<string | undefined>> {
  const fromEnv = env['NWC_URL'];
  delete env['NWC_URL']; // handlers we start do not inherit it
  if (flags.walletFile === undefined && fromEnv) return success(fromEnv.trim());
  const path = flags.walletFile ?? file.wallet_file;
  if (path === undefined) return success(undefined);
  const text = await readIfThere(path);
  return text === null
    ? failure('invalid-config', `The wallet file ${path} does not exist.`, { path })
    : success(text.trim());
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
