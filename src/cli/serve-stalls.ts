import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import type { Signer } from '../keys/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile } from '../keys/node.ts';
import { success, type Failure, type Outcome } from '../protocol/index.ts';
import { startProvider, type Provider, type ProviderOptions } from '../provider/index.ts';
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
  /** Providers that did not start. */
  readonly failures: readonly Failure[];
}

/** What every provider of the process is started with. */
export type StallParts = Omit<ProviderOptions, 'services' | 'signer' | 'ownPubkeys'> & {
  readonly account: Account;
  readonly graceMs: number;
  readonly signal: AbortSignal;
  /** Hears what the programs of services say. */
  readonly tellOperator: Parameters<typeof openOffers>[2]['tellOperator'];
};

/** The signers of the keys that services name, made when they are missing. Fails as `loadOrCreateKeyFile`. */
export async function openKeys(
  account: Account,
  services: readonly ServiceSettings[],
): Promise<Outcome<ReadonlyMap<string, Signer>>> {
  const signers = new Map<string, Signer>();
  for (const name of new Set(services.map(({ key }) => key ?? OWN_KEY))) {
    if (name === OWN_KEY) {
      signers.set(name, account.signer);
      continue;
    }
    const file = await loadOrCreateKeyFile(join(account.dir, 'keys', name));
    if (!file.ok) return file;
    signers.set(name, fastSecretKeySigner(file.value.secretKey));
  }
  return success(signers);
}

const OWN_KEY = '';

/** Nothing is sold until the first change. */
export function createStalls({ account, graceMs, signal, tellOperator, ...parts }: StallParts): Stalls {
  const stalls = new Map<string, Stall>();

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
  };

  const replace = async (
    key: string,
    settings: readonly ServiceSettings[],
    signers: ReadonlyMap<string, Signer>,
  ): Promise<StallReport> => {
    const { offers, missing } = await openOffers(
      settings,
      { ...account, signer: signers.get(key) ?? account.signer },
      { signal, tellOperator, onTrouble: (trouble) => parts.onTrouble?.(trouble, null) },
    );
    const before = stalls.get(key);
    if (offers.length === 0) {
      if (before !== undefined) await shut(key);
      return { missing, failures: [] };
    }
    await before?.provider.close({ graceMs });
    const started = await start(key, offers, signers);
    if (started.ok) {
      stalls.set(key, { settings, offers, isComplete: missing.length === 0, provider: started.value });
      await closeAll(before?.offers ?? []);
      return { missing, failures: [] };
    }
    await closeAll(offers);
    if (before === undefined) return { missing, failures: [started.failure] };
    const again = await start(key, before.offers, signers);
    if (again.ok) stalls.set(key, { ...before, provider: again.value });
    else await closeAll(before.offers);
    return { missing, failures: [started.failure, ...(again.ok ? [] : [again.failure])] };
  };

  return {
    sold: () =>
      [...stalls.values()].flatMap(({ offers, provider }) =>
        offers.map((offer) => ({ offer, pubkey: provider.pubkey })),
      ),
    async change(services) {
      const signers = await openKeys(account, services);
      if (!signers.ok) return { missing: [], failures: [signers.failure] };
      const byKey = Map.groupBy(services, ({ key }) => key ?? OWN_KEY);
      for (const key of [...stalls.keys()].filter((each) => !byKey.has(each))) await shut(key);
      const reports: StallReport[] = [];
      for (const [key, settings] of byKey)
        if (!isAsBefore(stalls.get(key), settings)) reports.push(await replace(key, settings, signers.value));
      return {
        missing: reports.flatMap(({ missing }) => missing),
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
    },
  };
}

async function closeAll(offers: readonly Offer[]): Promise<void> {
  await Promise.all(offers.map((offer) => offer.close()));
}

function isAsBefore(stall: Stall | undefined, settings: readonly ServiceSettings[]): boolean {
  return stall?.isComplete === true && JSON.stringify(stall.settings) === JSON.stringify(settings);
}
