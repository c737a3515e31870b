import { pause } from '../clock/index.ts';
import type { NostrEvent } from '../protocol/index.ts';
import type { Checkpoint } from './ledger.ts';
import type { Outbox, OutboxRow } from './outbox.ts';

/** What one relay said to one event; `refused` is final, `retry` and `unreachable` may change. */
export interface RelayAnswer {
  readonly relay: string;
  readonly outcome: 'accepted' | 'duplicate' | 'refused' | 'retry' | 'unreachable';
  readonly message: string;
}

/** Everything the pump needs. */
export interface OutboxPump {
  readonly outbox: Outbox;
  /** Sends an event to relays and waits for their answers, a bounded time. */
  readonly publish: (
    event: NostrEvent,
    relays: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly RelayAnswer[]>;
  /**
   * Relays that do as well as the event's own: those that its author uses now, who may be on another machine, or have
   * left the relays of the day when it was booked.
   */
  readonly standIns?: (event: NostrEvent) => readonly string[];
  /**
   * Told when an event is public: one of its `relays` has it, and the outbox says so. Where several pumps of one process
   * share an outbox, as the two sides of a person in one page do, each is told of every event, whichever sent it.
   */
  readonly onPublished?: (row: OutboxRow) => Promise<void> | void;
  /** Told what kept an event from being sent or booked; it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Events that are under way at once. */
  readonly concurrency: number;
  /** Passed as `outbox:after-ok` when a relay has the event and the outbox does not know yet. */
  readonly checkpoint?: Checkpoint;
}

/** After a crash an event waits this long for its next try. A slow relay may see it twice, which harms nobody. */
const LEASE_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 60;
/** Pause after the outbox itself failed, as on a full disk. */
const TROUBLE_PAUSE_MS = 1_000;
const ALSO_TRIES = 3;
const ALSO_PAUSE_MS = 5_000;
/** Beyond so many events whose other relays do not answer, those relays are not asked: they get no say in our memory. */
const MAX_TELLING = 256;
/** Relays choose these words; the books keep only the beginning. */
const MAX_MESSAGE_LENGTH = 500;

/**
 * Sends what the outbox holds until the signal aborts: to each event's `relays` until one accepts, every one
 * refuses, or it expires; then, best effort, to its `alsoRelays`. An event is in the outbox only after the
 * change it tells of is committed, so nothing becomes public before. Resolves when all of it has stopped.
 */
export async function pumpOutbox(pump: OutboxPump): Promise<void> {
  const { outbox, signal, concurrency } = pump;
  const sending = new Set<Promise<void>>();
  /** Events whose relays are being waited for: a lease that runs out meanwhile begins no second try. */
  const underWay = new Set<string>();
  const telling = new Set<Promise<void>>();
  const pumps = pumpsOf.get(outbox) ?? new Set();
  pumpsOf.set(outbox, pumps.add(pump));
  while (!signal.aborted) {
    try {
      const free = concurrency - sending.size;
      const rows = free > 0 ? await outbox.claimDue({ limit: free, leaseSeconds: LEASE_SECONDS }) : [];
      for (const row of rows) {
        const { id } = row.event;
        if (underWay.has(id)) continue;
        underWay.add(id);
        track(
          sending,
          send(pump, row, telling).finally(() => underWay.delete(id)),
        );
      }
      if (sending.size >= concurrency) await Promise.race(sending);
      else if (rows.length < free) await outbox.waitForDue(signal);
    } catch (error) {
      pump.onTrouble?.(error);
      await pause(TROUBLE_PAUSE_MS, signal);
    }
  }
  await Promise.all([...sending, ...telling]);
  pumps.delete(pump);
}

/** The pumps of this process, by the outbox that they send from. */
const pumpsOf = new WeakMap<Outbox, Set<OutboxPump>>();

/** What one of them makes of the news keeps nobody else from it. */
async function tellPublished({ outbox }: OutboxPump, row: OutboxRow): Promise<void> {
  for (const pump of pumpsOf.get(outbox) ?? []) {
    try {
      await pump.onPublished?.(row);
    } catch (error) {
      pump.onTrouble?.(error);
    }
  }
}

/** Holds work while it runs; the work must not reject. */
function track(running: Set<Promise<void>>, work: Promise<void>): void {
  const tracked = work.finally(() => running.delete(tracked));
  running.add(tracked);
}

/** One try of one event. Whatever fails on our side leaves the row leased, to be tried again later. */
async function send(pump: OutboxPump, row: OutboxRow, telling: Set<Promise<void>>): Promise<void> {
  try {
    const after = await sendToChosen(pump, row, telling);
    if (after.state !== 'published') return;
    const others = (row.alsoRelays ?? []).filter((relay) => !after.acceptedBy.includes(relay));
    if (others.length > 0 && telling.size < MAX_TELLING) track(telling, tellOthers(pump, row, others));
    await tellPublished(pump, after);
  } catch (error) {
    pump.onTrouble?.(error);
  }
}

/** Sends to all chosen relays, and those that stand in for them, at once; the first that has the event is enough, the others are heard in the background. */
async function sendToChosen(
  pump: OutboxPump,
  row: OutboxRow,
  telling: Set<Promise<void>>,
): Promise<OutboxRow> {
  const standIns = pump.standIns?.(row.event) ?? [];
  const chosen = [...new Set([...row.relays, ...standIns])];
  const relays = chosen.filter((relay) => !row.refusedBy.includes(relay));
  const asked = relays.map((relay) => answersOf(pump, row.event, [relay]));
  const all = Promise.all(asked).then((answers) => answers.flat());
  const taker = relays.length > 1 && telling.size < MAX_TELLING ? await firstTaker(asked) : null;
  if (taker !== null) {
    pump.checkpoint?.('outbox:after-ok');
    track(telling, hearOthers(pump, row, all));
    const told = { acceptedBy: [taker.relay], refusedBy: [], standIns, message: null, retryInSeconds: 0 };
    return pump.outbox.record(row.event.id, told);
  }
  const answers = await all;
  const acceptedBy = answers.filter(hasIt).map(({ relay }) => relay);
  if (acceptedBy.length > 0) pump.checkpoint?.('outbox:after-ok');
  return pump.outbox.record(row.event.id, {
    acceptedBy,
    refusedBy: answers.filter(({ outcome }) => outcome === 'refused').map(({ relay }) => relay),
    standIns,
    message: answers.find((answer) => !hasIt(answer))?.message.slice(0, MAX_MESSAGE_LENGTH) ?? null,
    // When we are being stopped, the next life sends it at once.
    retryInSeconds: pump.signal.aborted ? 0 : Math.min(2 ** row.attempts, LONGEST_RETRY_SECONDS),
  });
}

/** The first answer that says that a relay has the event; `null` when none does. */
async function firstTaker(asked: readonly Promise<readonly RelayAnswer[]>[]): Promise<RelayAnswer | null> {
  const takers = asked.map(async (answers) => {
    const taker = (await answers).find(hasIt);
    if (taker === undefined) throw NOT_IT;
    return taker;
  });
  return Promise.any(takers).catch(() => null);
}

const NOT_IT = new Error('This relay does not have it.');

/** Books what the other chosen relays said; nothing waits for it. */
async function hearOthers(
  pump: OutboxPump,
  row: OutboxRow,
  all: Promise<readonly RelayAnswer[]>,
): Promise<void> {
  const acceptedBy = (await all).filter(hasIt).map(({ relay }) => relay);
  await pump.outbox
    .record(row.event.id, { acceptedBy, refusedBy: [], message: null, retryInSeconds: 0 })
    .catch((error: unknown) => pump.onTrouble?.(error));
}

/** Tells relays that have no say in whether the event counts as published, a bounded number of times. */
async function tellOthers(pump: OutboxPump, row: OutboxRow, others: readonly string[]): Promise<void> {
  let untold = others;
  for (let attempt = 1; untold.length > 0 && !pump.signal.aborted; attempt++) {
    if (row.expiresAt !== undefined && row.expiresAt < pump.now()) return;
    const answers = await answersOf(pump, row.event, untold);
    const acceptedBy = answers.filter(hasIt).map(({ relay }) => relay);
    if (acceptedBy.length > 0)
      await pump.outbox
        .record(row.event.id, { acceptedBy, refusedBy: [], message: null, retryInSeconds: 0 })
        .catch((error: unknown) => pump.onTrouble?.(error));
    if (attempt === ALSO_TRIES) return;
    untold = answers.filter(mayStillTake).map(({ relay }) => relay);
    if (untold.length > 0) await pause(ALSO_PAUSE_MS * attempt, pump.signal);
  }
}

async function answersOf(
  pump: OutboxPump,
  event: NostrEvent,
  relays: readonly string[],
): Promise<readonly RelayAnswer[]> {
  try {
    return await pump.publish(event, relays, pump.signal);
  } catch (error) {
    if (!pump.signal.aborted) pump.onTrouble?.(error);
    return relays.map((relay) => ({ relay, outcome: 'retry', message: 'not sent' }));
  }
}

function hasIt({ outcome }: RelayAnswer): boolean {
  return outcome === 'accepted' || outcome === 'duplicate';
}

function mayStillTake({ outcome }: RelayAnswer): boolean {
  return outcome === 'retry' || outcome === 'unreachable';
}
