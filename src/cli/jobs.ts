import type { Command } from 'commander';
import { satsToMsat } from '../protocol/index.ts';
import { listBought } from './bought-jobs.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import { MAX_SATS, wholeNumber } from './option-values.ts';
import { listSold, refundSold, retrySold, showSold } from './sold-jobs.ts';

interface ListFlags extends AccountFlags {
  readonly open: boolean;
  readonly limit: number;
  readonly selling: boolean;
}

interface DecideFlags extends AccountFlags {
  readonly yes: boolean;
}

/** Adds `coinop jobs`: what was bought, what was sold, and what an operator does about the latter. */
export function addJobsCommand(
  program: Command,
  { run, withAccount, withConfig, signal }: CommandRunner,
): void {
  const jobs = program
    .command('jobs')
    .description('what you bought and what you sold, and what can be done next');

  withAccount(jobs.command('list', { isDefault: true }))
    .description('list what you bought, or with --selling what you sold, newest first')
    .option('--selling', 'what you sold', false)
    .option('--open', 'only those in which something may still happen', false)
    .option('--limit <n>', 'how many', wholeNumber(1, 10_000), 20)
    .action((flags: ListFlags) => {
      const [role, list] = flags.selling
        ? (['provider', listSold] as const)
        : (['customer', listBought] as const);
      return run((output) =>
        withConfig(flags, role, (config) =>
          withOpenAccount(config, role, (account) =>
            list({ ...account, services: config.services }, flags, output),
          ),
        ),
      );
    });

  withAccount(jobs.command('show'))
    .description('show a job that you sold: what happened when, what came for it, what the books say')
    .argument('<job>', 'the id of its request, or the beginning of it')
    .action((job: string, flags: AccountFlags) =>
      run((output) =>
        withConfig(flags, 'provider', (config) =>
          withOpenAccount(config, 'provider', (account) =>
            showSold(job, { ...account, services: config.services }, output),
          ),
        ),
      ),
    );

  withAccount(jobs.command('retry'))
    .description('do a job again that failed or expired, while its money is still here')
    .argument('<job>', 'the id of its request, or the beginning of it')
    .option('--yes', 'do not ask', false)
    .action((job: string, flags: DecideFlags) =>
      run((output) =>
        withConfig(flags, 'provider', (config) =>
          withOpenAccount(config, 'provider', (account) =>
            retrySold({ job, yes: flags.yes }, { ...account, services: config.services }, output, signal),
          ),
        ),
      ),
    );

  withAccount(jobs.command('refund'))
    .description('give back what was paid for a job that you sold, delivered or not')
    .argument('<job>', 'the id of its request, or the beginning of it')
    .option('--amount <sats>', 'how much of it, of a job that was delivered', wholeNumber(1, MAX_SATS))
    .option('--yes', 'do not ask', false)
    .action((job: string, flags: DecideFlags & { amount?: number }) =>
      run((output) =>
        withConfig(flags, 'provider', (config) =>
          withOpenAccount(config, 'provider', (account) => {
            const amountMsat = flags.amount === undefined ? null : satsToMsat(flags.amount);
            return refundSold(
              { job, yes: flags.yes, amountMsat },
              { ...account, services: config.services },
              output,
              signal,
            );
          }),
        ),
      ),
    );
}
