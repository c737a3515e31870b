import { join } from 'node:path';
import * as z from 'zod';
import { success, type NostrEvent } from '../../protocol/index.ts';
import {
  JobFailure,
  service,
  type JobContext,
  type JobOutput,
  type JobProgress,
  type Service,
} from '../../provider/index.ts';
import { shelfService, type ShelfContext } from '../shelf-service.ts';
import { publishEvent, untilDue } from './publish-event.ts';
import { isoTime, readOrder, type PublishingOrder } from './read-order.ts';
import { openScheduleStore, type ScheduleStore } from './schedule-store.ts';

const HOUR_SECONDS = 3600;
/** After its time an event is tried for so long. */
const GRACE_SECONDS = 3600;
/** For the work around it, after a machine was busy or stopped for a moment. */
const SLACK_SECONDS = 1800;
/** A job may take thirty days. */
const MAX_HOURS = 29 * 24;

/**
 * Settings of the schedule: how far ahead events may be dated, and how many may wait at once. Less than a day suits
 * customers who do not wait longer for a result.
 */
const Settings = z.strictObject({
  max_hours: z.int().min(1).max(MAX_HOURS).default(22),
  max_waiting: z.int().min(1).max(5000).default(200),
});

/** What a job of this service works with. */
interface Publisher {
  readonly schedule: ScheduleStore;
  readonly context: ShelfContext;
  readonly horizonSeconds: number;
}

/** Kind 5905: publishes signed events at the time that they are dated. */
export const shelfScheduledPublishing = shelfService({
  name: 'scheduled-publishing',
  kind: 5905,
  about: 'Publishes events, signed ahead, at the time that they are dated, and says which relays took them.',
  settings: Settings,
  open: async (settings, context) => {
    const schedule = openScheduleStore(
      join(context.dir, 'schedule.sqlite'),
      settings.max_waiting,
      context.now,
    );
    if (!schedule.ok) return schedule;
    context.onClose(() => schedule.value.close());
    const horizonSeconds = settings.max_hours * HOUR_SECONDS;
    return success(offer({ schedule: schedule.value, context, horizonSeconds }, settings.max_waiting));
  },
});

function offer(publisher: Publisher, maxWaiting: number): Service {
  return service({
    kind: 5905,
    id: 'scheduled-publishing',
    name: 'Scheduled publishing',
    about: `Publishes your signed events at their own date, up to ${publisher.horizonSeconds / HOUR_SECONDS} hours ahead. Encrypt the request to keep them unseen until then.`,
    usualSeconds: publisher.horizonSeconds / 2,
    worstSeconds: publisher.horizonSeconds + GRACE_SECONDS + SLACK_SECONDS,
    // A waiting job costs next to nothing; those beyond would wait for a place past their own time.
    concurrency: maxWaiting,
    handler: (job) => publish(job, publisher),
  });
}

async function* publish(
  job: JobContext,
  { schedule, context, horizonSeconds }: Publisher,
): AsyncGenerator<JobProgress, JobOutput> {
  const { now, relayUrls } = context;
  const order = readOrder(job, { ownRelays: relayUrls, latest: now() + horizonSeconds });
  if (!order.ok) throw new JobFailure(order.failure.code, order.failure.message);
  const events = order.value.events.toSorted((left, right) => left.created_at - right.created_at);
  const isKept = await schedule.keep(
    job.idempotencyKey,
    events.map(({ id, created_at: dueAt }) => ({ id, dueAt })),
  );
  if (!isKept) throw new JobFailure('schedule-full', 'Too many events are waiting here; try again later.');
  yield { type: 'progress', note: scheduledNote(order.value) };
  try {
    for (const event of events) {
      await untilDue(event.created_at, now, job.signal);
      const relays = await publishOnce(event, order.value, { job, schedule, context });
      yield { type: 'progress', note: `Published ${event.id} on ${relays.join(', ')}.` };
    }
  } finally {
    // When the process ends instead, the job is handled again and takes its place again.
    await schedule.drop(job.idempotencyKey).catch(() => undefined);
  }
  return { content: order.value.events.map(({ id }) => id).join('\n'), mediaType: 'text/plain' };
}

function scheduledNote({ events, relays }: PublishingOrder): string {
  const times = events.map(({ created_at: dueAt }) => isoTime(dueAt)).join(', ');
  return `Scheduled for ${times} on ${relays.join(', ')}. Delete the request (kind 5) to cancel.`;
}

/** Publishes one event unless an earlier attempt at this job did; the relays that took it. */
async function publishOnce(
  event: NostrEvent,
  { relays }: PublishingOrder,
  { job, schedule, context }: { job: JobContext; schedule: ScheduleStore; context: ShelfContext },
): Promise<readonly string[]> {
  const before = schedule.publishedOn(job.idempotencyKey, event.id);
  if (before !== null) return before;
  const { acceptedBy, lastWords } = await publishEvent(
    event,
    { pool: context.relays, relays },
    {
      giveUpAt: Math.max(event.created_at, context.now()) + GRACE_SECONDS,
      now: context.now,
      signal: job.signal,
    },
  );
  if (acceptedBy.length === 0)
    throw new JobFailure('not-published', `No relay took the event ${event.id}: ${lastWords}`);
  await schedule.notePublished(job.idempotencyKey, event.id, acceptedBy);
  return acceptedBy;
}
