import { Option, type Command } from 'commander';
import type { WalletRole } from '../market/index.ts';
import { showBooks } from './books.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags } from './config.ts';
import { withMarketBooks } from './market-books.ts';
import { withOpenAccount } from './open-account.ts';
import { duration, MAX_SATS, wholeNumber } from './option-values.ts';
import { reconcileWallet } from './reconcile.ts';
import {
  connectWallet,
  disconnectWallet,
  listConnections,
  RENEWAL_WORDS,
  serveConnections,
  type ConnectArguments,
} from './wallet-connections.ts';
import { addWalletPayCommand } from './wallet-pay.ts';
import { showWallet } from './wallet.ts';

interface WalletFlags extends AccountFlags {
  readonly role: WalletRole;
}

interface ConnectFlags {
  readonly name: string;
  readonly budget?: number;
  readonly renew: ConnectArguments['renew'];
  readonly expires?: number;
  readonly methods?: string;
  readonly rate: number;
}

/** Adds `coinop wallet` and what it can do. */
export function addWalletCommands(program: Command, runner: CommandRunner): void {
  /** Its options are those of its subcommands as well, which find them among the global ones. */
  const wallet = runner
    .withAccount(program.command('wallet'))
    .description('show the balance of the connected wallet')
    .configureHelp({ showGlobalOptions: true })
    .addOption(
      new Option('--role <role>', 'whose wallet')
        .choices(['customer', 'provider', 'gateway'])
        .default('customer'),
    )
    .option('--list', 'its latest payments', false)
    .action((flags: WalletFlags & { list: boolean }) =>
      runner.run((output) =>
        runner.withConfig(flags, flags.role, (config) =>
          withOpenAccount(config, flags.role, (account) =>
            showWallet(account, output, { list: flags.list, signal: runner.signal }),
          ),
        ),
      ),
    );

  addWalletPayCommand(wallet, runner);

  wallet
    .command('connect')
    .description('hand out a connection to the wallet with limits of its own, and print its URI once')
    .requiredOption('--name <name>', 'what to call it, such as agent')
    .option('--budget <sats>', 'the most it may spend, fees included', wholeNumber(0, MAX_SATS))
    .addOption(
      new Option('--renew <period>', 'when the budget starts anew').choices(RENEWAL_WORDS).default('never'),
    )
    .option('--expires <time>', 'when it ends, such as 30d, 12h or 90m', duration)
    .option('--methods <list>', 'what it may ask, such as pay_invoice,get_balance')
    .option('--rate <n>', 'requests a minute', wholeNumber(1, 1_000_000), 120)
    .action((_own: ConnectFlags, command: Command) => {
      const flags = command.optsWithGlobals<WalletFlags & ConnectFlags>();
      return runner.run((output) =>
        runner.withRelays(flags, flags.role, (config) =>
          connectWallet(
            {
              name: flags.name,
              budgetSats: flags.budget,
              renew: flags.renew,
              expiresInSeconds: flags.expires,
              methods: flags.methods,
              requestsPerMinute: flags.rate,
            },
            flags.role,
            config,
            output,
          ),
        ),
      );
    });

  wallet
    .command('connections')
    .description('list the connections that were handed out')
    .action((_own: object, command: Command) => {
      const flags = command.optsWithGlobals<WalletFlags>();
      return runner.run((output) =>
        runner.withConfig(flags, flags.role, (config) => listConnections(flags.role, config, output)),
      );
    });

  wallet
    .command('disconnect')
    .description('end a connection at once')
    .argument('<name>', 'what it is called')
    .action((name: string, _own: object, command: Command) => {
      const flags = command.optsWithGlobals<WalletFlags>();
      return runner.run((output) =>
        runner.withConfig(flags, flags.role, (config) => disconnectWallet(name, flags.role, config, output)),
      );
    });

  wallet
    .command('serve')
    .description('serve the connections that were handed out, in front of the connected wallet')
    .action((_own: object, command: Command) => {
      const flags = command.optsWithGlobals<WalletFlags>();
      return runner.run((output) =>
        runner.withRelays(flags, flags.role, (config) =>
          serveConnections(flags.role, config, output, runner.signal),
        ),
      );
    });

  wallet
    .command('books')
    .description('show what every job did to the money, in double entry')
    .option('--jobs', 'each job, not only the sums', false)
    .action((own: { jobs: boolean }, command: Command) => {
      const flags = command.optsWithGlobals<WalletFlags>();
      return runner.run((output) =>
        runner.withConfig(flags, flags.role, (config) =>
          withOpenAccount(config, flags.role, (account) => showBooks(account, own, output)),
        ),
      );
    });

  wallet
    .command('reconcile')
    .description('compare the books with the wallet, explain each difference, and repair what is safe')
    .option('--dry-run', 'change nothing', false)
    .option('--days <n>', 'how far back to compare what has ended', wholeNumber(1, 36_500), 30)
    .action((own: { dryRun: boolean; days: number }, command: Command) => {
      const flags = command.optsWithGlobals<WalletFlags>();
      return runner.run((output) =>
        runner.withConfig(flags, flags.role, (config) =>
          withOpenAccount(config, flags.role, (account) =>
            withMarketBooks(config, account.now, (otherBooks) =>
              reconcileWallet(account, { ...own, otherBooks }, output, runner.signal),
            ),
          ),
        ),
      );
    });
}
