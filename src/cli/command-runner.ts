import type { Command } from 'commander';
import type { WalletRole } from '../market/index.ts';
import type { Outcome } from '../protocol/index.ts';
import type { AccountFlags, Config } from './config.ts';
import type { Output } from './output.ts';

type WithConfig = (
  flags: AccountFlags,
  role: WalletRole,
  use: (config: Config) => Promise<Outcome<void>>,
) => Promise<Outcome<void>>;

/** What commands that are defined in files of their own are run with. */
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
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}
