import { join } from 'node:path';
import process from 'node:process';
import { Option, type Command } from 'commander';
import type { Account } from '../account/index.ts';
import { loadOrCreateToken } from '../mcp/index.ts';
import {
  createLog,
  LOG_FORMATS,
  LOG_LEVELS,
  parseAdminAddress,
  startOperations,
  type AdminAddress,
  type Log,
  type LogFormat,
  type LogLevel,
  type Operations,
  type OperationsOptions,
} from '../operations/index.ts';
import { success, type Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';
import { collect } from './option-values.ts';
import { type Output } from './output.ts';
import { ownVersion } from './own-version.ts';

/** How a provider that stays up is watched. */
export interface OperateFlags {
  readonly admin?: string;
  readonly adminTokenFile?: string;
  readonly adminName: readonly string[];
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

/** Adds the flags of `OperateFlags`. */
export function withOperating(command: Command): Command {
  return command
    .option('--admin <address>', 'serve health, metrics and the admin API here, such as 127.0.0.1:9464')
    .option('--admin-token-file <path>', 'bearer token of the admin API, else <home>/admin-token')
    .option(
      '--admin-name <host>',
      'a name that it is asked for by, besides addresses; may be repeated',
      collect,
      [],
    )
    .addOption(new Option('--log-level <level>', 'how much is said').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log-format <format>', 'lines for people, or one JSON object a line').choices(LOG_FORMATS),
    );
}

/** What is watched. */
type Watched = Pick<OperationsOptions, 'services' | 'alsoSellingAs' | 'signal'> & {
  readonly account: Account;
  readonly config: Config;
  readonly output: Output;
};

/**
 * Watches a provider for as long as the command sells: log, numbers, pages. Fails with `invalid-argument`, `port-taken`,
 * `address-unknown`, the codes of the token file, or as the command.
 */
export async function withOperations(
  flags: OperateFlags,
  { account, services, alsoSellingAs, config, output, signal }: Watched,
  use: (operations: Operations, log: Log) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const admin = await adminAddress(flags, config);
  if (!admin.ok) return admin;
  const log = openLog(flags, config, output, admin.value?.token);
  const operations = await startOperations({
    account,
    services,
    ...(alsoSellingAs === undefined ? {} : { alsoSellingAs }),
    log,
    version: await ownVersion(),
    admin: admin.value ?? undefined,
    signal,
  });
  if (!operations.ok) return operations;
  try {
    if (operations.value.adminUrl !== null)
      log.info(`Operators find this process at ${operations.value.adminUrl}.`);
    return await use(operations.value, log);
  } finally {
    await operations.value.close();
  }
}

async function adminAddress(
  flags: OperateFlags,
  { home, admin }: Config,
): Promise<Outcome<AdminAddress | null>> {
  const listen = flags.admin ?? admin?.listen;
  if (listen === undefined) return success(null);
  const at = parseAdminAddress(listen);
  if (!at.ok) return at;
  const token = await loadOrCreateToken(flags.adminTokenFile ?? join(home, 'admin-token'));
  return token.ok
    ? success({ ...at.value, token: token.value, hostNames: [...flags.adminName, ...(admin?.names ?? [])] })
    : token;
}

/** JSON is data and goes to stdout, where nobody looks or it was asked for; lines for people go to stderr. */
function openLog(
  { logLevel: level, logFormat }: OperateFlags,
  config: Config,
  output: Output,
  token: string | undefined,
): Log {
  const format = logFormat ?? (output.json ? 'json' : 'pretty');
  return createLog({
    level,
    format,
    secrets: [...secretsOf(config), ...(token === undefined ? [] : [token])],
    write: (line) => void (format === 'json' ? process.stdout : process.stderr).write(line),
  });
}

const SECRET_VARIABLE = /key|token|secret|passw|passphrase|nwc|macaroon/i;

/** What this process knows that nobody may read, for a log that never writes it. */
function secretsOf({ walletUri, databaseUrl, secretKey }: Config): string[] {
  const wallet = walletUri === undefined ? null : URL.parse(walletUri);
  const database = databaseUrl === undefined ? null : URL.parse(databaseUrl);
  const named = Object.entries(process.env).flatMap(([name, value = '']) =>
    SECRET_VARIABLE.test(name) && value.length >= MIN_SECRET_CHARS ? [value] : [],
  );
  return [
    ...named,
    ...[walletUri, wallet?.searchParams.get('secret'), databaseUrl, database?.password].filter(
      (each) => each !== undefined && each !== null,
    ),
    ...(secretKey === undefined ? [] : [Buffer.from(secretKey).toString('hex')]),
  ];
}

/** Shorter values are too likely to stand in harmless words. */
const MIN_SECRET_CHARS = 8;
