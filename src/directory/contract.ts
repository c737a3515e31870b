import type {
  Announcement,
  EventAddress,
  EventTemplate,
  Failure,
  Msat,
  NostrEvent,
  Outcome,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { OwnPurchase, ProviderRecord } from '../reputation/index.ts';

/**
 * How much life a provider has shown, the least first. `announced`: it says that it exists. `heartbeat`: its program
 * runs. `replies`: it answers pings or requests. `delivers`: it gave a result to a real request of somebody else.
 * `paid-and-delivered`: somebody showed that it paid for one.
 */
export const LIVENESS = ['announced', 'heartbeat', 'replies', 'delivers', 'paid-and-delivered'] as const;

/** One rung of the ladder of `LIVENESS`. */
export type Liveness = (typeof LIVENESS)[number];

/** A rung that a provider has reached and still stands on, and what shows it. */
export interface LivenessStep {
  readonly step: Liveness;
  /** When it was last seen, unix seconds: as its author dates it, or by our clock for pongs and own purchases. */
  readonly at: number;
  /** The event that shows it; of an own purchase the request's id. */
  readonly evidenceId: string;
  /** Who vouches: the provider itself, the reader's own purchase, somebody it knows, or anybody. */
  readonly by: 'provider' | 'own' | 'known' | 'anybody';
}

/** How alive a provider is. */
export interface LivenessReport {
  /** The highest rung that holds now. */
  readonly step: Liveness;
  /** Every rung that holds, the lowest first; there may be gaps. */
  readonly steps: readonly LivenessStep[];
  /** The newest sign of life of any sort, unix seconds. */
  readonly lastSignAt: number;
}

/** One announced service. */
export interface ListedService {
  /** `31990:pubkey:identifier`, as favourites and lists name it. */
  readonly address: string;
  readonly announcement: Announcement;
  /** The price on the sign, or the least where it depends; a hint: only an offer binds. `null` when it names none. */
  readonly priceMsat: Msat | null;
  readonly liveness: LivenessReport;
  readonly record: ProviderRecord;
  /** Where the provider listens (its kind 10002), at most 8; empty when it does not say. Untrusted addresses. */
  readonly relays: readonly string[];
  readonly favourite: boolean;
}

/**
 * Why a service is not offered. `withdrawn`: its author deleted it. `stale-announcement`: over 90 days old and no
 * life since. `dead`: no sign of life for too long (`data.since`). `no-pong`: asked, and silent. `blocked`,
 * `not-allowed`: the reader's own lists. `not-favourite`, `above-price`, `below-liveness`: the query.
 * `other-meaning`: it takes the kind's number for another job (`data.variant`). `too-many`: past the limit.
 */
export type ServiceRefusal =
  | 'withdrawn'
  | 'stale-announcement'
  | 'dead'
  | 'no-pong'
  | 'blocked'
  | 'not-allowed'
  | 'not-favourite'
  | 'above-price'
  | 'below-liveness'
  | 'other-meaning'
  | 'too-many';

/** In which order services are listed; what is unknown comes last, equal ones by liveness and then by price. */
export const SORTS = ['reliability', 'price', 'speed', 'liveness', 'newest'] as const;

/** One of `SORTS`. */
export type ListingSort = (typeof SORTS)[number];

/** What a customer looks for. What is left out does not matter. */
export interface ServiceQuery {
  /** Job request kinds, 5000–5999; one of them is enough. */
  readonly kinds?: readonly number[];
  /** A `t` tag of the announcement, in any case. */
  readonly topic?: string;
  /** Words that all stand in name, description or identifier, in any case. */
  readonly text?: string;
  /** Services that name no price are not above it. */
  readonly maxPriceMsat?: Msat;
  readonly minLiveness?: Liveness;
  readonly favouritesOnly?: boolean;
  /** Asks providers that show no other life whether they are there; needs a signer. */
  readonly ping?: boolean;
  /** `reliability` unless told. */
  readonly sort?: ListingSort;
  /** 50 unless told, 1 to 200. */
  readonly limit?: number;
}

/** A service that matches in kind, topic and text, and yet is not offered. */
export interface ServiceSetAside {
  readonly service: ListedService;
  readonly reason: Failure<ServiceRefusal>;
}

/** What a search found. */
export interface Listing {
  readonly services: readonly ListedService[];
  /** At most 200, in the order of `sort`. */
  readonly setAside: readonly ServiceSetAside[];
  /** Relays that did not answer: what is only there is missing. */
  readonly silentRelays: readonly string[];
}

/** A person that a provider says it is run by. */
export interface NamedOperator {
  readonly pubkey: string;
  /** Whether that person's own key says so too; else it is the provider's word alone, and may be a lie. */
  readonly isProven: boolean;
}

/** One provider and everything that it announces, the dead included. */
export interface ProviderEntry {
  readonly pubkey: string;
  readonly services: readonly ListedService[];
  readonly record: ProviderRecord;
  /** `null` when it announces nothing and shows no life. */
  readonly liveness: LivenessReport | null;
  /** Whom its announcements name as who runs it, at most 5. */
  readonly operators: readonly NamedOperator[];
}

/** Whom the reader wants to see, as plain data to be kept by the caller. Entries are public keys or addresses. */
export interface ProviderLists {
  readonly blocked: readonly string[];
  /** When not empty, nobody else is offered. */
  readonly allowed: readonly string[];
}

/**
 * Why favourites were not read or written. `no-signer`: there is no key whose list it could be. `list-unread`: a relay
 * of the directory, or while no list is found one that the key writes to, did not answer, so that writing could drop
 * what stands there (`data.relays`). `not-published`: no relay took it.
 * `not-a-service`: an address of something else than an announcement. `too-many`: the list is full.
 */
export type FavouritesFailureCode =
  'no-signer' | 'list-unread' | 'not-published' | 'not-a-service' | 'too-many';

/** The key of the reader: signs pings and favourites. A `Signer` is one. */
export interface DirectorySigner {
  readonly pubkey: string;
  sign(template: EventTemplate): Promise<NostrEvent>;
}

/** What a directory needs. */
export interface DirectoryOptions {
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  /** Signs pings and favourites; without it there are neither. */
  readonly signer?: DirectorySigner | null;
  /** The reader's finished purchases, from its ledger (see `ownPurchaseOf`); asked before each look. */
  readonly ownHistory?: () => Promise<readonly OwnPurchase[]>;
  /** Keys whose payments and ratings the reader believes, such as those it follows; nobody unless told. */
  readonly known?: ReadonlySet<string>;
  /** Asked before each search. */
  readonly lists?: () => ProviderLists;
  /** Unix seconds; the system clock unless told. */
  readonly now?: () => number;
  /** How long one question to the relays, and a pong, may take; 5000 unless told. */
  readonly timeoutMs?: number;
}

/** Limits one call; an aborted signal ends its waits, and it answers with what it has. */
export interface LookOptions {
  readonly signal?: AbortSignal;
}

/** Who sells what, who of them is alive, and what is known about them. */
export interface Directory {
  /** Announced services that fit, with everything known about their providers; asks the relays. */
  find(query: ServiceQuery, options?: LookOptions): Promise<Listing>;
  /** One provider as it stands; asks the relays. */
  provider(pubkey: string, options?: LookOptions): Promise<ProviderEntry>;
  /**
   * What is known already, without a wait. Keys that were not looked at for a minute are looked at in the background,
   * so that a later call knows more; `gather` waits for that.
   */
  records(providerPubkeys: readonly string[]): ReadonlyMap<string, ProviderRecord>;
  /** Gathers the evidence about these providers (at most 100) from the relays, then gives all their records. */
  gather(
    providerPubkeys: readonly string[],
    options?: LookOptions,
  ): Promise<ReadonlyMap<string, ProviderRecord>>;
  /** Asks providers whether they are there (kind 7007), at most 50 and each once a minute; those that answered, with the time. */
  ping(providerPubkeys: readonly string[], options?: LookOptions): Promise<ReadonlyMap<string, number>>;
  /** The reader's public favourites (kind 10090); private entries stay untouched and unread. */
  favourites(options?: LookOptions): Promise<Outcome<readonly EventAddress[], FavouritesFailureCode>>;
  /** Adds to the newest list, and keeps everything else in it. */
  addFavourite(address: string, options?: LookOptions): Promise<Outcome<void, FavouritesFailureCode>>;
  removeFavourite(address: string, options?: LookOptions): Promise<Outcome<void, FavouritesFailureCode>>;
  /** Ends what is under way and leaves nothing behind. The pool stays open. */
  close(): Promise<void>;
}
