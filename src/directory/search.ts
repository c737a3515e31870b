import { formatAddress } from '../protocol/index.ts';
import type { ProviderRecord } from '../reputation/index.ts';
import { findAnnouncements, findWithdrawn, type AnnouncedService } from './announcements.ts';
import type { DirectoryContext } from './context.ts';
import type { ListedService, Listing, LivenessReport, ProviderEntry, ServiceQuery } from './contract.ts';
import { candidatesAmong, familiarTo } from './familiar.ts';
import { announcedPrice, isAbout, listingOf, refusalOf, type Judged } from './listing.ts';
import { livenessOf } from './liveness.ts';
import { findSignsOfLife, NO_SIGNS, type SignsOfLife } from './signs-of-life.ts';

/** Finds what is announced, then who of them is alive and what is known of each, then judges and sorts. */
export async function search(
  context: DirectoryContext,
  query: ServiceQuery,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  const kinds = query.kinds === undefined ? {} : { kinds: query.kinds };
  const naming = favouriteAddresses(context, signal).then((favourites) => familiarTo(context, favourites));
  const wanted = { ...kinds, familiar: naming.then(({ pubkeys }) => pubkeys), now: context.now() };
  const found = await findAnnouncements(context.ask, wanted, signal);
  const familiar = await naming;
  const about = found.services.filter(({ announcement }) => isAbout(announcement, query));
  const candidates = candidatesAmong(about, familiar);
  const withdrawn = await findWithdrawn(context.ask, candidates, signal);
  const pubkeys = [...new Set(candidates.map(({ announcement }) => announcement.pubkey))];
  const providers = await lookAt(context, pubkeys, kindsOf(candidates), signal);
  if (query.ping === true) await pingQuietOnes(context, candidates, providers, signal);
  const judged = candidates.map((candidate): Judged => {
    const { pubkey } = candidate.announcement;
    const seen = providers(pubkey);
    const service = listedService(context, candidate, seen, {
      kinds: query.kinds,
      favourites: familiar.favourites,
    });
    const refusal = refusalOf(service, {
      query,
      lists: context.lists(),
      hasBeaten: seen.signs.heartbeat !== null,
      withdrawn: withdrawn.has(candidate.address),
      isSilent: query.ping === true && context.pinger?.isSilent(pubkey) === true,
      now: context.now(),
    });
    return { service, refusal };
  });
  return { ...listingOf(judged, query), silentRelays: found.silent };
}

/** One provider with all of its announcements, whatever there is to be said against them. */
export async function lookUpProvider(
  context: DirectoryContext,
  pubkey: string,
  signal: AbortSignal | undefined,
): Promise<ProviderEntry> {
  const [found, favourites] = await Promise.all([
    findAnnouncements(context.ask, { authors: [pubkey], now: context.now() }, signal),
    favouriteAddresses(context, signal),
  ]);
  const withdrawn = await findWithdrawn(context.ask, found.services, signal);
  const announced = found.services
    .filter(({ address }) => !withdrawn.has(address))
    .toSorted((left, right) => right.announcement.createdAt - left.announcement.createdAt);
  const [providers, operators] = await Promise.all([
    lookAt(context, [pubkey], kindsOf(announced), signal),
    operatorsOf(context, pubkey, announced, signal),
  ]);
  const seen = providers(pubkey);
  return {
    pubkey,
    services: announced.map((service) =>
      listedService(context, service, seen, { kinds: undefined, favourites }),
    ),
    record: seen.record,
    liveness: livenessNow(context, pubkey, announced[0] ?? null, seen),
    operators,
  };
}

/** Few providers name anybody: what checks it is loaded where one does, and no page that lists services fetches it. */
async function operatorsOf(
  { ask, now }: DirectoryContext,
  pubkey: string,
  services: readonly AnnouncedService[],
  signal: AbortSignal | undefined,
): Promise<ProviderEntry['operators']> {
  if (services.every(({ announcement }) => announcement.operatorPubkey === null)) return [];
  const { findOperators } = await import('./operators.ts');
  return findOperators(ask, pubkey, services, { now: now(), signal });
}

/** What is known of a provider besides its announcements. */
interface SeenProvider {
  readonly signs: SignsOfLife;
  readonly record: ProviderRecord;
}

async function lookAt(
  context: DirectoryContext,
  pubkeys: readonly string[],
  kinds: readonly number[],
  signal: AbortSignal | undefined,
): Promise<(pubkey: string) => SeenProvider> {
  const [signs] = await Promise.all([
    findSignsOfLife(context.ask, pubkeys, context.now(), signal),
    context.keeper.gather(pubkeys, kinds, signal),
  ]);
  const records = new Map(pubkeys.map((pubkey) => [pubkey, context.evidence.record(pubkey, context.now())]));
  return (pubkey) => ({
    signs: signs.get(pubkey) ?? NO_SIGNS,
    record: records.get(pubkey) ?? context.evidence.record(pubkey, context.now()),
  });
}

function kindsOf(services: readonly AnnouncedService[]): number[] {
  return [...new Set(services.flatMap(({ announcement }) => announcement.kinds))];
}

async function favouriteAddresses(
  { favourites }: DirectoryContext,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const seen = (await favourites?.glance(signal)) ?? [];
  return new Set(seen.map(formatAddress));
}

/** Asks those that have shown nothing but their announcement. */
async function pingQuietOnes(
  context: DirectoryContext,
  services: readonly AnnouncedService[],
  providers: (pubkey: string) => SeenProvider,
  signal: AbortSignal | undefined,
): Promise<void> {
  const quiet = services.filter((service) => {
    const { pubkey } = service.announcement;
    return livenessNow(context, pubkey, service, providers(pubkey))?.step === 'announced';
  });
  const pubkeys = quiet.map(({ announcement }) => announcement.pubkey);
  await context.pinger?.ask(pubkeys, signal);
}

function livenessNow(
  { pinger, now }: DirectoryContext,
  pubkey: string,
  announced: AnnouncedService | null,
  seen: SeenProvider,
): LivenessReport | null {
  return livenessOf({
    announcement: announced?.announcement.event ?? null,
    signs: seen.signs,
    pong: pinger?.lastPong(pubkey) ?? null,
    record: seen.record,
    now: now(),
  });
}

function listedService(
  context: DirectoryContext,
  found: AnnouncedService,
  seen: SeenProvider,
  told: { readonly kinds: readonly number[] | undefined; readonly favourites: ReadonlySet<string> },
): ListedService {
  const { address, announcement } = found;
  const liveness = livenessNow(context, announcement.pubkey, found, seen);
  if (liveness === null) throw new Error(`${address} is announced and yet was never seen.`);
  return {
    address,
    announcement,
    priceMsat: announcedPrice(announcement, seen.signs, told.kinds),
    liveness,
    record: seen.record,
    relays: seen.signs.relays,
    favourite: told.favourites.has(address),
  };
}
