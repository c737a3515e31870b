import type { Command } from 'commander';
import type { WalletRole } from '../market/index.ts';
import { failure, type Outcome } from '../protocol/index.ts';
import { homeOf, readConfig, type AccountFlags, type Config } from './config.ts';
import { exitCodeOf } from './exit-codes.ts';
import { explainThrown } from './explain-thrown.ts';
import { collect, wholeNumber } from './option-values.ts';
import { createOutput, type Output } from './output.ts';
import { sayRestored } from './restored.ts';
import type { Stopping } from './stop-on-signals.ts';

type WithConfig = (
  flags: AccountFlags,
  role: WalletRole,
  use: (config: Config) => Promise<Outcome<void>>,
) => Promise<Outcome<void>>;

/** What commands are run with. */
export interface CommandRunner {
  /** Runs a command, prints its failure and sets the exit code. */
  readonly run: (command: (output: Output) => Promise<Outcome<void>>) => Promise<void>;
  /** Adds the flags of commands that use an account. */
  readonly withAccount: (command: Command) => Command;
  /** Reads the configuration. */
  readonly withConfig: WithConfig;
  /** As `withConfig`, for commands that talk to the market. Fails with `no-relays`. */
  readonly withRelays: WithConfig;
  /** Where everything of this user is kept. */
  readonly home: () => string;
  /** Output as the global options ask for it. */
  readonly output: () => Output;
  /** Adds `--grace` to commands that stay up; see `Stopping`. */
  readonly withGrace: (command: Command) => Command;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** As systems wait, that send SIGKILL afterwards, and still some time to close. */
const USUAL_GRACE_SECONDS = 10;

/** Runs the commands of a program that has the global options `--json` and `--home`. */
export function createCommandRunner(program: Command, { signal, endWithin }: Stopping): CommandRunner {
  const home = () => homeOf(program.opts<{ home?: string }>(), process.env);
  const output = () =>
    createOutput({
      json: program.opts<{ json?: boolean }>().json ?? false,
      stdout: process.stdout,
      stderr: process.stderr,
    });

  const withConfig: WithConfig = async (flags, role, use) => {
    const config = await readConfig({ ...flags, home: home() }, process.env, role);
    if (!config.ok) return config;
    return use({ ...config.value, onRestored: (report) => sayRestored(report, output()) });
  };

  return {
    async run(command) {
      const shown = output();
      const outcome = await command(shown).catch((error: unknown) => ({
        ok: false as const,
        failure: explainThrown(error),
      }));
      if (outcome.ok) return;
      shown.failure(outcome.failure);
      process.exitCode = exitCodeOf(outcome.failure.code);
    },
    withAccount: (command) =>
      command
        .option('--relay <url>', 'relay to use, may be repeated (COINOP_RELAYS)', collect)
        .option('--wallet-file <path>', 'file with an NWC connection (NWC_URL)'),
    withConfig,
    withRelays: (flags, role, use) =>
      withConfig(flags, role, async (config) =>
        config.relayUrls.length > 0
          ? use(config)
          : failure(
              'no-relays',
              'No relay is known; start `coinop up` in another terminal or name one with --relay.',
            ),
      ),
    withGrace: (command) =>
      command
        .option(
          '--grace <seconds>',
          'how long what runs may go on once it is asked to end',
          wholeNumber(0, 3_600),
          USUAL_GRACE_SECONDS,
        )
        .hook('preAction', (of, action) => {
          if (action === of) endWithin(of.opts<{ grace: number }>().grace); // not what is run below it
        }),
    home,
    output,
    signal,
  };
}
