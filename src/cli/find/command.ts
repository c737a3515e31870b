import { Option, type Command } from 'commander';
import { SORTS, type Listing, type ListingSort, type ServiceQuery } from '../../directory/index.ts';
import { failure, satsToMsat, success, type Outcome } from '../../protocol/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import type { AccountFlags } from '../config.ts';
import { withOpenAccount } from '../open-account.ts';
import { MAX_SATS, wholeNumber } from '../option-values.ts';
import type { Output } from '../output.ts';
import { useDirectory } from '../use-directory.ts';
import { printServices } from './service-rows.ts';

interface FindFlags extends AccountFlags {
  readonly alive: boolean;
  readonly sort: ListingSort;
  readonly max?: number;
  readonly favorites: boolean;
  readonly all: boolean;
  readonly limit: number;
}

/** Adds `coinop find`. */
export function addFindCommand(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
  withAccount(program.command('find'))
    .description('list who sells work, what it costs, and how they did so far')
    .argument('[what...]', 'a job kind such as 5001, or words of the announcement')
    .option('--alive', 'only who shows signs of life; others are asked', false)
    .addOption(new Option('--sort <by>', 'in which order').choices(SORTS).default('reliability'))
    .option('--max <sats>', 'only what is announced for at most this', wholeNumber(0, MAX_SATS))
    .option('--favorites', 'only those on the list of favorites', false)
    .option('--all', 'show what was set aside as well, and why', false)
    .option('--limit <n>', 'how many', wholeNumber(1, 200), 50)
    .action((what: readonly string[], flags: FindFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', (account) =>
            useDirectory(account, async (directory) => {
              const listing = await directory.find(queryOf(what, flags), { signal });
              return report(listing, flags, output, account.now());
            }),
          ),
        ),
      ),
    );
}

const JOB_KIND = /^5\d{3}$/;

/** Numbers of job kinds are kinds, everything else are words. */
function queryOf(what: readonly string[], flags: FindFlags): ServiceQuery {
  const text = what.filter((word) => !JOB_KIND.test(word)).join(' ');
  const kinds = what.filter((word) => JOB_KIND.test(word)).map(Number);
  return {
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(text === '' ? {} : { text }),
    ...(flags.max === undefined ? {} : { maxPriceMsat: satsToMsat(flags.max) }),
    ...(flags.alive ? { ping: true, minLiveness: 'heartbeat' as const } : {}),
    favouritesOnly: flags.favorites,
    sort: flags.sort,
    limit: flags.limit,
  };
}

/** Fails with `relays-unreachable` when nothing was found because no relay answered. */
function report(listing: Listing, { all }: FindFlags, output: Output, now: number): Outcome<void> {
  const { services, setAside, silentRelays } = listing;
  const isEmpty = services.length === 0;
  if (silentRelays.length > 0) output.note(`! no answer from ${silentRelays.join(', ')}`);
  printServices(listing, { all, now }, output);
  if (isEmpty && setAside.length === 0 && silentRelays.length > 0)
    return failure('relays-unreachable', 'Nothing was found, and relays did not answer.');
  if (isEmpty) output.note('Nobody was found.');
  if (!all && setAside.length > 0) output.note(`${setAside.length} more set aside; --all shows why.`);
  return success(undefined);
}
