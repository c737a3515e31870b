import type { ListedService, Listing } from '../../src/directory/index.ts';
import type { Msat } from '../../src/protocol/index.ts';

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
    lowestMsat: live
      .flatMap(({ priceMsat }) => priceMsat ?? [])
      .reduce<Msat | null>((least, price) => (least === null || price < least ? price : least), null),
  };
}

function middle(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
