import type { ListedService, Listing, ServiceSetAside } from '../../directory/index.ts';
import { formatAge } from '../age.ts';
import type { Output } from '../output.ts';
import { deliveredWords, ratingWords, timeWords } from '../record-words.ts';

const COLUMNS = ['', 'name', 'provider', 'kinds', 'sats', 'usual', 'paid→done', 'rated', 'alive', 'seen'];

/** Prints the services, and with `all` those that were set aside with the reason. */
export function printServices(
  { services, setAside }: Listing,
  { all, now }: { readonly all: boolean; readonly now: number },
  output: Output,
): void {
  const aside = all ? setAside : [];
  if (services.length + aside.length === 0) return;
  if (output.json)
    output.rows(COLUMNS, [...services.map((service) => factsOf(service, null)), ...aside.map(asideFacts)]);
  else
    output.rows(all ? [...COLUMNS, 'set aside'] : COLUMNS, [
      ...services.map((service) => rowOf(service, now)),
      ...aside.map(({ service, reason }) => ({ ...rowOf(service, now), 'set aside': reason.message })),
    ]);
}

function rowOf(service: ListedService, now: number): Readonly<Record<string, unknown>> {
  const { announcement, record, liveness, priceMsat, favourite } = service;
  return {
    '': favourite ? '★' : '',
    name: announcement.name ?? announcement.identifier,
    provider: announcement.pubkey.slice(0, 12),
    kinds: announcement.kinds.join(' '),
    sats: priceMsat === null ? '?' : Number(priceMsat) / 1000,
    usual: timeWords(record.usualSeconds, record.worstSeconds),
    'paid→done': deliveredWords(record),
    rated: ratingWords(record),
    alive: liveness.step,
    seen: formatAge(now - liveness.lastSignAt),
  };
}

/** Everything that is known of a service, for programs. */
function factsOf(
  { address, announcement, priceMsat, liveness, record, relays, favourite }: ListedService,
  reason: ServiceSetAside['reason'] | null,
): Readonly<Record<string, unknown>> {
  const { pubkey, name, about, kinds, topics, supportsEncryption, lud16 } = announcement;
  return {
    service: address,
    provider: pubkey,
    name,
    about,
    kinds,
    topics,
    priceMsat,
    supportsEncryption,
    lud16,
    liveness,
    record,
    relays,
    favorite: favourite,
    setAside: reason === null ? null : { code: reason.code, message: reason.message },
  };
}

function asideFacts({ service, reason }: ServiceSetAside): Readonly<Record<string, unknown>> {
  return factsOf(service, reason);
}
