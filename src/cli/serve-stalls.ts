import type { Account } from '../account/index.ts';
import type { Signer } from '../keys/index.ts';
import { success, type Failure, type Outcome } from '../protocol/index.ts';
import { startProvider, type Provider, type ProviderOptions } from '../provider/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { ServiceSettings } from '../services/index.ts';
import { openOffers, type MissingOffer, type Offer } from './serve-offers.ts';

/** The services that are sold under one key. */
interface Stall {
  readonly settings: readonly ServiceSettings[];
  readonly offers: readonly Offer[];
  /** Nothing was missing; otherwise the next change tries again. */
  readonly isComplete: boolean;
  readonly provider: Provider;
}

/** Everything that this process sells, by the name of its key; the account's own has none. */
export interface Stalls {
  /** What is sold now, and as whom. */
  sold(): readonly { readonly offer: Offer; readonly pubkey: string }[];
  /**
   * Sells this from now on. What is not touched by the change goes on undisturbed; under a key where something changed
   * running jobs end first, and requests that come meanwhile are taken up afterwards.
   */
  change(services: readonly ServiceSettings[]): Promise<StallReport>;
  close(graceMs: number): Promise<void>;
}

/** What came of a change. */
export interface StallReport {
  readonly missing: readonly MissingOffer[];
  readonly warnings: readonly Failure[];
  /** Providers that did not start. */
  readonly failures: readonly Failure[];
}

/** What every provider of the process is started with. */
export type StallParts = Omit<ProviderOptions, 'services' | 'signer' | 'ownPubkeys'> & {
  readonly account: Account;
  /** Makes the connections of a key of its own, which are closed with its stall. */
  readonly connectAs: Account['connectAs'];
  readonly graceMs: number;
  readonly signal: AbortSignal;
  /** Hears what the programs of services say. */
  readonly tellOperator: Parameters<typeof openOffers>[2]['tellOperator'];
};

/** The signers of the keys that services name, made when they are missing. Fails as the key file. */
export async function openKeys(
  account: Pick<Account, 'signer' | 'ledger' | 'namedKey'>,
  services: readonly Pick<ServiceSettings, 'key'>[],
): Promise<
  Outcome<{ readonly signers: ReadonlyMap<string, Signer>; readonly warnings: readonly Failure[] }>
> {
  const signers = new Map<string, Signer>();
  const warnings: Failure[] = [];
  for (const name of new Set(services.map(({ key }) => key ?? OWN_KEY))) {
    if (name === OWN_KEY) {
      signers.set(name, account.signer);
      continue;
    }
    const key = await account.namedKey(name);
    if (!key.ok) return key;
    signers.set(name, key.value.signer);
    if (account.ledger.isShared && !key.value.isDerived) warnings.push(notShared(name));
  }
  return success({ signers, warnings });
}

function notShared(name: string): Failure {
  const message = `The key "${name}" was made on one machine: copy its file, provider/keys/${name}, to every machine that shares these books, or they sell under another key.`;
  return { code: 'key-not-shared', message };
}

const OWN_KEY = '';

/** Nothing is sold until the first change. */
export function createStalls({
  account,
  connectAs,
  graceMs,
  signal,
  tellOperator,
  ...parts
}: StallParts): Stalls {
  const stalls = new Map<string, Stall>();
  const connections = new Map<string, RelayPool>();

  /** A relay that gives private events to those alone whom they are for (NIP-42) has to know each key by a connection of its own. */
  const relaysOf = (key: string, signer: Signer): RelayPool => {
    const relays = connections.get(key) ?? (key === OWN_KEY ? parts.relays : connectAs(signer));
    connections.set(key, relays);
    return relays;
  };

  const disconnect = async (key: string): Promise<void> => {
    const relays = connections.get(key);
    connections.delete(key);
    if (relays !== parts.relays) await relays?.close();
  };

  const start = async (
    key: string,
    offers: readonly Offer[],
    signers: ReadonlyMap<string, Signer>,
  ): Promise<Outcome<Provider>> => {
    const signer = signers.get(key) ?? account.signer;
    return startProvider({
      ...account,
      ...parts,
      // Ecash is locked to the account's own key.
      ...(key === OWN_KEY ? {} : { ecash: null }),
      signer,
      relays: relaysOf(key, signer),
      ownPubkeys: [...signers.values()]
        .map(({ pubkey }) => pubkey)
        .filter((pubkey) => pubkey !== signer.pubkey),
      services: offers.map(({ service }) => service),
    });
  };

  const shut = async (key: string): Promise<void> => {
    const stall = stalls.get(key);
    stalls.delete(key);
    await stall?.provider.close({ graceMs });
    await closeAll(stall?.offers ?? []);
    await disconnect(key);
  };

  const replace = async (
    key: string,
    settings: readonly ServiceSettings[],
    signers: ReadonlyMap<string, Signer>,
  ): Promise<StallReport> => {
    const signer = signers.get(key) ?? account.signer;
    const { offers, missing, warnings } = await openOffers(
      settings,
      { ...account, signer, relays: relaysOf(key, signer) },
      { signal, tellOperator, onTrouble: (trouble) => parts.onTrouble?.(trouble, null) },
    );
    const before = stalls.get(key);
    if (offers.length === 0) {
      await shut(key);
      return { missing, warnings, failures: [] };
    }
    await before?.provider.close({ graceMs });
    const started = await start(key, offers, signers);
    if (started.ok) {
      stalls.set(key, { settings, offers, isComplete: missing.length === 0, provider: started.value });
      await closeAll(before?.offers ?? []);
      return { missing, warnings, failures: [] };
    }
    await closeAll(offers);
    if (before === undefined) return { missing, warnings, failures: [started.failure] };
    const again = await start(key, before.offers, signers);
    if (again.ok) {
      stalls.set(key, { ...before, provider: again.value });
    } else {
      stalls.delete(key);
      await closeAll(before.offers);
    }
    return { missing, warnings, failures: [started.failure, ...(again.ok ? [] : [again.failure])] };
  };

  return {
    sold: () =>
      [...stalls.values()].flatMap(({ offers, provider }) =>
        offers.map((offer) => ({ offer, pubkey: provider.pubkey })),
      ),
    async change(services) {
      const keys = await openKeys(account, services);
      if (!keys.ok) return { missing: [], warnings: [], failures: [keys.failure] };
      const { signers } = keys.value;
      const byKey = Map.groupBy(services, ({ key }) => key ?? OWN_KEY);
      for (const key of [...stalls.keys()].filter((each) => !byKey.has(each))) await shut(key);
      const reports: StallReport[] = [];
      for (const [key, settings] of byKey)
        if (!isAsBefore(stalls.get(key), settings)) reports.push(await replace(key, settings, signers));
      return {
        missing: reports.flatMap(({ missing }) => missing),
        warnings: [...keys.value.warnings, ...reports.flatMap(({ warnings }) => warnings)],
        failures: reports.flatMap(({ failures }) => failures),
      };
    },
    async close(grace) {
      const closing = [...stalls.values()];
      stalls.clear();
      await Promise.all(
        closing.map(async ({ provider, offers }) => {
          await provider.close({ graceMs: grace });
          await closeAll(offers);
        }),
      );
      await Promise.all([...connections.keys()].map(disconnect));
    },
  };
}

async function closeAll(offers: readonly Offer[]): Promise<void> {
  await Promise.all(offers.map((offer) => offer.close()));
}

function isAsBefore(stall: Stall | undefined, settings: readonly ServiceSettings[]): boolean {
  return stall?.isComplete === true && JSON.stringify(stall.settings) === JSON.stringify(settings);
}
