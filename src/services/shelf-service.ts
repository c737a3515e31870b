import type * as z from 'zod';
import type { GuardedFetch } from '../http/index.ts';
import type { Failure, Outcome } from '../protocol/index.ts';
import type { Service } from '../provider/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { TellOperator } from './handlers/program-words.ts';

/** What the provider that sells it lends to a service of the shelf. */
export interface ShelfContext {
  /** Of the provider that sells. */
  readonly pubkey: string;
  readonly relays: RelayPool;
  /** The relays that the provider uses itself. */
  readonly relayUrls: readonly string[];
  /** For URLs that strangers choose; endpoints that the operator names may be private and need a fetch of their own. */
  readonly fetch: GuardedFetch;
  /** A folder for what the service keeps between starts; made when it is first written to. */
  readonly dir: string;
  /** Unix seconds. */
  readonly now: () => number;
  /** Hears what programs say beside their results. */
  readonly tellOperator: TellOperator;
  /** Aborts when the provider has closed: whatever the service runs beside its jobs ends then. */
  readonly signal: AbortSignal;
  /** Waits for this once the signal has aborted, so that nothing is left behind. */
  readonly onClose: (close: () => Promise<void>) => void;
}

/**
 * A ready-made service, before an operator chose to sell it. Settings are what `coinop.toml` says of it beside the
 * terms that every service has (price, name, concurrency…), in snake_case with units in the names; secrets are named
 * by where they are (`SecretSource`), never given.
 */
export interface ShelfService {
  /** As `shelf = "…"` says it. */
  readonly name: string;
  /** The job kind that it answers. */
  readonly kind: number;
  /** What it does and what it needs, in a sentence. */
  readonly about: string;
  /** What may be set; strict, with a default for everything that can have one. */
  readonly settings: z.ZodObject;
  /** Why it cannot be sold here (`tool-missing`, `endpoint-missing`, …; the message says what to install or set), or `null`. */
  readonly missing: (settings: unknown) => Promise<Failure | null>;
  /** Makes the service with the terms that are usual for it; the operator's replace them. */
  readonly open: (settings: unknown, context: ShelfContext) => Promise<Outcome<Service>>;
}

/** Puts a service on the shelf: what it is given are its own settings, as parsed. */
export function shelfService<Settings extends z.ZodObject>(entry: {
  readonly name: string;
  readonly kind: number;
  readonly about: string;
  readonly settings: Settings;
  /** Left out where nothing but coinop itself is needed. */
  readonly missing?: (settings: z.output<Settings>) => Promise<Failure | null>;
  readonly open: (settings: z.output<Settings>, context: ShelfContext) => Promise<Outcome<Service>>;
}): ShelfService {
  const { settings, missing, open } = entry;
  return {
    ...entry,
    missing: async (raw) => (missing ? missing(settings.parse(raw)) : null),
    open: async (raw, context) => open(settings.parse(raw), context),
  };
}
