import type { Command } from 'commander';
import type { Account } from '../account/index.ts';
import { traceJob } from '../customer/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import type { Output } from './output.ts';
import { wholeJobId } from './own-jobs.ts';
import { traceRows } from './trace-rows.ts';

/** Adds `coinop trace`. */
export function addTraceCommand(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
  withAccount(program.command('trace'))
    .description('show everything that happened to a job')
    .argument('<job>', 'the id of its request, or the beginning of it')
    .action((job: string, flags: AccountFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', (account) => trace(job, account, output, signal)),
        ),
      ),
    );
}

/**
 * `coinop trace`: everything that relays show of one job, in order, and what it amounts to. The id may be shortened for
 * own jobs.
 */
async function trace(
  job: string,
  account: Account,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const found = await wholeJobId(job, account);
  if (!found.ok) return found;
  const requestId = found.value;
  const picture = await traceJob({ ...account, requestId, signal });
  if (picture.timeline.length === 0)
    return failure('job-unknown', 'No relay of ours knows this job.', { requestId });
  const whole = (id: string | null, length: number) => (output.json ? id : (id?.slice(0, length) ?? null));
  output.rows(
    ['at', 'who', 'what', 'sats', 'event', 'note'],
    traceRows(picture).map((row) => ({
      at: row.at === null ? null : new Date(row.at * 1000).toISOString(),
      who: whole(row.who, 12),
      what: row.what,
      sats: row.amountMsat === null ? null : Number(row.amountMsat) / 1000,
      event: whole(row.event, 16),
      note: row.note,
    })),
  );
  output.note(`${requestId}: ${picture.state}${picture.final ? ' (final)' : ''}`);
  return success(undefined);
}
