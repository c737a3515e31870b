import { Command, CommanderError } from 'commander';
import type { RestoredReport } from '../account/index.ts';
import { SUPPORTED_EXCHANGES, type SupportedExchange } from '../customer/index.ts';
import { EXCHANGE_MODES, failure, type ExchangeMode, type Outcome } from '../protocol/index.ts';
import { buy } from './buy.ts';
import { homeOf, readConfig, type AccountFlags, type Config } from './config.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { explainThrown } from './explain-thrown.ts';
import { showKeys } from './key.ts';
import { listKinds, showKind } from './kinds.ts';
import { collect, listOf, MAX_SATS, wholeNumber } from './option-values.ts';
import { createOutput, type Output } from './output.ts';
import { sayRestored } from './restored.ts';
import { resume } from './resume.ts';
import { addSafekeepingCommands } from './safekeeping-commands.ts';
import { serve } from './serve.ts';
import { trace } from './trace.ts';
import { up } from './up.ts';
import { addWalletCommands } from './wallet-commands.ts';
import { addZapCommand } from './zap.ts';

const DEFAULT_PORT = 7777;

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted); // asked twice: at once
    stopping.abort();
  });

for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // a reader such as `head` has seen enough
    if (stream === process.stdout) outputOf().failure(explainThrown(error));
    process.exitCode = EXIT.failed;
  });

const program = new Command('coinop')
  .description('Buy and sell work on Nostr, paid over Lightning. Data on stdout, all else on stderr.')
  .option('--json', 'machine-readable output')
  .option('--home <dir>', 'where keys and books are kept (COINOP_HOME, else ~/.coinop)')
  .configureHelp({ sortSubcommands: false })
  .configureOutput({
    outputError: (text, write) => {
      if (!wantsJson()) write(text);
    },
  })
  .exitOverride();

program
  .command('up')
  .description('start a market on this machine with play money, and buy a first job')
  .option('--port <n>', 'loopback port of relay and pages', wholeNumber(0, 65535), DEFAULT_PORT)
  .option('--no-demo', 'do not buy the first job')
  .option('--once', 'end after the first job', false)
  .action((flags: { port: number; demo: boolean; once: boolean }) =>
    run((output) => up({ ...flags, home: home() }, process.env, output, stopping.signal)),
  );

withAccount(program.command('buy'))
  .description('buy a job and print its result')
  .argument('<kind>', 'job kind, such as 5001', wholeNumber(5000, 5999))
  .argument('<input>', 'a URL, a file, or - for stdin')
  .requiredOption(
    '--max <sats>',
    'the most the whole may cost; routing fees of up to 1 % + 5 sat come on top',
    wholeNumber(0, MAX_SATS),
  )
  .option('--param <name=value>', 'a parameter of the job, may be repeated', collect, [])
  .option('--output <mime>', 'wanted media type, may be repeated', collect, [])
  .option('--provider <pubkey>', 'ask only this provider, may be repeated', collect, [])
  .option('--deadline <seconds>', 'how long to wait', wholeNumber(1, 86_400), 120)
  .option(
    '--exchange <modes>',
    `accept only these of ${SUPPORTED_EXCHANGES.join(',')}, best first`,
    listOf(SUPPORTED_EXCHANGES),
  )
  .option('--encrypt', 'show the job to nobody but the one --provider', false)
  .option('--first-draft', 'ask by the first draft of NIP-90 (kind 68001)', false)
  .action((kind: number, input: string, flags: AccountFlags & BuyFlags) =>
    run((output) =>
      withRelays(flags, 'customer', (config) =>
        buy(
          {
            kind,
            input,
            maxSats: flags.max,
            params: flags.param,
            outputs: flags.output,
            providers: flags.provider,
            deadlineSeconds: flags.deadline,
            exchanges: flags.exchange,
            encrypted: flags.encrypt,
            firstDraft: flags.firstDraft,
          },
          config,
          output,
          stopping.signal,
        ),
      ),
    ),
  );

withAccount(program.command('resume'))
  .description('go on with the purchases that an earlier command left open')
  .action((flags: AccountFlags) =>
    run((output) => withRelays(flags, 'customer', (config) => resume(config, output, stopping.signal))),
  );

withAccount(program.command('serve'))
  .description('sell a command: stdin is the input, stdout the result')
  .requiredOption('--kind <n>', 'job kind to answer', wholeNumber(5000, 5999))
  .requiredOption('--price <sats>', 'what a job costs; 0 is free', wholeNumber(0, MAX_SATS))
  .requiredOption('--exec <command>', 'a shell command')
  .option('--name <name>', 'how the service is announced')
  .option('--timeout <seconds>', 'how long the command may run', wholeNumber(1, 86_000), 45)
  .option('--concurrency <n>', 'jobs at once', wholeNumber(1, 1000), 4)
  .option(
    '--exchange <modes>',
    `sell by these of ${EXCHANGE_MODES.join(',')}, best first`,
    listOf(EXCHANGE_MODES),
  )
  .option('--work-unpaid <sats>', 'work before the payment up to this price', wholeNumber(0, 1e9), 0)
  .option('--deliver-unpaid <sats>', 'deliver before the payment up to this price', wholeNumber(0, 1e9), 0)
  .option('--trust-strangers', 'do so for customers without a record as well', false)
  .option('--lud16 <address>', 'the lightning address that the wallet serves, to be paid by zaps')
  .option('--wait-for-payment', 'build on results of others only when they were accepted', false)
  .option('--first-draft', 'answer requests of the first draft (kind 68001) as well', false)
  .action((flags: AccountFlags & ServeFlags) =>
    run((output) =>
      withRelays(flags, 'provider', (config) =>
        serve(
          {
            kind: flags.kind,
            priceSats: flags.price,
            command: flags.exec,
            name: flags.name,
            timeoutSeconds: flags.timeout,
            concurrency: flags.concurrency,
            exchanges: flags.exchange,
            firstDraft: flags.firstDraft,
            waitForPayment: flags.waitForPayment,
            lud16: flags.lud16,
            workUnpaidSats: flags.workUnpaid,
            deliverUnpaidSats: flags.deliverUnpaid,
            trustStrangers: flags.trustStrangers,
          },
          config,
          output,
          stopping.signal,
        ),
      ),
    ),
  );

withAccount(program.command('trace'))
  .description('show everything that happened to a job')
  .argument('<job>', 'the id of its request, or the beginning of it')
  .action((job: string, flags: AccountFlags) =>
    run((output) => withRelays(flags, 'customer', (config) => trace(job, config, output, stopping.signal))),
  );

program
  .command('kinds')
  .description('list the kinds of jobs that are known')
  .action(() => run(async (output) => listKinds(output)));

program
  .command('kind')
  .description('show what jobs of one kind take and give')
  .argument('<kind>', 'job kind, such as 5001', wholeNumber(5000, 5999))
  .option('--schema', 'print the JSON Schema of its requests', false)
  .action((kind: number, flags: { schema: boolean }) => run(async (output) => showKind(kind, flags, output)));

withAccount(program.command('key'))
  .description('show the public keys of this machine')
  .action((flags: AccountFlags) =>
    run((output) => withConfig(flags, 'customer', (config) => showKeys(config, output))),
  );

const runner = { run, withAccount, withConfig, withRelays, home, signal: stopping.signal };
addWalletCommands(program, runner);
addSafekeepingCommands(program, runner);
addZapCommand(program, runner);

interface BuyFlags {
  readonly max: number;
  readonly param: readonly string[];
  readonly output: readonly string[];
  readonly provider: readonly string[];
  readonly deadline: number;
  readonly exchange?: readonly SupportedExchange[];
  readonly encrypt: boolean;
  readonly firstDraft: boolean;
}

interface ServeFlags {
  readonly kind: number;
  readonly price: number;
  readonly exec: string;
  readonly name?: string;
  readonly timeout: number;
  readonly concurrency: number;
  readonly exchange?: readonly ExchangeMode[];
  readonly workUnpaid: number;
  readonly deliverUnpaid: number;
  readonly trustStrangers: boolean;
  readonly waitForPayment: boolean;
  readonly lud16?: string;
  readonly firstDraft: boolean;
}

function withAccount(command: Command): Command {
  return command
    .option('--relay <url>', 'relay to use, may be repeated (COINOP_RELAYS)', collect)
    .option('--wallet-file <path>', 'file with an NWC connection (NWC_URL)');
}

function home(): string {
  return homeOf(program.opts<{ home?: string }>(), process.env);
}

function onRestored(report: RestoredReport): void {
  sayRestored(report, outputOf());
}

async function withConfig(
  flags: AccountFlags,
  role: 'customer' | 'provider',
  use: (config: Config) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const config = await readConfig({ ...flags, home: home() }, process.env, role);
  return config.ok ? use({ ...config.value, onRestored }) : config;
}

/** As `withConfig`, for commands that talk to the market. Fails with `no-relays`. */
function withRelays(...[flags, role, use]: Parameters<typeof withConfig>): Promise<Outcome<void>> {
  return withConfig(flags, role, async (config) =>
    config.relayUrls.length > 0
      ? use(config)
      : failure(
          'no-relays',
          'No relay is known; start `coinop up` in another terminal or name one with --relay.',
        ),
  );
}

async function run(command: (output: Output) => Promise<Outcome<void>>): Promise<void> {
  const output = outputOf();
  const outcome = await command(output).catch((error: unknown) => ({
    ok: false as const,
    failure: explainThrown(error),
  }));
  if (outcome.ok) return;
  output.failure(outcome.failure);
  process.exitCode = exitCodeOf(outcome.failure.code);
}

function outputOf(): Output {
  return createOutput({ json: wantsJson(), stdout: process.stdout, stderr: process.stderr });
}

function wantsJson(): boolean {
  return program.opts<{ json?: boolean }>().json ?? false;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (process.exitCode === EXIT.usage && wantsJson())
    outputOf().failure({ code: 'usage', message: error.message });
}
