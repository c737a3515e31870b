import { Option, type Command } from 'commander';
import type { Account } from '../account/index.ts';
import { GIFT_WRAP_KIND, success, type Outcome } from '../protocol/index.ts';
import { NOT_TOLD } from './cancel.ts';
import type { CommandRunner } from './command-runner.ts';
import { spendingCaps, withFees, type AccountFlags, type Config } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import { wholeNumber } from './option-values.ts';
import type { Output } from './output.ts';
import { ownPurchase } from './own-jobs.ts';
import { printAgain } from './print-again.ts';
import { useCustomer, type CustomerSession } from './use-customer.ts';

const MAX_STARS = 5;

/** Adds `coinop rate`, `coinop dispute` and `coinop resend`: what can be done about a job that has ended. */
export function addAftercareCommands(program: Command, runner: CommandRunner): void {
  const { run, withAccount, withRelays, signal } = runner;

  /** Runs a command about one purchase of the account. */
  const about =
    <Flags extends AccountFlags>(
      use: (on: {
        requestId: string;
        session: CustomerSession;
        output: Output;
        flags: Flags;
      }) => Promise<Outcome<void>>,
    ) =>
    (job: string, flags: Flags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', (account) =>
            withPurchase(job, account, config, (requestId, session) =>
              use({ requestId, session, output, flags }),
            ),
          ),
        ),
      );

  withAccount(program.command('rate'))
    .description('say in public how good a job was, with the proof that you paid for it')
    .argument('<job>', 'its id, or the beginning of it')
    .argument('<stars>', '1 to 5; 3 is good enough', wholeNumber(1, MAX_STARS))
    .argument('[note]', 'public words')
    .option('--public', 'review an encrypted job all the same: it shows who bought from whom', false)
    .action(
      (job: string, stars: number, note: string | undefined, flags: AccountFlags & { public: boolean }) =>
        about<AccountFlags & { public: boolean }>(async ({ requestId, session, output }) => {
          const reviewed = await session.customer.review(requestId, {
            rating: (stars - 1) / (MAX_STARS - 1),
            ...(note === undefined ? {} : { content: note }),
            ...(flags.public ? { publicly: true as const } : {}),
          });
          if (!reviewed.ok) return reviewed;
          const { event, showsPayment } = reviewed.value;
          const isTold = await session.told(({ id }) => id === event.id);
          output.facts({ requestId, stars, review: event.id, showsPayment, told: isTold });
          if (!isTold) output.note(NOT_TOLD);
          return success(undefined);
        })(job, flags),
    );

  withAccount(program.command('dispute'))
    .description(
      'complain to the provider of a paid job in private, and claim the money back where it can be',
    )
    .argument('<job>', 'its id, or the beginning of it')
    .addOption(new Option('--reason <text>', 'what is wrong, for the provider').makeOptionMandatory())
    .action(
      about<AccountFlags & { reason: string }>(async ({ requestId, session, output, flags }) => {
        const disputed = await session.customer.dispute(requestId, { reason: flags.reason });
        if (!disputed.ok) return disputed;
        const { purchase, possible } = disputed.value;
        const isTold = await session.told(({ kind }) => kind === GIFT_WRAP_KIND);
        output.facts({ requestId, state: purchase.state, possible, told: isTold });
        if (!isTold) output.note(NOT_TOLD);
        if (possible.includes('refund-claim')) output.note('`coinop resume` follows the claim to its end.');
        return success(undefined);
      }),
    );

  withAccount(program.command('resend'))
    .description('print a result that was bought once more: from the books, the relays, or its provider')
    .argument('<job>', 'its id, or the beginning of it')
    .option('--timeout <seconds>', 'how long the provider is waited for', wholeNumber(1, 3_600), 30)
    .action(
      about<AccountFlags & { timeout: number }>(({ requestId, session, output, flags }) =>
        printAgain(requestId, {
          customer: session.customer,
          output,
          signal,
          timeoutMs: flags.timeout * 1000,
        }),
      ),
    );
}

async function withPurchase(
  job: string,
  account: Account,
  config: Config,
  use: (requestId: string, session: CustomerSession) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const purchase = await ownPurchase(job, account);
  if (!purchase.ok) return purchase;
  const { requestId, maxAmountMsat } = purchase.value;
  const caps = spendingCaps(config, withFees(maxAmountMsat)); // what is open goes on meanwhile
  return useCustomer(account, { caps }, (session) => use(requestId, session));
}
