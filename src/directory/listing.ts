import {
  failure,
  kindContract,
  type Announcement,
  type Failure,
  type KindVariant,
  type Msat,
  ZERO_MSAT,
} from '../protocol/index.ts';
import {
  LIVENESS,
  type ListedService,
  type Listing,
  type ListingSort,
  type ProviderLists,
  type ServiceQuery,
  type ServiceRefusal,
  type ServiceSetAside,
} from './contract.ts';
import { HOLDS_SECONDS } from './liveness.ts';
import { names } from './provider-lists.ts';
import type { SignsOfLife } from './signs-of-life.ts';

/** Whoever gives no sign of life for so long counts as dead, and much sooner where it used to beat. */
const QUIET_SECONDS = 14 * 86_400;

/** Announcements older than this are old, as other clients have it. */
const STALE_SECONDS = 90 * 86_400;

const DEFAULT_LIMIT = 50;
const MAX_LISTED = 200;

/** Whether an announcement is about what the query looks for: kind, topic and words. */
export function isAbout(announcement: Announcement, query: ServiceQuery): boolean {
  const { kinds, topic, text } = query;
  if (kinds !== undefined && !announcement.kinds.some((kind) => kinds.includes(kind))) return false;
  const topics = announcement.topics.map((word) => word.toLowerCase());
  if (topic !== undefined && !topics.includes(topic.toLowerCase())) return false;
  if (text === undefined) return true;
  const said = [
    announcement.name,
    announcement.about,
    announcement.identifier,
    ...announcement.kinds.map((kind) => kindContract(kind).name),
  ];
  const words = said.join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

/** The price on the sign for the kinds that are looked for, or in a heartbeat; `null` where none is named. */
export function announcedPrice(
  { amount, kinds }: Announcement,
  { heartbeat }: SignsOfLife,
  wanted: readonly number[] | undefined,
): Msat | null {
  const beating = kinds
    .filter((kind) => wanted === undefined || wanted.includes(kind))
    .map((kind) => heartbeat?.beat.pricesMsat.get(kind))
    .find((price) => price !== undefined);
  return amount.pricing === 'free' ? ZERO_MSAT : (amount.msat ?? beating ?? null);
}

/** What is decided about a service besides what stands in it. */
export interface Circumstances {
  readonly query: ServiceQuery;
  readonly lists: ProviderLists;
  /** The heartbeats of its provider were seen, so their end means something. */
  readonly hasBeaten: boolean;
  readonly withdrawn: boolean;
  /** It was asked for a sign of life and gave none. */
  readonly isSilent: boolean;
  readonly now: number;
}

/** Why a service that is about the right thing is not offered; `null` when it is. */
export function refusalOf(service: ListedService, around: Circumstances): Failure<ServiceRefusal> | null {
  const { address, announcement, liveness, priceMsat } = service;
  const { query, lists, now } = around;
  if (around.withdrawn) return refuse('withdrawn', 'Its provider has deleted the announcement.');
  if (names(lists.blocked, address, announcement.pubkey))
    return refuse('blocked', 'It is on your list of blocked providers.');
  if (lists.allowed.length > 0 && !names(lists.allowed, address, announcement.pubkey))
    return refuse('not-allowed', 'It is not on your list of allowed providers.');
  if (query.favouritesOnly === true && !service.favourite)
    return refuse('not-favourite', 'It is none of your favourites.');
  const variant = otherMeaning(announcement, query.kinds);
  if (variant !== null)
    return refuse('other-meaning', `It takes the number of the kind for “${variant.name}”.`, {
      variant: variant.id,
    });
  const since = liveness.lastSignAt;
  const isDead = now - since > (around.hasBeaten ? HOLDS_SECONDS.heartbeat : QUIET_SECONDS);
  if (isDead && now - announcement.createdAt > STALE_SECONDS)
    return refuse('stale-announcement', 'It was announced over 90 days ago and shows no sign of life.', {
      since,
    });
  if (isDead) return refuse('dead', 'It has shown no sign of life for too long.', { since });
  if (around.isSilent && liveness.step === 'announced')
    return refuse('no-pong', 'It was asked whether it is there, and is silent.');
  if (LIVENESS.indexOf(liveness.step) < LIVENESS.indexOf(query.minLiveness ?? 'announced'))
    return refuse('below-liveness', `It has not shown that it ${LACKS[query.minLiveness ?? 'announced']}.`, {
      step: liveness.step,
    });
  if (query.maxPriceMsat !== undefined && priceMsat !== null && priceMsat > query.maxPriceMsat)
    return refuse('above-price', 'It announces a higher price.', { priceMsat: priceMsat.toString() });
  return null;
}

function refuse(
  code: ServiceRefusal,
  message: string,
  data?: Readonly<Record<string, unknown>>,
): Failure<ServiceRefusal> {
  return failure(code, message, data).failure;
}

const LACKS: Readonly<Record<(typeof LIVENESS)[number], string>> = {
  announced: 'exists',
  heartbeat: 'is running',
  replies: 'replies',
  delivers: 'delivers',
  'paid-and-delivered': 'delivers what is paid for',
};

/** The other meaning of a kind for which all of an announcement's parameters speak; `null` where none does. */
function otherMeaning(
  { kinds, nip90Params }: Announcement,
  wanted: readonly number[] | undefined,
): KindVariant | null {
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1 || wanted?.includes(kind) !== true) return null;
  const { params, variants = [] } = kindContract(kind);
  if (params.some(({ name }) => nip90Params.has(name))) return null;
  return variants.find(({ signs }) => signs.params?.some((name) => nip90Params.has(name))) ?? null;
}

/** A service with the reason why it is not offered. */
export interface Judged {
  readonly service: ListedService;
  readonly refusal: Failure<ServiceRefusal> | null;
}

/** Puts services in order and cuts the list. */
export function listingOf(
  judged: readonly Judged[],
  query: ServiceQuery,
): Pick<Listing, 'services' | 'setAside'> {
  const limit = Math.max(1, Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LISTED));
  const inOrder = judged.toSorted((left, right) =>
    compareServices(left.service, right.service, query.sort ?? 'reliability'),
  );
  const services = inOrder.flatMap(({ service, refusal }) => (refusal === null ? [service] : []));
  const tooMany = services.slice(limit).map((service): ServiceSetAside => {
    const reason = refuse('too-many', `More than ${limit} services fit: narrow the search.`);
    return { service, reason };
  });
  const refused = inOrder.flatMap(({ service, refusal }): ServiceSetAside[] =>
    refusal === null ? [] : [{ service, reason: refusal }],
  );
  return { services: services.slice(0, limit), setAside: [...tooMany, ...refused].slice(0, MAX_LISTED) };
}

function compareServices(left: ListedService, right: ListedService, sort: ListingSort): number {
  return (
    unknownLast(rankOf(left, sort), rankOf(right, sort)) ||
    LIVENESS.indexOf(right.liveness.step) - LIVENESS.indexOf(left.liveness.step) ||
    unknownLast(rankOf(left, 'price'), rankOf(right, 'price')) ||
    (left.address < right.address ? -1 : 1)
  );
}

/** Lower is better; `null` is unknown. */
function rankOf(
  { record, priceMsat, liveness, announcement }: ListedService,
  sort: ListingSort,
): number | null {
  switch (sort) {
    case 'reliability':
      return record.reliability === null ? null : -record.reliability.low;
    case 'price':
      return priceMsat === null ? null : Number(priceMsat);
    case 'speed':
      return record.usualSeconds;
    case 'liveness':
      return -LIVENESS.indexOf(liveness.step);
    case 'newest':
      return -announcement.createdAt;
  }
}

function unknownLast(left: number | null, right: number | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return left - right;
}
