import {
  foldJob,
  isJobRequestKind,
  JOB_FEEDBACK_KIND,
  parseJobFeedback,
  parseJobRequest,
  requestFilters,
  resultKindOf,
  tagValues,
  type JobRequest,
  type NostrEvent,
  type Rescue,
} from '../../protocol/index.ts';
import type { Sale } from '../../ledger/index.ts';
import { isNews } from '../still-wanted.ts';
import { abandonment, type Abandonment } from './abandoned.ts';
import { stepIn, type StepInParts } from './step-in.ts';
import { RescueTally } from './tally.ts';
import { rescuersAmong, type Rescuer } from './rescuers.ts';
import { WatchedJobs } from './watched-jobs.ts';

/** How often it is looked whose time has come. */
const LOOK_EVERY_MS = 250;
/** Jobs looked at together; the relays are asked about them in one question. */
const JOBS_AT_ONCE = 50;
/** How long a job waits for room among the offers, a wallet or a relay that were not there. */
const TRY_AGAIN_SECONDS = 15;

/** What the watch needs besides what stepping in takes. */
interface RescueParts extends StepInParts {
  /** All keys that we sell under: what they do or ask for is no business of ours. */
  readonly ownPubkeys: readonly string[];
  /** Told of each offer that was made for somebody else. */
  readonly onRescue: (by: Rescue, sale: Sale) => void;
}

/** A watch for jobs that others abandon. */
interface RescueWatch {
  /**
   * Watches until the signal aborts. Resolves when every relay that answers has sent what it stored; where no service
   * steps in, nothing is subscribed.
   */
  listen(signal: AbortSignal): Promise<void>;
  /** Whether an offer for this request was made for somebody else. */
  isRescue(requestId: string): boolean;
  /** Waits for what is under way when the signal has aborted. */
  idle(): Promise<void>;
}

/**
 * Watches jobs that others are to do, as far as our relays tell of them, and steps in where they are abandoned, for the
 * services that say so in `Service.rescue`. Before it steps in it asks the relays what there is of the job, so that what
 * it did not hear, before it began or in an outage, counts all the same.
 */
export function createRescueWatch(parts: RescueParts): RescueWatch {
  const { context, loop } = parts;
  const rescuers = rescuersAmong(context.services);
  const tally = new RescueTally((requestId) => parts.sales.has(requestId));
  const own = new Set(parts.ownPubkeys);
  const watch: Watch = { parts, rescuers, tally, jobs: new WatchedJobs(), own, hasCaughtUp: false };
  let looking: Promise<void> | null = null;

  const look = (signal: AbortSignal) => {
    looking ??= lookAtDue(watch, signal)
      .catch((error: unknown) => loop.broke(error, null))
      .finally(() => (looking = null));
  };
  return {
    async listen(signal) {
      if (rescuers.length === 0) return;
      await loop.countOpenSales(); // earlier rescues count
      const since = context.now() - context.limits.maxRequestAgeSeconds;
      const kinds = [...new Set(rescuers.map(({ service }) => service.kind))];
      await context.relays.subscribe({
        relays: context.relayUrls,
        filters: [
          ...requestFilters({ kinds, dialects: ['nip-90'], since }),
          { kinds: [JOB_FEEDBACK_KIND, ...kinds.map(resultKindOf)], since },
        ],
        onEvent: (event) => hear(watch, event),
        signal,
      });
      watch.hasCaughtUp = true;
      if (signal.aborted) return;
      const timer = setInterval(look, LOOK_EVERY_MS, signal);
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
    isRescue: (requestId) => tally.has(requestId),
    idle: async () => {
      await looking;
    },
  };
}

interface Watch {
  readonly parts: RescueParts;
  readonly rescuers: readonly Rescuer[];
  readonly tally: RescueTally;
  readonly jobs: WatchedJobs;
  readonly own: ReadonlySet<string>;
  /** The relays have sent what they had stored. */
  hasCaughtUp: boolean;
}

function hear(watch: Watch, event: NostrEvent): void {
  if (isJobRequestKind(event.kind)) hearRequest(watch, event);
  else if (event.pubkey === watch.parts.context.signer.pubkey) hearOwnOffer(watch, event);
  else watch.jobs.hear(event);
}

/** Requests of our own keys, or for one of them, are not watched; nor what only its provider can read. */
function hearRequest(watch: Watch, event: NostrEvent): void {
  const { parts, rescuers, jobs, own } = watch;
  const read = parseJobRequest(event);
  if (!read.ok || read.value.encrypted) return;
  const { customerPubkey, targets, kind } = read.value;
  if (own.has(customerPubkey) || targets.some((target) => own.has(target))) return;
  if (parts.sales.has(event.id) || !rescuers.some((rescuer) => mayRescue(rescuer, { kind, targets }))) return;
  jobs.add(read.value, { stood: !watch.hasCaughtUp || !isNews(event, parts.context.now()) });
}

function mayRescue(
  { service, terms }: Rescuer,
  { kind, targets }: Pick<JobRequest, 'kind' | 'targets'>,
): boolean {
  return service.kind === kind && (terms.targeted || targets.length === 0);
}

/** What we offered before a restart, or another process under our key, counts against the limits. */
function hearOwnOffer({ parts, tally }: Watch, event: NostrEvent): void {
  const read = parseJobFeedback(event);
  if (!read.ok || read.value.rescue === null) return;
  const { requestId, createdAt: at } = read.value;
  const { sales } = parts.context.ledger;
  const noted = sales.get(event.pubkey, requestId).then((sale) => {
    if (sale !== null) tally.note(sale, at);
  });
  noted.catch((error: unknown) => parts.loop.broke(error, requestId));
}

async function lookAtDue(watch: Watch, signal: AbortSignal): Promise<void> {
  const { parts, jobs } = watch;
  const { context } = parts;
  jobs.forgetPast(context.now(), context.limits.maxRequestAgeSeconds);
  const stood = jobs.takeUnasked(JOBS_AT_ONCE);
  if (stood.length > 0) for (const event of await answersOnRelays(watch, stood, signal)) jobs.hear(event);
  const due = jobs.due(context.now(), JOBS_AT_ONCE);
  const abandoned = due.filter((request) => judge(watch, request, jobs.answersTo(request.id)).length > 0);
  for (const { id } of abandoned) postpone(watch, id); // whatever hinders us now, unless the job is settled below
  const hasChance = abandoned.some((request) => hasRoom(watch, request));
  if (!hasChance || !context.speaks() || !isOnline(watch)) return;
  const events = await answersOnRelays(watch, abandoned, signal);
  for (const request of abandoned) {
    if (signal.aborted) return;
    const told = events.filter((event) => tagValues(event, 'e').includes(request.id));
    const claims = judge(watch, request, [...told, ...jobs.answersTo(request.id)]);
    if (claims.length > 0) await rescue(watch, request, claims);
  }
}

const DELETION_KIND = 5;

/** What the relays have of these jobs: feedback, results, and withdrawals by their customers. */
function answersOnRelays(
  { parts: { context } }: Watch,
  requests: readonly JobRequest[],
  signal: AbortSignal,
): Promise<NostrEvent[]> {
  const ids = requests.map(({ id }) => id);
  const kinds = [JOB_FEEDBACK_KIND, ...new Set(requests.map(({ event }) => resultKindOf(event.kind)))];
  const authors = [...new Set(requests.map(({ customerPubkey }) => customerPubkey))];
  const filters = [
    { kinds, '#e': ids },
    { kinds: [DELETION_KIND], '#e': ids, authors },
  ];
  return context.relays.query(context.relayUrls, filters, { signal });
}

/** Without a relay nobody's silence means anything. */
function isOnline({ parts: { context } }: Watch): boolean {
  const status = context.relays.status();
  return context.relayUrls.some((url) => status.get(url) === 'connected');
}

/** A service that may step in now, and why. */
interface Claim {
  readonly rescuer: Rescuer;
  readonly by: Rescue;
}

/** Who may step in for a job by what these events say of it; where nobody may, notes when to look again. */
function judge(
  { parts, rescuers, jobs }: Watch,
  request: JobRequest,
  events: readonly NostrEvent[],
): Claim[] {
  const at = parts.context.now();
  const picture = foldJob({ request: request.event, events, at });
  const verdicts = rescuers
    .filter((rescuer) => mayRescue(rescuer, request))
    .map((rescuer) => {
      const { worstSeconds } = rescuer.service;
      return { rescuer, verdict: abandonment(picture, { ...rescuer.terms, worstSeconds }, at) };
    });
  const claims = verdicts.flatMap(({ rescuer, verdict }) =>
    verdict.is === 'abandoned' ? [{ rescuer, by: verdict.by }] : [],
  );
  if (verdicts.every(({ verdict }) => verdict.is === 'over')) jobs.forget(request.id);
  else if (claims.length === 0) jobs.lookAgain(request.id, earliest(verdicts.map(({ verdict }) => verdict)));
  return claims;
}

function earliest(verdicts: readonly Abandonment[]): number | null {
  const times = verdicts.flatMap((verdict) =>
    verdict.is === 'waiting' && verdict.until !== null ? [verdict.until] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

/** Whether another offer may be made for it now, by any of the services. */
function hasRoom(watch: Watch, request: JobRequest): boolean {
  const { parts, rescuers, tally } = watch;
  const now = parts.context.now();
  const isFree = ({ service, terms }: Rescuer) => tally.hasRoom(service.id, terms, now);
  return !hasItsShare(watch, request) && rescuers.some((each) => mayRescue(each, request) && isFree(each));
}

/** One offer at a time leaves room for others; who has paid here before is not held to that. */
function hasItsShare({ parts, tally }: Watch, { customerPubkey }: JobRequest): boolean {
  return tally.isBusyWith(customerPubkey) && !parts.sales.isPayer(customerPubkey);
}

async function rescue(watch: Watch, request: JobRequest, claims: readonly Claim[]): Promise<void> {
  const { parts, tally, jobs } = watch;
  const now = parts.context.now();
  const able = claims.filter(({ rescuer }) => tally.hasRoom(rescuer.service.id, rescuer.terms, now));
  const [first] = able;
  if (first === undefined || hasItsShare(watch, request)) return;
  const rescuers = able.map(({ rescuer }) => rescuer);
  const attempt = await stepIn(parts, request, first.by, rescuers);
  if (attempt.came === 'not-now') return;
  jobs.forget(request.id);
  if (attempt.came !== 'made') return;
  tally.note(attempt.sale, now);
  parts.onRescue(first.by, attempt.sale);
}

function postpone({ parts, jobs }: Watch, requestId: string): void {
  jobs.lookAgain(requestId, parts.context.now() + TRY_AGAIN_SECONDS);
}
