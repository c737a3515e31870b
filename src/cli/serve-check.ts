import { join } from 'node:path';
import { openAccount } from '../account/index.ts';
import {
  failure,
  formatSats,
  isPaidInEcash,
  success,
  ZERO_MSAT,
  type Failure,
  type Outcome,
} from '../protocol/index.ts';
import type { Service } from '../provider/index.ts';
import type { ServiceSettings } from '../services/index.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';
import { openAccess, type SellingPolicy } from './selling-rules.ts';
import { nameOf, openOffers } from './serve-offers.ts';

const WORKS = ['shelf', 'exec', 'module', 'http', 'model', 'mcp'] as const;

/**
 * `coinop serve --check`: says what would be sold, at what price and by what, and what is missing for the rest. Starts
 * what does the work, announces nothing. Fails with `nothing-to-sell`, `key-list-unreadable` or `services-missing`.
 */
export async function checkServices(
  services: readonly ServiceSettings[],
  {
    config,
    policy,
    output,
    signal,
  }: {
    readonly config: Config;
    readonly policy: SellingPolicy;
    readonly output: Output;
    readonly signal: AbortSignal;
  },
): Promise<Outcome<void>> {
  if (services.length === 0) return { ok: false, failure: NOTHING_TO_SELL };
  const account = await openAccount({ ...config, dir: join(config.home, 'provider') });
  if (!account.ok) return account;
  const checked = new AbortController();
  const onTrouble = ({ message }: Failure): void => output.note(`! ${message}`);
  try {
    const access = await openAccess(policy.access, { signal: checked.signal, onTrouble });
    if (!access.ok) return access;
    const { offers, missing, warnings } = await openOffers(services, account.value, {
      signal,
      onTrouble,
      tellOperator: (words, { service }) => output.note(`${service}: ${words}`),
    });
    try {
      output.rows(
        ['service', 'kind', 'price', 'by', 'key', 'status', 'todo'],
        [
          ...offers.map(({ settings, service: { name, kind, ...terms } }) => ({
            ...rowOf({ ...settings, name, kind }),
            price: priceWords(terms),
            status: 'ok',
            todo: null,
          })),
          ...missing.map(({ settings, failure: { code, message } }) => ({
            ...rowOf(settings),
            status: code,
            todo: message,
          })),
        ],
      );
      const isShared = config.databaseUrl !== undefined;
      const noEcash = withoutEcash(offers, { isShared, takesEcash: account.value.ecash !== null });
      [...warnings, ...noEcash].forEach(onTrouble);
    } finally {
      await Promise.all(offers.map((offer) => offer.close()));
    }
    if (missing.length === 0) return success(undefined);
    return failure('services-missing', `${missing.length} of ${services.length} cannot be sold here.`);
  } finally {
    checked.abort();
    await account.value.close();
  }
}

/** The services that are not sold for ecash although they might be, and why. */
export function withoutEcash(
  offers: readonly {
    readonly settings: Pick<ServiceSettings, 'key'>;
    readonly service: Pick<Service, 'name' | 'exchanges' | 'priceMsat'>;
  }[],
  { isShared, takesEcash }: { readonly isShared: boolean; readonly takesEcash: boolean },
): Failure[] {
  const sayWhy = (named: boolean, key: string | undefined): string | null => {
    if (isShared) return 'the books are in a database that several machines share, and ecash is kept on one.';
    if (takesEcash) return key === undefined ? null : `it has a key of its own ("${key}"), which takes none.`;
    return named ? 'no mint is trusted: name some as mints in coinop.toml.' : null;
  };
  return offers.flatMap(({ settings: { key }, service: { name, exchanges, priceMsat } }) => {
    const isNamed = exchanges?.some(isPaidInEcash) ?? false;
    const mayBe = isNamed || (exchanges === undefined && priceMsat > ZERO_MSAT);
    const why = mayBe ? sayWhy(isNamed, key) : null;
    return why === null
      ? []
      : [{ code: 'ecash-not-taken', message: `${name} is not sold for ecash: ${why}` }];
  });
}

/** Neither flags nor file name anything. */
export const NOTHING_TO_SELL: Failure = {
  code: 'nothing-to-sell',
  message:
    'Name what to sell: --exec, --module, --http, --model, --mcp or --shelf, or [[service]] in coinop.toml.',
};

function rowOf(settings: ServiceSettings) {
  const work = WORKS.find((each) => settings[each] !== undefined);
  return {
    service: nameOf(settings),
    kind: settings.kind ?? null,
    price: null,
    by: work === 'shelf' ? `shelf ${settings.shelf}` : work,
    key: settings.key ?? null,
  };
}

/** What a job costs, as people read it. */
export function priceWords({ priceMsat, pricing }: Pick<Service, 'priceMsat' | 'pricing'>): string {
  const price = formatSats(priceMsat);
  return pricing === undefined || pricing.isFixed ? price : `${price} and more`;
}
