import { failure } from '../protocol/index.ts';
import { contextOf } from './context.ts';
import type { Directory, DirectoryOptions } from './contract.ts';
import { lookUpProvider, search } from './search.ts';

const NO_SIGNER = failure('no-signer', 'Favourites belong to a key: open the directory with a signer.');

/**
 * Opens a directory over these relays. It asks them only when it is asked, and remembers what it learnt, within
 * bounds, until it is closed.
 */
export function openDirectory(options: DirectoryOptions): Directory {
  const closing = new AbortController();
  const context = contextOf(options, closing.signal);
  const { evidence, keeper, pinger, favourites, now } = context;
  const recordsOf: Directory['records'] = (pubkeys) =>
    new Map(pubkeys.map((pubkey) => [pubkey, evidence.record(pubkey, now())]));
  return {
    find: (query, { signal } = {}) => search(context, query, signal),
    provider: (pubkey, { signal } = {}) => lookUpProvider(context, pubkey, signal),
    records(pubkeys) {
      keeper.gatherLater(pubkeys);
      return recordsOf(pubkeys);
    },
    async gather(pubkeys, { signal } = {}) {
      await keeper.gather(pubkeys, [], signal);
      return recordsOf(pubkeys);
    },
    async ping(pubkeys, { signal } = {}) {
      await pinger?.ask(pubkeys, signal);
      return new Map(
        pubkeys.flatMap((pubkey) => {
          const pong = pinger?.isSilent(pubkey) === false ? pinger.lastPong(pubkey) : null;
          return pong === null ? [] : [[pubkey, pong.at] as const];
        }),
      );
    },
    favourites: async ({ signal } = {}) => (favourites === null ? NO_SIGNER : favourites.read(signal)),
    addFavourite: async (address, { signal } = {}) =>
      favourites === null ? NO_SIGNER : favourites.change('add', address, signal),
    removeFavourite: async (address, { signal } = {}) =>
      favourites === null ? NO_SIGNER : favourites.change('remove', address, signal),
    async close() {
      closing.abort();
      await keeper.idle();
    },
  };
}
