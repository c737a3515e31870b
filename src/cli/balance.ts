import type { Command } from 'commander';
import type { Account } from '../account/index.ts';
import type { Customer } from '../customer/index.ts';
import { parsePubkey } from '../keys/index.ts';
import { formatSats, satsToMsat, success, type Msat, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { spendingCaps, withFees, type AccountFlags, type Config } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import { MAX_SATS, wholeNumber } from './option-values.ts';
import type { Output } from './output.ts';
import { useCustomer } from './use-customer.ts';

/** What a command does with the balances of a customer. */
type Use = (balances: Customer['balances'], output: Output, signal: AbortSignal) => Promise<Outcome<void>>;

/** Adds `coinop balance` and what it can do. */
export function addBalanceCommands(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
  const using = (flags: AccountFlags, mostMsat: Msat, use: Use) =>
    run((output) =>
      withRelays(flags, 'customer', (config) =>
        withOpenAccount(config, 'customer', (account) =>
          useBalances(account, { config, mostMsat }, (balances) => use(balances, output, signal)),
        ),
      ),
    );
  const balance = program.command('balance').description('what you have prepaid with providers');
  withAccount(balance.command('list', { isDefault: true }))
    .description('what you prepaid and have left, by your own books')
    .action((flags: AccountFlags) => using(flags, satsToMsat(0), listBalances));
  withAccount(balance.command('top-up'))
    .description('prepay: whom you trust with all of it')
    .argument('<provider>', 'npub or hex')
    .argument('<sats>', 'how much; routing fees of up to 1 % or 5 sat come on top', wholeNumber(1, MAX_SATS))
    .action((provider: string, sats: number, flags: AccountFlags) =>
      using(flags, withFees(satsToMsat(sats)), topUpWith(provider, sats)),
    );
  withAccount(balance.command('withdraw'))
    .description('ask for the rest back, or a part of it; routing of up to 1 % is paid from it')
    .argument('<provider>', 'npub or hex')
    .argument('[sats]', 'how much; all that is left unless told', wholeNumber(1, MAX_SATS))
    .action((provider: string, sats: number | undefined, flags: AccountFlags) =>
      using(flags, satsToMsat(0), withdrawFrom(provider, sats)),
    );
}

function useBalances(
  account: Account,
  { config, mostMsat }: { readonly config: Config; readonly mostMsat: Msat },
  use: (balances: Customer['balances']) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const caps = spendingCaps(config, mostMsat);
  return useCustomer(account, { caps }, ({ customer }) => use(customer.balances));
}

const COLUMNS = ['provider', 'toppedUpMsat', 'drawnMsat', 'withdrawnMsat', 'leftMsat'];

const listBalances: Use = async (balances, output) => {
  const prepaid = await balances.list();
  output.rows(
    COLUMNS,
    prepaid.map(({ providerPubkey: provider, ...amounts }) => ({ provider, ...amounts })),
  );
  return success(undefined);
};

function topUpWith(provider: string, sats: number): Use {
  return async (balances, output, signal) => {
    const pubkey = parsePubkey(provider);
    if (!pubkey.ok) return pubkey;
    const wanted = { providerPubkey: pubkey.value, amountMsat: satsToMsat(sats), signal };
    const made = await balances.topUp(wanted);
    if (!made.ok) return made;
    const { amountMsat, feePaidMsat, paymentHash, saidMsat } = made.value;
    output.facts({ provider: pubkey.value, amountMsat, feePaidMsat, paymentHash, balanceMsat: saidMsat });
    if (saidMsat === null)
      output.note(
        'It is paid; the provider has not said yet that it has it. Invoice and preimage are in your books.',
      );
    return success(undefined);
  };
}

function withdrawFrom(provider: string, sats: number | undefined): Use {
  return async (balances, output, signal) => {
    const pubkey = parsePubkey(provider);
    if (!pubkey.ok) return pubkey;
    const amountMsat = sats === undefined ? null : satsToMsat(sats);
    const asked = await balances.withdraw({ providerPubkey: pubkey.value, amountMsat, signal });
    if (!asked.ok) return asked;
    const { state, paymentHash } = asked.value;
    output.facts({ provider: pubkey.value, amountMsat: asked.value.amountMsat, paymentHash, state });
    if (state === 'asked')
      output.note(
        `${formatSats(asked.value.amountMsat)} are asked for and not here yet: ask again with \`coinop balance withdraw\` later.`,
      );
    return success(undefined);
  };
}
