import type { EventTemplate, NostrEvent } from './event.ts';
import { isJobKind } from './job.ts';
import { msat, type Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { firstTag, readSeconds } from './tag-reading.ts';

/** Replaceable, so a key has one heartbeat and providers need a key for each machine. */
export const HEARTBEAT_KIND = 11998;

/** Signs of life as the agents of 2020117 write them, with kinds, capacity and prices; read, not written. */
export const AGENT_HEARTBEAT_KIND = 30333;

/** How long one beat says that a provider is alive. Clients hide providers silent for 900 s. */
const BEAT_SECONDS = 300;
/** How long agents that say nothing for that time are taken for alive by their own software. */
const AGENT_BEAT_SECONDS = 600;
/** Kinds read from one heartbeat. */
const MAX_KINDS = 100;

/** A provider's sign of life, as read (kind 11998, proposed for NIP-90, or 30333). */
export interface Heartbeat {
  readonly pubkey: string;
  /** The `d` tag of the announcement it keeps alive; `null` where the sender left it out. */
  readonly identifier: string | null;
  /** As sent; `null` when absent. */
  readonly status: string | null;
  /** Job kinds that it serves; empty where it does not say. */
  readonly kinds: readonly number[];
  /** Jobs that it could take now; `null` where it does not say. */
  readonly capacity: number | null;
  /** What a job of a kind costs, where it says so: agents write whole sats. */
  readonly pricesMsat: ReadonlyMap<number, Msat>;
  readonly createdAt: number;
  /** Unix seconds; 300 s after its creation (600 s for kind 30333) unless it says otherwise. */
  readonly expiresAt: number;
}

/** Reads a heartbeat. Fails with `not-a-heartbeat` on another kind of event. */
export function parseHeartbeat(event: NostrEvent): Outcome<Heartbeat, 'not-a-heartbeat'> {
  const { kind, tags, pubkey, created_at: createdAt } = event;
  const isAgents = kind === AGENT_HEARTBEAT_KIND;
  if (kind !== HEARTBEAT_KIND && !isAgents)
    return failure('not-a-heartbeat', `Kind ${kind} is not a heartbeat; those are 11998 and 30333.`, {
      kind,
    });
  const value = (name: string): string | null => firstTag(tags, name)?.[1] ?? null;
  const capacity = value('capacity') ?? '';
  const lasts = isAgents ? AGENT_BEAT_SECONDS : BEAT_SECONDS;
  return success({
    pubkey,
    identifier: isAgents ? null : value('d'), // agents write their own key there
    status: value('status'),
    kinds: readKinds(value('kinds') ?? ''),
    capacity: /^\d{1,6}$/.test(capacity) ? Number(capacity) : null,
    pricesMsat: readPrices(value('price') ?? ''),
    createdAt,
    expiresAt: readSeconds(firstTag(tags, 'expiration')?.[1]) ?? createdAt + lasts,
  });
}

/** Kinds with commas between them. */
function readKinds(list: string): number[] {
  const written = list.split(',', MAX_KINDS).map((kind) => kind.trim());
  return [...new Set(written.filter((kind) => /^\d{4}$/.test(kind)).map(Number))].filter(isJobKind);
}

/** `kind:sats` with commas between them. */
function readPrices(list: string): Map<number, Msat> {
  const prices = new Map<number, Msat>();
  for (const written of list.split(',', MAX_KINDS)) {
    const [, kind, sats] = /^\s*(\d{4}):(\d{1,12})\s*$/.exec(written) ?? [];
    if (sats !== undefined && isJobKind(Number(kind))) prices.set(Number(kind), msat(BigInt(sats) * 1000n));
  }
  return prices;
}

/** Writes a heartbeat for the announcement with that `d` tag, good for 300 s; `createdAt` is unix seconds. */
export function buildHeartbeat(beat: {
  readonly identifier: string;
  readonly status: string;
  readonly createdAt: number;
}): EventTemplate {
  const { identifier, status, createdAt } = beat;
  const tags = [
    ['d', identifier],
    ['status', status],
    ['expiration', (createdAt + BEAT_SECONDS).toString()],
  ];
  return { kind: HEARTBEAT_KIND, created_at: createdAt, tags, content: '' };
}
