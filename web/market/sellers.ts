import type { ListedService, Listing } from '../../src/directory/index.ts';
import { satsToMsat, type Msat } from '../../src/protocol/index.ts';

/** Who sells one kind of work, in numbers. */
export interface KindOffer {
  readonly kind: number;
  /** Providers that have shown more life than an announcement. */
  readonly live: number;
  /** The middle of the usual times that are known, in seconds. */
  readonly usualSeconds: number | null;
  /** The lowest price on a sign; `null` when none names one. */
  readonly lowestMsat: Msat | null;
}

/** Somebody who is to be asked. */
export interface AskedSeller {
  readonly pubkey: string;
  /** Its signs for this kind; `null` while it is not known whether there are any. */
  readonly services: readonly ListedService[] | null;
}

/** Whether all of them say that they read encrypted requests, as far as their signs were seen. */
export function readEncrypted(asked: readonly AskedSeller[]): boolean {
  return asked.every(
    ({ services }) =>
      services === null || services.some(({ announcement }) => announcement.supportsEncryption),
  );
}

/** Whether none of them is known to open no encrypted files: of whom there is no sign, nobody knows. */
export function mayOpenFiles(asked: readonly AskedSeller[]): boolean {
  return asked.every(
    ({ services }) =>
      services === null ||
      services.length === 0 ||
      services.some(({ announcement }) => announcement.supportsEncryptedFiles),
  );
}

/** A price on a sign that is over the cap of a job: of those who are chosen the highest, else the lowest of all. */
export interface PriceOverCap {
  readonly of: 'chosen' | 'all';
  readonly priceMsat: Msat;
}

/** Whether what is announced can be had under the cap, in sats; `null` where it can, or no price is announced. */
export function priceOverCap(
  capSats: bigint,
  asked: readonly AskedSeller[],
  listed: readonly ListedService[],
): PriceOverCap | null {
  const capMsat = satsToMsat(capSats);
  if (asked.length === 0) {
    const lowestMsat = lowestOf(listed.filter(isLive));
    return lowestMsat === null || lowestMsat <= capMsat ? null : { of: 'all', priceMsat: lowestMsat };
  }
  const [dearest] = asked
    .flatMap(({ services }) => lowestOf(services ?? []) ?? [])
    .filter((price) => price > capMsat)
    .toSorted((left, right) => (left > right ? -1 : 1));
  return dearest === undefined ? null : { of: 'chosen', priceMsat: dearest };
}

/** Besides those who are to be asked, at most. */
const MOST_SHOWN = 12;

/**
 * In which order sellers are shown: first those asked whom the form began with, or who would not be among the others;
 * then the others. Who is chosen in the list stays in its place.
 */
export function sellersShown(
  listed: readonly ListedService[],
  asked: readonly AskedSeller[],
  begunWith: readonly string[],
): { readonly first: readonly AskedSeller[]; readonly others: readonly ListedService[] } {
  const chosen = new Set(asked.map(({ pubkey }) => pubkey));
  const isFirst = (pubkey: string) => begunWith.includes(pubkey) && chosen.has(pubkey);
  const others = listed
    .filter((service) => !isFirst(service.announcement.pubkey))
    .filter((service) => isLive(service) || chosen.has(service.announcement.pubkey))
    .slice(0, MOST_SHOWN);
  const shown = new Set(others.map(({ announcement }) => announcement.pubkey));
  return { first: asked.filter(({ pubkey }) => isFirst(pubkey) || !shown.has(pubkey)), others };
}

/** Whether somebody stands behind it, as far as anybody saw. */
export function isLive(service: ListedService): boolean {
  return service.liveness.step !== 'announced';
}

/** What is sold by kind, what most live providers sell first. */
export function kindOffers(listing: Listing | null): KindOffer[] {
  const byKind = new Map<number, ListedService[]>();
  for (const service of listing?.services ?? [])
    for (const kind of service.announcement.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), service]);
  return [...byKind]
    .map(([kind, services]) => offerOf(kind, services))
    .filter(({ live }) => live > 0)
    .toSorted((left, right) => right.live - left.live || left.kind - right.kind);
}

/** The same for the services of one kind. */
export function offerOf(kind: number, services: readonly ListedService[]): KindOffer {
  const live = services.filter(isLive);
  return {
    kind,
    live: new Set(live.map(({ announcement }) => announcement.pubkey)).size,
    usualSeconds: middle(live.flatMap(({ record }) => record.usualSeconds ?? [])),
    lowestMsat: lowestOf(live),
  };
}

function lowestOf(services: readonly ListedService[]): Msat | null {
  return services
    .flatMap(({ priceMsat }) => priceMsat ?? [])
    .reduce<Msat | null>((least, price) => (least === null || price < least ? price : least), null);
}

function middle(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
