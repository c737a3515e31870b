import type { Command } from 'commander';
import type { Account } from '../account/index.ts';
import { findTag, success, type NostrEvent, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { spendingCaps, withFees, type AccountFlags, type Config } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import type { Output } from './output.ts';
import { ownPurchase } from './own-jobs.ts';
import { useCustomer } from './use-customer.ts';

interface CancelFlags extends AccountFlags {
  readonly reason?: string;
}

/** NIP-09: a request to take an own event back. */
const DELETION_KIND = 5;

/** Adds `coinop cancel`. */
export function addCancelCommand(program: Command, { run, withAccount, withRelays }: CommandRunner): void {
  withAccount(program.command('cancel'))
    .description('withdraw a job before it is paid')
    .argument('<job>', 'its id, or the beginning of it')
    .option('--reason <text>', 'public words for the providers')
    .action((job: string, flags: CancelFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', (account) =>
            cancel({ job, reason: flags.reason }, account, config, output),
          ),
        ),
      ),
    );
}

/**
 * `coinop cancel`: withdraws a request and waits until a relay has heard of it. Fails with `too-late` once it is being
 * paid, and as `ownPurchase`.
 */
async function cancel(
  { job, reason }: { readonly job: string; readonly reason: string | undefined },
  account: Account,
  config: Config,
  output: Output,
): Promise<Outcome<void>> {
  const purchase = await ownPurchase(job, account);
  if (!purchase.ok) return purchase;
  const { requestId, maxAmountMsat } = purchase.value;
  const caps = spendingCaps(config, withFees(maxAmountMsat)); // until it is withdrawn it goes on
  return useCustomer(account, { caps }, async ({ customer, told }) => {
    const cancelled = await customer.cancel(requestId, reason);
    if (!cancelled.ok) return cancelled;
    const isTold = await told((event) => isCancellationOf(requestId, event));
    output.facts({ requestId, state: cancelled.value.state, told: isTold });
    if (!isTold) output.note(NOT_TOLD);
    return success(undefined);
  });
}

/** Whether the event takes that request back. */
export function isCancellationOf(requestId: string, event: NostrEvent): boolean {
  return event.kind === DELETION_KIND && findTag(event, 'e')?.[1] === requestId;
}

/** For people, where no relay has heard yet of what is in the books. */
export const NOT_TOLD = 'No relay has heard of it yet; the next command that reaches one tells it.';
