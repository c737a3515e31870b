import { parseRelayList, RELAY_LIST_KIND } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { ProviderContext } from './context.ts';

/** Customers whose relays are remembered, and for how long: found, or not. */
const MAX_KNOWN = 5000;
const FOUND_SECONDS = 3600;
const NOT_FOUND_SECONDS = 300;
/** Lists looked for at once: a flood of keys gets no flood of questions. */
const MAX_LOOKING = 16;
/** An answer waits no longer for a list; the next one to the same customer may have it. */
const WAIT_MS = 250;
const LOOK_MS = 3000;
/** Of a long list the first are enough. */
const MAX_RELAYS = 3;

interface Known {
  readonly relays: readonly string[];
  /** Unix seconds. */
  readonly until: number;
}

/** Where customers read, as far as that is known; shared by all that use the same relays. */
interface Inboxes {
  readonly known: Map<string, Known>;
  readonly looking: Map<string, Promise<readonly string[]>>;
}

const inboxes = new WeakMap<RelayPool, Inboxes>();

type Looker = Pick<ProviderContext, 'relays' | 'relayUrls' | 'now' | 'signal'>;

/** The relays that a customer reads (NIP-65), for one that does not say in its request where answers go. */
export async function readRelaysOf(context: Looker, pubkey: string): Promise<readonly string[]> {
  const { known, looking } = inboxesOf(context.relays);
  const remembered = known.get(pubkey);
  if (remembered !== undefined && remembered.until > context.now()) return remembered.relays;
  const underWay = looking.get(pubkey);
  if (underWay === undefined && looking.size >= MAX_LOOKING) return [];
  const search = underWay ?? look(context, pubkey);
  looking.set(pubkey, search);
  const { promise: late, resolve } = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => resolve([]), WAIT_MS);
  try {
    return await Promise.race([search, late]);
  } finally {
    clearTimeout(timer);
  }
}

function inboxesOf(pool: RelayPool): Inboxes {
  const found = inboxes.get(pool) ?? { known: new Map(), looking: new Map() };
  inboxes.set(pool, found);
  return found;
}

async function look(context: Looker, pubkey: string): Promise<readonly string[]> {
  const { relays: pool, relayUrls, now, signal } = context;
  const { known, looking } = inboxesOf(pool);
  try {
    const filter = { kinds: [RELAY_LIST_KIND], authors: [pubkey], limit: 1 };
    const [event] = await pool.query(relayUrls, [filter], { signal, timeoutMs: LOOK_MS });
    const list = event === undefined ? null : parseRelayList(event);
    const relays = list?.ok === true ? list.value.read.slice(0, MAX_RELAYS) : [];
    known.delete(pubkey);
    known.set(pubkey, { relays, until: now() + (relays.length > 0 ? FOUND_SECONDS : NOT_FOUND_SECONDS) });
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    return relays;
  } catch {
    return [];
  } finally {
    looking.delete(pubkey);
  }
}
