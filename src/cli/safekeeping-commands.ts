import { Option, type Command } from 'commander';
import type { WalletRole } from '../market/index.ts';
import { backup, restore } from './backup.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags } from './config.ts';
import { MAX_SATS, wholeNumber } from './option-values.ts';
import { withdrawFrom } from './withdraw.ts';

interface PassphraseFlags {
  readonly passphraseFile?: string;
}

interface WithdrawFlags extends AccountFlags {
  readonly role: WalletRole;
  readonly amount?: number;
}

/** Adds `coinop withdraw`, `coinop backup` and `coinop restore`. */
export function addSafekeepingCommands(program: Command, runner: CommandRunner): void {
  const { run, withAccount, withConfig, home, signal } = runner;

  withAccount(program.command('withdraw'))
    .description('send money from the wallet to an invoice or a lightning address')
    .argument('<to>', 'an invoice (lnbc…), an address (name@example.com) or an LNURL')
    .option('--amount <sats>', 'how much; an invoice has its own', wholeNumber(1, MAX_SATS))
    .addOption(
      new Option('--role <role>', 'whose wallet').choices(['customer', 'provider']).default('provider'),
    )
    .action((to: string, flags: WithdrawFlags) =>
      run((output) =>
        withConfig(flags, flags.role, (config) =>
          withdrawFrom(flags.role, { to, sats: flags.amount }, config, output, signal),
        ),
      ),
    );

  withAccount(program.command('backup'))
    .description('write keys, books and configuration into one encrypted file')
    .argument('<file>', 'the file to make')
    .option('--passphrase-file <path>', 'file with its passphrase (COINOP_PASSPHRASE)')
    .option('--with-wallet', 'put the wallet connection into it as well', false)
    .action((file: string, flags: AccountFlags & PassphraseFlags & { withWallet: boolean }) =>
      run((output) =>
        withConfig(flags, 'provider', (config) =>
          backup(
            { file, passphraseFile: flags.passphraseFile, withWallet: flags.withWallet },
            config,
            output,
            signal,
          ),
        ),
      ),
    );

  program
    .command('restore')
    .description('make a new home from a backup')
    .argument('<file>', 'what `coinop backup` wrote')
    .option('--passphrase-file <path>', 'file with its passphrase (COINOP_PASSPHRASE)')
    .option('--dir <dir>', 'a directory that does not exist yet; else --home')
    .action((file: string, flags: PassphraseFlags & { dir?: string }) =>
      run((output) =>
        restore({ file, passphraseFile: flags.passphraseFile, home: flags.dir ?? home() }, output, signal),
      ),
    );
}
