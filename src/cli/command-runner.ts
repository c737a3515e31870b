import type { Command } from 'commander';
import type { WalletRole } from '../market/index.ts';
import type { Outcome } from '../protocol/index.ts';
import type { AccountFlags, Config } from './config.ts';
import type { Output } from './output.ts';

/** What commands that are defined in files of their own are run with. */
export interface CommandRunner {
  /** Runs a command, prints its failure and sets the exit code. */
  run(command: (output: Output) => Promise<Outcome<void>>): Promise<void>;
  /** Adds the flags of commands that use an account. */
  withAccount(command: Command): Command;
  /** Reads the configuration. */
  withConfig(
    flags: AccountFlags,
    role: WalletRole,
    use: (config: Config) => Promise<Outcome<void>>,
  ): Promise<Outcome<void>>;
  /** As `withConfig`, for commands that talk to the market. Fails with `no-relays`. */
  withRelays(
    flags: AccountFlags,
    role: WalletRole,
    use: (config: Config) => Promise<Outcome<void>>,
  ): Promise<Outcome<void>>;
  /** Where everything of this user is kept. */
  home(): string;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}
