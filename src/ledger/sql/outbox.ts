import type { Selectable } from 'kysely';
import { normalizeRelayUrl } from '../../protocol/index.ts';
import type { Outbox, OutboxRow, OutgoingEvent } from '../outbox.ts';
import type { Books, Entry } from './books.ts';
import type { LedgerSchema } from './schema.ts';
import { readEvent, readTexts, storedEvent } from './stored-json.ts';

/** At least this often a waiter looks by itself: other processes that share a file cannot ring our bell. */
const LOOK_AGAIN_MS = 5_000;

/** The outbox over SQL. */
export function sqlOutbox(books: Books): Outbox {
  return {
    enqueue: (events) => books.commit((entry) => enqueue(books, entry, events), { enqueues: true }),
    claimDue: (claim) => books.commit((entry) => claimDue(books, entry, claim)),
    record: (eventId, report) => books.commit((entry) => record(books, entry, eventId, report)),
    async get(eventId) {
      const row = await books.read
        .selectFrom('outbox')
        .selectAll()
        .where('event_id', '=', eventId)
        .executeTakeFirst();
      return row === undefined ? null : outboxRow(row);
    },
    async depth() {
      const row = await books.read
        .selectFrom('outbox')
        .select((outbox) => [
          outbox.fn.countAll<bigint>().as('due'),
          outbox.fn.min<bigint | null>('enqueued_at').as('oldest_at'),
        ])
        .where('state', '=', 'due')
        .executeTakeFirstOrThrow();
      return { due: Number(row.due), oldestAt: row.oldest_at === null ? null : Number(row.oldest_at) };
    },
    waitForDue: (signal) => waitForDue(books, signal),
  };
}

/**
 * Puts events into the outbox within the transaction of the change they tell of. An event that is already
 * waiting stays as it is; one that was sent, refused or expired is sent anew.
 */
export async function enqueue(
  books: Books,
  { trx, moved }: Entry,
  events: readonly OutgoingEvent[],
): Promise<void> {
  const now = books.now();
  for (const { event, relays, alsoRelays, expiresAt } of events) {
    const fresh = {
      relays: JSON.stringify(relays.map(normalRelay)),
      also_relays: alsoRelays === undefined ? null : JSON.stringify(alsoRelays.map(normalRelay)),
      expires_at: expiresAt ?? null,
      state: 'due',
      attempts: 0,
      accepted_by: '[]',
      refused_by: '[]',
      last_message: null,
      enqueued_at: now,
      next_try_at: now,
    } as const;
    await trx
      .insertInto('outbox')
      .values({ event_id: event.id, event: storedEvent(event), ...fresh })
      .onConflict((conflict) =>
        conflict.column('event_id').doUpdateSet(fresh).where('outbox.state', '<>', 'due'),
      )
      .execute();
  }
  if (events.length > 0) moved('outbox.due');
}

/** Relays answer under their normal URL, so that is how they are remembered. */
function normalRelay(url: string): string {
  return normalizeRelayUrl(url) ?? url;
}

async function claimDue(
  books: Books,
  { trx, moved }: Entry,
  claim: Parameters<Outbox['claimDue']>[0],
): Promise<OutboxRow[]> {
  const now = BigInt(books.now());
  const due = await trx
    .selectFrom('outbox')
    .select('seq')
    .where('state', '=', 'due')
    .where('next_try_at', '<=', now)
    .orderBy('next_try_at')
    .orderBy('seq')
    .limit(claim.limit)
    .forUpdate()
    .skipLocked()
    .execute();
  if (due.length === 0) return [];
  const rows = await trx
    .updateTable('outbox')
    .set((row) => ({ attempts: row('attempts', '+', 1n), next_try_at: now + BigInt(claim.leaseSeconds) }))
    .where(
      'seq',
      'in',
      due.map(({ seq }) => seq),
    )
    .returningAll()
    .execute();
  const isExpired = (row: (typeof rows)[number]) => row.expires_at !== null && row.expires_at < now;
  const expired = rows.filter(isExpired).map(({ seq }) => seq);
  if (expired.length > 0) {
    await trx.updateTable('outbox').set({ state: 'expired' }).where('seq', 'in', expired).execute();
    moved('outbox.expired');
  }
  const claimed = rows.filter((row) => !isExpired(row));
  if (claimed.length > 0) moved('outbox.claimed');
  return claimed.toSorted((one, other) => Number(one.seq - other.seq)).map(outboxRow);
}

async function record(
  books: Books,
  { trx, moved }: Entry,
  eventId: string,
  report: Parameters<Outbox['record']>[1],
): Promise<OutboxRow> {
  const stored = await trx
    .selectFrom('outbox')
    .selectAll()
    .where('event_id', '=', eventId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => new Error('A report about an event that is not in the outbox.'));
  const row = outboxRow(stored);
  const acceptedBy = [...new Set([...row.acceptedBy, ...report.acceptedBy.map(normalRelay)])];
  const refusedBy = [...new Set([...row.refusedBy, ...report.refusedBy.map(normalRelay)])];
  const now = books.now();
  const standIns = (report.standIns ?? []).map(normalRelay);
  const state = nextState({ ...row, acceptedBy, refusedBy }, standIns, now);
  const lastMessage = report.message ?? row.lastMessage;
  await trx
    .updateTable('outbox')
    .set({
      state,
      accepted_by: JSON.stringify(acceptedBy),
      refused_by: JSON.stringify(refusedBy),
      last_message: lastMessage,
      next_try_at: now + report.retryInSeconds,
    })
    .where('event_id', '=', eventId)
    .execute();
  moved(`outbox.${state}`);
  return { ...row, state, acceptedBy, refusedBy, lastMessage };
}

function nextState(row: OutboxRow, standIns: readonly string[], now: number): OutboxRow['state'] {
  const chosen = [...row.relays, ...standIns];
  if (row.state === 'published' || chosen.some((relay) => row.acceptedBy.includes(relay))) return 'published';
  if (chosen.every((relay) => row.refusedBy.includes(relay))) return 'refused';
  return row.expiresAt !== undefined && row.expiresAt < now ? 'expired' : 'due';
}

async function waitForDue(books: Books, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const woken = Promise.withResolvers<void>();
  const stopListening = books.bell.listen(woken.resolve);
  const wake = () => woken.resolve();
  signal.addEventListener('abort', wake);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    // The bell is listened to before the table is read, so that nothing enqueued in between is slept through.
    const next = await books.read
      .selectFrom('outbox')
      .select('next_try_at')
      .where('state', '=', 'due')
      .orderBy('next_try_at')
      .limit(1)
      .executeTakeFirst();
    const dueInMs = next === undefined ? LOOK_AGAIN_MS : (Number(next.next_try_at) - books.now()) * 1000;
    if (dueInMs <= 0) return;
    timer = setTimeout(wake, Math.min(dueInMs, LOOK_AGAIN_MS));
    await woken.promise;
  } finally {
    clearTimeout(timer);
    stopListening();
    signal.removeEventListener('abort', wake);
  }
}

function outboxRow(row: Selectable<LedgerSchema['outbox']>): OutboxRow {
  return {
    event: readEvent(row.event),
    relays: readTexts(row.relays),
    ...(row.also_relays === null ? {} : { alsoRelays: readTexts(row.also_relays) }),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    state: row.state,
    attempts: Number(row.attempts),
    acceptedBy: readTexts(row.accepted_by),
    refusedBy: readTexts(row.refused_by),
    lastMessage: row.last_message,
    enqueuedAt: Number(row.enqueued_at),
  };
}
