import type { Command } from 'commander';
import { EXCHANGE_MODES, type ExchangeMode } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags } from './config.ts';
import { listOf, MAX_SATS, wholeNumber } from './option-values.ts';
import { serve } from './serve.ts';

interface ServeFlags extends AccountFlags {
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

/** Adds `coinop serve`. */
export function addServeCommand(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
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
    .action((flags: ServeFlags) =>
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
            signal,
          ),
        ),
      ),
    );
}
