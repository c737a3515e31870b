import { Argument, type Command } from 'commander';
import type { Account } from '../../account/index.ts';
import type { Directory } from '../../directory/index.ts';
import { parsePubkey } from '../../keys/index.ts';
import {
  ANNOUNCEMENT_KIND,
  failure,
  formatAddress,
  parseAddress,
  success,
  type Outcome,
} from '../../protocol/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import type { AccountFlags } from '../config.ts';
import { withOpenAccount } from '../open-account.ts';
import type { Output } from '../output.ts';
import { readLists, writeLists } from '../own-lists.ts';
import { useDirectory } from '../use-directory.ts';

type Change = 'add' | 'remove';

const CHANGE = new Argument('<change>').choices(['add', 'remove', 'list']);
const WHOM = 'a public key (npub, hex), or the address of a service';

/** Adds `coinop favorite` and `coinop block`. */
export function addListCommands(program: Command, runner: CommandRunner): void {
  const { run, withAccount, withConfig, withRelays, signal } = runner;

  withAccount(program.command('favorite'))
    .description('keep a public list of services that you like (kind 10090), which other apps read as well')
    .addArgument(CHANGE)
    .argument('[service]', `${WHOM}; of a key, its only service`)
    .action((change: Change | 'list', service: string | undefined, flags: AccountFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', (account) =>
            useDirectory(account, (directory) =>
              change === 'list'
                ? listFavorites(directory, output, signal)
                : changeFavorites({ change, service }, directory, output, signal),
            ),
          ),
        ),
      ),
    );

  withAccount(program.command('block'))
    .description('keep a private list of providers and services that are never shown or bought from')
    .addArgument(CHANGE)
    .argument('[whom]', WHOM)
    .action((change: Change | 'list', whom: string | undefined, flags: AccountFlags) =>
      run((output) =>
        withConfig(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', (account) =>
            change === 'list'
              ? listBlocked(account, output)
              : changeBlocked({ change, whom }, account, output),
          ),
        ),
      ),
    );
}

async function listFavorites(
  directory: Directory,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const favorites = await directory.favourites({ signal });
  if (!favorites.ok) return favorites;
  output.rows(
    ['service'],
    favorites.value.map((address) => ({ service: formatAddress(address) })),
  );
  return success(undefined);
}

async function changeFavorites(
  { change, service }: { readonly change: Change; readonly service: string | undefined },
  directory: Directory,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const address = await serviceAddress(service, directory, signal);
  if (!address.ok) return address;
  const changed = await (change === 'add'
    ? directory.addFavourite(address.value, { signal })
    : directory.removeFavourite(address.value, { signal }));
  if (changed.ok) output.facts({ service: address.value, favorite: change === 'add' });
  return changed;
}

/** The address of a service; of a provider that has one service only, by its key. */
async function serviceAddress(
  text: string | undefined,
  directory: Directory,
  signal: AbortSignal,
): Promise<Outcome<string>> {
  if (text === undefined) return failure('invalid-argument', 'Say which service, as `coinop find` shows it.');
  if (parseAddress(text)?.kind === ANNOUNCEMENT_KIND) return success(text);
  const pubkey = parsePubkey(text);
  if (!pubkey.ok) return pubkey;
  const { services } = await directory.provider(pubkey.value, { signal });
  const [only] = services;
  if (only !== undefined && services.length === 1) return success(only.address);
  return failure(
    'invalid-argument',
    services.length === 0
      ? 'No relay of ours knows a service of this provider.'
      : 'This provider has several services; name one by its address.',
    { services: services.map(({ address }) => address) },
  );
}

async function listBlocked(account: Account, output: Output): Promise<Outcome<void>> {
  const lists = await readLists(account);
  if (!lists.ok) return lists;
  output.rows(
    ['blocked'],
    lists.value.blocked.map((blocked) => ({ blocked })),
  );
  return success(undefined);
}

async function changeBlocked(
  { change, whom }: { readonly change: Change; readonly whom: string | undefined },
  account: Account,
  output: Output,
): Promise<Outcome<void>> {
  if (whom === undefined) return failure('invalid-argument', 'Say whom, as `coinop find` shows it.');
  const entry = parseAddress(whom) === null ? parsePubkey(whom) : success(whom);
  if (!entry.ok) return entry;
  const lists = await readLists(account);
  if (!lists.ok) return lists;
  const others = lists.value.blocked.filter((each) => each !== entry.value);
  const blocked = change === 'add' ? [...others, entry.value] : others;
  await writeLists(account, { ...lists.value, blocked });
  output.facts({ whom: entry.value, blocked: change === 'add' });
  return success(undefined);
}
