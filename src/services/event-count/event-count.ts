import * as z from 'zod';
import { hostAndPort } from '../../http/index.ts';
import { normalizeRelayUrl, success } from '../../protocol/index.ts';
import {
  JobFailure,
  service,
  type JobContext,
  type JobOutput,
  type JobProgress,
} from '../../provider/index.ts';
import { shelfService } from '../shelf-service.ts';
import { readFilters, type CountFilter } from './filters.ts';
import { GroupCounts } from './group-counts.ts';
import { eachEvent } from './relay-events.ts';
import { openRelaySession, type RelaySession } from './relay-session.ts';

const MAX_RELAYS = 8;
const MAX_GROUP_NAMES = 3;

/**
 * Settings of the count: `relays` are those to count on where a request names none, the provider's own unless told.
 * Relays that customers name are connected to at public addresses only; `customer_relays = false` refuses them.
 * `max_events` bounds what is fetched of each relay.
 */
const Settings = z.strictObject({
  relays: z
    .array(z.string().refine((url) => normalizeRelayUrl(url) !== null, 'Write relays as wss:// addresses.'))
    .min(1)
    .max(MAX_RELAYS)
    .optional(),
  customer_relays: z.boolean().default(true),
  max_events: z.int().min(1).max(200_000).default(20_000),
});

/** What every count of this service keeps to. */
interface CountTerms {
  readonly relays: readonly string[];
  readonly allowsOtherRelays: boolean;
  readonly maxEvents: number;
}

/** Kind 5400: counts events on relays. */
export const shelfEventCount = shelfService({
  name: 'event-count',
  kind: 5400,
  about: 'Counts events that match filters, over relays without doubles, and by groups.',
  settings: Settings,
  open: async (settings, { relayUrls }) => {
    const terms: CountTerms = {
      relays: (settings.relays ?? relayUrls).flatMap((url) => normalizeRelayUrl(url) ?? []),
      allowsOtherRelays: settings.customer_relays,
      maxEvents: settings.max_events,
    };
    return success(
      service({
        kind: 5400,
        id: 'event-count',
        name: 'Event count',
        about: 'Counts events that match your filters, each once over all relays that you name.',
        usualSeconds: 5,
        worstSeconds: 55,
        concurrency: 4,
        handler: (job) => count(job, terms),
      }),
    );
  },
});

async function* count(job: JobContext, terms: CountTerms): AsyncGenerator<JobProgress, JobOutput> {
  const filters = wantedFilters(job);
  const groups = (job.params.get('group') ?? []).filter((name) => name !== '');
  if (groups.length > MAX_GROUP_NAMES)
    throw new JobFailure('too-many-groups', `Counts can be grouped by at most ${MAX_GROUP_NAMES} names.`);
  const wanted = wantedRelays(job, terms);
  const own = terms.relays.map((url) => hostAndPort(new URL(url.replace(/^ws/, 'http'))));
  const opened = await Promise.all(
    wanted.map(async (url) => ({ url, session: await openRelaySession(url, own, job.signal) })),
  );
  const sessions = opened.flatMap(({ session }) => (session.ok ? [session.value] : []));
  try {
    for (const { url, session } of opened)
      if (!session.ok)
        yield { type: 'progress', note: `Counting without ${url}: ${session.failure.message}` };
    if (sessions.length === 0)
      throw new JobFailure('relay-unreachable', 'None of the relays to count on answers.');
    if (groups.length > 0) {
      const counted = await countGroups(sessions, filters, groups, terms);
      return { content: JSON.stringify(counted.counts()), mediaType: 'application/json' };
    }
    const total = await countAll(sessions, filters, terms);
    if (total.atLeast)
      yield { type: 'progress', note: 'Too many to remove doubles: this is the most that one relay has.' };
    return { content: String(total.count), mediaType: 'text/plain' };
  } finally {
    for (const session of sessions) session.close();
  }
}

/** Filters stand in the content, or in a text input where the page of the kind was taken at its word. */
function wantedFilters({ request, inputs }: JobContext): readonly CountFilter[] {
  const read = [request.content, ...inputs.map(({ text }) => text)].map(readFilters);
  const found = read.find(({ ok }) => ok) ?? read[0];
  if (found?.ok) return found.value;
  throw new JobFailure(found?.failure.code ?? 'no-filter', found?.failure.message ?? 'There is no filter.');
}

function wantedRelays({ params }: JobContext, terms: CountTerms): readonly string[] {
  const named = (params.get('relay') ?? []).flatMap((url) => normalizeRelayUrl(url) ?? []);
  const wanted = [...new Set(named.length > 0 ? named : terms.relays)];
  if (wanted.length > MAX_RELAYS)
    throw new JobFailure('too-many-relays', `At most ${MAX_RELAYS} relays are counted on at once.`);
  const other = wanted.find((url) => !terms.relays.includes(url));
  if (other !== undefined && !terms.allowsOtherRelays)
    throw new JobFailure('relay-not-served', `Counts are made on ${terms.relays.join(', ')} only.`);
  return wanted;
}

/** One relay is asked for the number; of several the events are compared, as far as they are not too many. */
async function countAll(
  sessions: readonly RelaySession[],
  filters: readonly CountFilter[],
  terms: CountTerms,
): Promise<{ readonly count: number; readonly atLeast: boolean }> {
  const numbers = await Promise.all(sessions.map((session) => askNumber(session, filters)));
  const known = numbers.filter((number) => number !== null);
  const [only] = known;
  if (sessions.length === 1 && only !== undefined) return { count: only, atLeast: false };
  const isTooMuch = known.some((number) => number > terms.maxEvents);
  if (isTooMuch) return { count: Math.max(...known), atLeast: true };
  const ids = new Set<string>();
  await fetchAll(sessions, filters, terms, (event) => ids.add(event.id));
  return { count: ids.size, atLeast: false };
}

/** What the relay says by itself (NIP-45), exactly; `null` where it does not. */
async function askNumber(session: RelaySession, filters: readonly CountFilter[]): Promise<number | null> {
  const answer = await session.ask('COUNT', filters);
  return answer.ok && answer.value.type === 'count' ? answer.value.count : null;
}

async function countGroups(
  sessions: readonly RelaySession[],
  filters: readonly CountFilter[],
  names: readonly string[],
  terms: CountTerms,
): Promise<GroupCounts> {
  const counts = new GroupCounts(names);
  const ids = new Set<string>();
  await fetchAll(sessions, filters, terms, (event) => {
    if (ids.has(event.id)) return;
    ids.add(event.id);
    counts.add(event);
  });
  if (counts.isTooMuch)
    throw new JobFailure('too-many-groups', 'There are more groups than a result can hold.');
  return counts;
}

async function fetchAll(
  sessions: readonly RelaySession[],
  filters: readonly CountFilter[],
  { maxEvents }: CountTerms,
  onEvent: Parameters<typeof eachEvent>[3],
): Promise<void> {
  const fetched = await Promise.all(
    sessions.map((session) => eachEvent(session, filters, maxEvents, onEvent)),
  );
  const failed = fetched.find((outcome) => !outcome.ok);
  if (failed?.ok === false) throw new JobFailure(failed.failure.code, failed.failure.message);
}
