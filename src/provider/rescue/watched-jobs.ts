import {
  isJobResultKind,
  parseAnswer,
  resultKindOf,
  tagValues,
  type JobRequest,
  type NostrEvent,
} from '../../protocol/index.ts';

/** Jobs watched at once; the one that was seen first makes room. */
const MAX_JOBS = 1000;
/** Those of one customer; more are not watched. */
const MAX_JOBS_OF_CUSTOMER = 20;
/** A request with more characters is left to others. */
const MAX_REQUEST_CHARS = 32_768;
/** Providers whose answers to one job are kept, and how much of a word that they say. */
const MAX_PROVIDERS = 8;
const MAX_WORD = 100;

/** What the fold needs of feedback to tell how far a provider is. */
const TELLING_TAGS = ['status', 's', 'eta', 'error', 'encrypted'];

/** A job that others were asked for, and what they have said of it. */
interface WatchedJob {
  readonly request: JobRequest;
  /** By provider, and for each status the first and the latest feedback: progress may be told any number of times. */
  readonly answers: Map<string, Map<string, { first: NostrEvent; latest: NostrEvent }>>;
  /** When it is to be looked at, unix seconds. */
  lookAt: number;
  /** It stood on the relays before we came: what was said of it may have come first, and gone unheard. */
  isUnasked: boolean;
}

/**
 * The jobs that somebody might have to step in for, and the evidence of how they go, bounded in every way. Of feedback
 * only that is kept which says how far its author is, and only by those who were asked.
 */
export class WatchedJobs {
  readonly #jobs = new Map<string, WatchedJob>();

  /**
   * Begins to watch a job, to be looked at at once; `false` when it is watched already, or too much to watch. One that
   * `stood` on the relays is to be asked about first.
   */
  add(request: JobRequest, { stood }: { readonly stood: boolean }): boolean {
    const { id, event, customerPubkey } = request;
    if (this.#jobs.has(id) || charsOf(event) > MAX_REQUEST_CHARS) return false;
    const sameCustomers = [...this.#jobs.values()].filter(
      (job) => job.request.customerPubkey === customerPubkey,
    );
    if (sameCustomers.length >= MAX_JOBS_OF_CUSTOMER) return false;
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size >= MAX_JOBS && oldest !== undefined) this.#jobs.delete(oldest);
    this.#jobs.set(id, { request, answers: new Map(), lookAt: 0, isUnasked: stood });
    return true;
  }

  /** Jobs that the relays are to be asked about, oldest first, at most so many; each is given once. */
  takeUnasked(limit: number): JobRequest[] {
    const unasked = [...this.#jobs.values()].filter(({ isUnasked }) => isUnasked).slice(0, limit);
    for (const job of unasked) job.isUnasked = false;
    return unasked.map(({ request }) => request);
  }

  /** Takes in a verified event that may be news of a watched job; one that ends it ends the watch. */
  hear(event: NostrEvent): void {
    if (event.kind === DELETION_KIND) return this.#hearWithdrawal(event);
    const answer = parseAnswer(event);
    if (!answer.ok) return;
    const { requestId } = answer.value;
    const job = this.#jobs.get(requestId);
    if (job === undefined || event.pubkey === job.request.customerPubkey) return;
    if (isJobResultKind(event.kind) && event.kind === resultKindOf(job.request.event.kind))
      return this.forget(requestId);
    if (!('status' in answer.value) || answer.value.status === 'other') return;
    if (answer.value.status === 'success') return this.forget(requestId);
    this.#keep(job, event, answer.value.status);
  }

  /** Jobs whose time has come, oldest first, at most so many. */
  due(now: number, limit: number): JobRequest[] {
    const due = [...this.#jobs.values()].filter(({ lookAt, isUnasked }) => lookAt <= now && !isUnasked);
    return due.slice(0, limit).map(({ request }) => request);
  }

  /** The feedback that was kept of a job. */
  answersTo(requestId: string): NostrEvent[] {
    const said = [...(this.#jobs.get(requestId)?.answers.values() ?? [])];
    return said.flatMap((ofOne) => [...ofOne.values()].flatMap(({ first, latest }) => [first, latest]));
  }

  /** Looks at the job again at that time (unix seconds); with `null` when something new is heard. */
  lookAgain(requestId: string, at: number | null): void {
    const job = this.#jobs.get(requestId);
    if (job !== undefined) job.lookAt = at ?? Number.POSITIVE_INFINITY;
  }

  /** Nobody has to step in for it any more. */
  forget(requestId: string): void {
    this.#jobs.delete(requestId);
  }

  /** Forgets what has become too old, or has expired. */
  forgetPast(now: number, maxAgeSeconds: number): void {
    for (const [id, { request }] of this.#jobs) {
      const isPast = now - request.createdAt > maxAgeSeconds || now >= (request.expiresAt ?? Infinity);
      if (isPast) this.#jobs.delete(id);
    }
  }

  #hearWithdrawal(event: NostrEvent): void {
    for (const id of tagValues(event, 'e'))
      if (this.#jobs.get(id)?.request.customerPubkey === event.pubkey) this.forget(id);
  }

  #keep(job: WatchedJob, event: NostrEvent, status: string): void {
    const { request, answers } = job;
    const { targets } = request;
    if (targets.length > 0 && !targets.includes(event.pubkey)) return;
    const said = answers.get(event.pubkey) ?? new Map<string, { first: NostrEvent; latest: NostrEvent }>();
    if (!answers.has(event.pubkey) && answers.size >= MAX_PROVIDERS) return;
    answers.set(event.pubkey, said);
    const short = inShort(event, request.id);
    const { first, latest } = said.get(status) ?? { first: short, latest: short };
    said.set(status, {
      first: first.created_at <= short.created_at ? first : short,
      latest: latest.created_at > short.created_at ? latest : short,
    });
    job.lookAt = 0;
  }
}

const DELETION_KIND = 5;

function charsOf({ content, tags }: NostrEvent): number {
  return tags.reduce((sum, tag) => sum + tag.reduce((chars, word) => chars + word.length, 0), content.length);
}

/** Feedback without what would only fill the memory. */
function inShort(event: NostrEvent, requestId: string): NostrEvent {
  const telling = event.tags
    .filter(([name = '']) => TELLING_TAGS.includes(name))
    .slice(0, TELLING_TAGS.length);
  const tags = [
    ['e', requestId],
    ...telling.map((tag) => tag.slice(0, 3).map((word) => word.slice(0, MAX_WORD))),
  ];
  return { ...event, content: '', tags };
}
