import { join } from 'node:path';
import type { Command } from 'commander';
import { isFreshlyRestored, type Account } from '../account/index.ts';
import { unixNow } from '../clock/index.ts';
import { createCustomer, SUPPORTED_EXCHANGES } from '../customer/index.ts';
import { listenForClients, openGateway, type Gateway } from '../gateway/index.ts';
import { openSqlGatewayJobs } from '../gateway/sql.ts';
import { parsePubkey } from '../keys/index.ts';
import { feeLimitOf } from '../money/index.ts';
import {
  addMsat,
  failure,
  isJobKind,
  isPaidInEcash,
  KIND_CONTRACTS,
  satsToMsat,
  success,
  type Failure,
  type Outcome,
} from '../protocol/index.ts';
import { GATEWAY_JOBS_FILE } from './client-books.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags, Config } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import { collect, MAX_SATS, wholeNumber } from './option-values.ts';
import type { Output } from './output.ts';

interface GatewayFlags extends AccountFlags {
  readonly port: number;
  readonly host: string;
  readonly margin: number;
  readonly minMarginSat: number;
  readonly maxSats: number;
  readonly maxLossSat: number;
  readonly trust: readonly string[];
  readonly kinds?: string;
  readonly publicUrl?: string;
  readonly cors: readonly string[];
  readonly trustProxy: boolean;
}

/** Adds `coinop gateway`. */
export function addGatewayCommand(
  program: Command,
  { run, withAccount, withGrace, withRelays, signal }: CommandRunner,
): void {
  withGrace(withAccount(program.command('gateway')))
    .description('sell the jobs of the market over HTTP to anybody who can pay an invoice (L402)')
    .option('--port <n>', 'where it listens', wholeNumber(0, 65_535), 8402)
    .option('--host <address>', 'on which address it listens', '127.0.0.1')
    .option('--margin <percent>', 'what it takes on top of a provider’s price', wholeNumber(0, 1_000), 5)
    .option(
      '--min-margin-sat <sats>',
      'what it takes at least; the routing fees come out of it',
      wholeNumber(0, 1e9),
      5,
    )
    .option('--max-sats <sats>', 'the most that a job may cost a client', wholeNumber(1, MAX_SATS), 10_000)
    .option(
      '--max-loss-sat <sats>',
      'the most that a day may cost in refunds of what providers took without delivering',
      wholeNumber(0, MAX_SATS),
      1_000,
    )
    .option(
      '--trust <provider>',
      'a provider that may be paid before it delivers, may be repeated',
      collect,
      [],
    )
    .option('--kinds <list>', 'which kinds it sells, such as 5001,5050; all that are known unless told')
    .option('--public-url <url>', 'how clients reach it, where a proxy stands before it')
    .option('--cors <origin>', 'a web origin that may call it, or *, may be repeated', collect, [])
    .option('--trust-proxy', 'count clients by X-Forwarded-For', false)
    .action((flags: GatewayFlags) =>
      run((output) =>
        withRelays(flags, 'gateway', async (config) => {
          await parkRestored(join(config.home, 'gateway'), output);
          return withOpenAccount(config, 'gateway', (account) =>
            serveGateway(flags, account, config, output, signal),
          );
        }),
      ),
    );
}

/** Before its account is opened, which then is no fresh one any more: what a backup does not know is left to a person. */
async function parkRestored(dir: string, output: Output): Promise<void> {
  if (!(await isFreshlyRestored(dir))) return;
  const jobs = openSqlGatewayJobs({ path: join(dir, GATEWAY_JOBS_FILE) });
  try {
    const parked = await jobs.park(unixNow());
    if (parked > 0)
      output.note(
        `! ${parked} job(s) of clients are parked: the gateway that was backed up may have bought or refunded them since. Ask those who come for them.`,
      );
  } finally {
    await jobs.close();
  }
}

async function serveGateway(
  flags: GatewayFlags,
  account: Account,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const { wallet, ledger, now, resolveRefundInvoice: resolveAddress } = account;
  if (wallet === null)
    return failure(
      'wallet-missing',
      'A gateway needs a wallet; set NWC_URL or wallet_file, or start `coinop up`.',
    );
  const kinds = readKinds(flags.kinds);
  if (!kinds.ok) return kinds;
  const trusted = readProviders(flags.trust);
  if (!trusted.ok) return trusted;
  const maxPriceMsat = satsToMsat(flags.maxSats);
  const onTrouble = ({ message, code }: Failure): void => output.note(`! ${message} (${code})`);
  const jobs = openSqlGatewayJobs({ path: join(account.dir, GATEWAY_JOBS_FILE) });
  const customer = createCustomer({
    ...account,
    caps: {
      perJobMsat: config.perJobMsat ?? addMsat(maxPriceMsat, feeLimitOf(maxPriceMsat)),
      ...config.caps,
    },
    onTrouble,
  });
  try {
    const gateway = await openGateway({
      customer,
      spending: ledger.spending,
      wallet,
      jobs,
      kinds: kinds.value,
      margin: { percent: flags.margin, minimumMsat: satsToMsat(flags.minMarginSat) },
      maxPriceMsat,
      maxLossMsat: satsToMsat(flags.maxLossSat),
      exchanges: SUPPORTED_EXCHANGES.filter(
        (mode) => mode !== 'balance' && (account.ecash !== null || !isPaidInEcash(mode)),
      ),
      trusted: trusted.value,
      resolveAddress,
      ...(flags.publicUrl === undefined ? {} : { publicUrl: flags.publicUrl.replace(/\/+$/, '') }),
      corsOrigins: flags.cors,
      now,
      onTrouble,
    });
    return gateway.ok ? await listenUntil(signal, gateway.value, flags, config, output) : gateway;
  } finally {
    await customer.close();
    await jobs.close();
  }
}

async function listenUntil(
  signal: AbortSignal,
  gateway: Gateway,
  flags: GatewayFlags,
  config: Config,
  output: Output,
): Promise<Outcome<void>> {
  const server = await listenForClients(gateway, flags);
  if (!server.ok) {
    await gateway.close();
    return server;
  }
  const { url } = server.value;
  if (output.asked)
    output.facts({
      url,
      openapi: `${url}/openapi.json`,
      relays: config.relayUrls,
      playMoney: config.localMarket,
    });
  output.note(
    `● gateway on ${url} takes ${flags.margin} %, at least ${flags.minMarginSat} sat${config.localMarket ? ' (play money)' : ''}\n` +
      `  buys on ${config.relayUrls.join(', ')}; ${url}/openapi.json says how to order`,
  );
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  output.note('finishing what is running…');
  await gateway.close();
  await server.value.close();
  return success(undefined);
}

function readProviders(names: readonly string[]): Outcome<readonly string[], 'invalid-argument'> {
  const keys = names.map((name) => parsePubkey(name));
  const known = keys.flatMap((key) => (key.ok ? [key.value] : []));
  return known.length === keys.length
    ? success(known)
    : failure('invalid-argument', '--trust takes public keys of providers, npub or hex.');
}

function readKinds(list: string | undefined): Outcome<readonly number[], 'invalid-argument'> {
  if (list === undefined) return success(KIND_CONTRACTS.map(({ kind }) => kind));
  const kinds = [...new Set(list.split(',').map((word) => Number(word.trim())))];
  const wrong = kinds.find((kind) => !isJobKind(kind));
  return wrong === undefined
    ? success(kinds)
    : failure('invalid-argument', '--kinds takes job kinds from 5000 to 5999, separated by commas.');
}
