import {
  AGENT_HEARTBEAT_KIND,
  HEARTBEAT_KIND,
  parseHeartbeat,
  parseRelayList,
  RELAY_LIST_KIND,
  type Heartbeat,
  type NostrEvent,
} from '../protocol/index.ts';
import { FUTURE_SLACK_SECONDS, replaces } from './announcements.ts';
import { inPieces, type AskRelays } from './ask-relays.ts';

/** What a provider publishes of itself besides announcements. */
export interface SignsOfLife {
  /** The newest of either kind. */
  readonly heartbeat: { readonly beat: Heartbeat; readonly eventId: string } | null;
  /** Where it listens, by its kind 10002; at most 8. */
  readonly relays: readonly string[];
}

/** What a provider has published who never said a word. */
export const NO_SIGNS: SignsOfLife = { heartbeat: null, relays: [] };

/** Authors in one filter. */
const AUTHORS_PER_FILTER = 200;

/** Relays of one provider that are passed on. */
const MAX_RELAYS = 8;

/** The newest heartbeats and relay lists of these providers. */
export async function findSignsOfLife(
  ask: AskRelays,
  pubkeys: readonly string[],
  now: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, SignsOfLife>> {
  const kinds = [HEARTBEAT_KIND, AGENT_HEARTBEAT_KIND, RELAY_LIST_KIND];
  const filters = inPieces(pubkeys, AUTHORS_PER_FILTER).map((authors) => ({ kinds, authors }));
  const { events } = await ask(filters, signal);
  const credible = events.filter(({ created_at }) => created_at <= now + FUTURE_SLACK_SECONDS);
  const byAuthor = Map.groupBy(credible, ({ pubkey }) => pubkey);
  return new Map([...byAuthor].map(([pubkey, own]) => [pubkey, signsIn(own)]));
}

function signsIn(events: readonly NostrEvent[]): SignsOfLife {
  const newest = (isWanted: (event: NostrEvent) => boolean) =>
    events
      .filter(isWanted)
      .reduce<NostrEvent | null>(
        (best, event) => (best === null || replaces(event, best) ? event : best),
        null,
      );
  const list = newest(({ kind }) => kind === RELAY_LIST_KIND);
  const beating = newest(({ kind }) => kind !== RELAY_LIST_KIND);
  const beat = beating === null ? null : parseHeartbeat(beating);
  const relayList = list === null ? null : parseRelayList(list);
  return {
    heartbeat: beating !== null && beat?.ok ? { beat: beat.value, eventId: beating.id } : null,
    relays: relayList?.ok ? relayList.value.read.slice(0, MAX_RELAYS) : [],
  };
}
