import type { Account } from '../account/index.ts';
import {
  createCustomer,
  DEFAULT_POLICY,
  type BuyingPolicy,
  type ComparedOffer,
  type Customer,
} from '../customer/index.ts';
import { LIVENESS, type Directory } from '../directory/index.ts';
import type { SpendingCaps } from '../ledger/index.ts';
import type { NostrEvent, Outcome } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { useDirectory } from './use-directory.ts';

/** Relays answer within seconds where they answer. */
const TOLD_TIMEOUT_MS = 10_000;

/** Who is known to sell work of a kind. */
export interface Sellers {
  readonly known: number;
  /** Those that show signs of life. */
  readonly alive: number;
  /** The quickest usual time to a result among them; `null` when nobody knows. */
  readonly usualSeconds: number | null;
}

/** A customer for as long as one command runs. */
export interface CustomerSession {
  readonly customer: Customer;
  /**
   * Waits until a relay has taken such an event, a bounded time; whether one did. What it has not is sent by the next
   * command that reaches one.
   */
  readonly told: (isIt: (event: NostrEvent) => boolean) => Promise<boolean>;
  /** Looks who sells a kind: what is known of them weighs their offers, and nobody else is waited for. */
  readonly lookForSellers: (kind: number, signal: AbortSignal) => Promise<Sellers>;
}

/**
 * Buys with the account for as long as the command uses it: with what is known of providers, never from those that are
 * blocked, and within the caps.
 */
export async function useCustomer(
  account: Account,
  options: {
    readonly caps: SpendingCaps;
    readonly policy?: BuyingPolicy | undefined;
    /** Providers that the command names: they are bought from though they are blocked. */
    readonly named?: readonly string[];
  },
  use: (session: CustomerSession) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  return useDirectory(account, async (directory, { blocked }) => {
    const reports = reportingPool(account.relays);
    const sellers = new Map<number, readonly string[]>();
    const customer = createCustomer({
      ...account,
      relays: reports.pool,
      caps: options.caps,
      policy: avoiding(blockedBut(blocked, options.named ?? []), options.policy ?? DEFAULT_POLICY),
      records: (pubkeys) => directory.records(pubkeys),
      knownSellers: (kind) => sellers.get(kind) ?? null,
    });
    const lookForSellers = (kind: number, signal: AbortSignal) =>
      findSellers(directory, kind, signal, (alive) => sellers.set(kind, alive));
    try {
      return await use({ customer, told: reports.told, lookForSellers });
    } finally {
      await customer.close();
    }
  });
}

/** The policy, which never gets to see the offers of providers that are blocked. */
export function avoiding(blocked: ReadonlySet<string>, policy: BuyingPolicy): BuyingPolicy {
  const isBlocked = ({ providerPubkey }: ComparedOffer): boolean => blocked.has(providerPubkey);
  const others = (offers: readonly ComparedOffer[]) => offers.filter((offer) => !isBlocked(offer));
  return {
    ...policy,
    choose: (offers) => policy.choose(others(offers)),
    leaves: (offers) => [
      ...offers.filter(isBlocked).map(({ id, providerPubkey }) => {
        return { offerId: id, providerPubkey, code: 'blocked' as const };
      }),
      ...(policy.leaves?.(others(offers)) ?? []),
    ],
  };
}

function blockedBut(blocked: readonly string[], named: readonly string[]): ReadonlySet<string> {
  return new Set(blocked.filter((pubkey) => !named.includes(pubkey)));
}

async function findSellers(
  directory: Directory,
  kind: number,
  signal: AbortSignal,
  onAlive: (pubkeys: readonly string[]) => void,
): Promise<Sellers> {
  const { services, silentRelays } = await directory.find({ kinds: [kind], limit: 200 }, { signal });
  const alive = services.filter(({ liveness }) => liveness.step !== LIVENESS[0]);
  const pubkeys = new Set(alive.map(({ announcement }) => announcement.pubkey));
  if (silentRelays.length === 0) onAlive([...pubkeys]); // else there may be more than these
  const times = alive.flatMap(({ record }) => record.usualSeconds ?? []);
  return {
    known: new Set(services.map(({ announcement }) => announcement.pubkey)).size,
    alive: pubkeys.size,
    usualSeconds: times.length === 0 ? null : Math.min(...times),
  };
}

/** The pool of the account, which remembers what a relay has taken. */
function reportingPool(relays: RelayPool): {
  readonly pool: RelayPool;
  readonly told: CustomerSession['told'];
} {
  const taken: NostrEvent[] = [];
  const waiting = new Set<() => void>();
  const pool: RelayPool = {
    subscribe: (options) => relays.subscribe(options),
    query: (...args) => relays.query(...args),
    status: () => relays.status(),
    close: () => relays.close(),
    async publish(event, ...rest) {
      const receipts = await relays.publish(event, ...rest);
      if (receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate')) {
        taken.push(event);
        for (const look of waiting) look();
      }
      return receipts;
    },
  };
  const told = (isIt: (event: NostrEvent) => boolean) =>
    new Promise<boolean>((resolve) => {
      const end = (isTold: boolean) => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(isTold);
      };
      const look = () => taken.some(isIt) && end(true);
      const timer = setTimeout(() => end(false), TOLD_TIMEOUT_MS);
      waiting.add(look);
      look();
    });
  return { pool, told };
}
