import {
  AGENT_REVIEW_KIND,
  foldJob,
  isHex32,
  jobRole,
  NUTZAP_KIND,
  NUTZAP_REDEMPTION_KIND,
  parseAnswer,
  REVIEW_KIND,
  tagValues,
  ZAP_RECEIPT_KIND,
  type NostrEvent,
} from '../protocol/index.ts';
import { AuthoredIndex } from './authored-index.ts';
import { jobEvidenceOf, type JobEvidence } from './job-evidence.ts';
import { judgedPurchase, type OwnPurchase } from './own-purchase.ts';
import { recordOf } from './provider-record.ts';
import type { ProviderRecord } from './record.ts';

/** Bounds of what is remembered; the events that came first are forgotten first. */
export interface EvidenceLimits {
  readonly events: number;
  /** Characters of all events together. */
  readonly chars: number;
  /** Longer events are not taken. */
  readonly eventChars: number;
  /** Events of one author about one thing: a provider may show a result in dozens of parts before it delivers. */
  readonly perAuthor: number;
}

/** Some tens of megabytes at most. */
const DEFAULT_LIMITS: EvidenceLimits = {
  events: 50_000,
  chars: 33_554_432,
  eventChars: 262_144,
  perAuthor: 128,
};

/** Whose evidence it is and whom its reader believes. */
export interface EvidenceOptions {
  /** The reader's own key: its jobs are told by its books, not by events. */
  readonly self?: string;
  /** Keys whose payments and ratings count in full, such as those that the reader follows; nobody unless told. */
  readonly known?: ReadonlySet<string>;
  readonly limits?: Partial<EvidenceLimits>;
}

/** Kinds that say something about a request, an answer or a nutzap. */
const STATEMENT_KINDS: ReadonlySet<number> = new Set([
  5, // a cancellation
  REVIEW_KIND,
  AGENT_REVIEW_KIND,
  ZAP_RECEIPT_KIND,
  NUTZAP_KIND,
  NUTZAP_REDEMPTION_KIND,
]);

/** What one statement may be about, of everything that it names. */
const MAX_TARGETS = 20;

/**
 * Everything that is remembered about providers. Takes events in any order, and each as often as it comes: within the
 * limits, what is said at last depends only on which events and purchases came. Events must be verified by the caller.
 */
export class Evidence {
  readonly #limits: EvidenceLimits;
  readonly #self: string | null;
  readonly #known: ReadonlySet<string>;
  /** In the order in which they came. */
  readonly #events = new Map<string, NostrEvent>();
  #chars = 0;
  readonly #answers: AuthoredIndex;
  readonly #statements: AuthoredIndex;
  /** The request of each answer. */
  readonly #requestOf = new Map<string, string>();
  /** The answered requests of each provider, with the number of answers. */
  readonly #jobsOf = new Map<string, Map<string, number>>();
  /** What jobs that were looked at say about each provider, until something new is heard of them. */
  readonly #jobs = new Map<string, ReadonlyMap<string, JobEvidence>>();
  #own: ReadonlyMap<string, readonly OwnPurchase[]> = new Map();

  constructor(options: EvidenceOptions = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#self = options.self ?? null;
    this.#known = options.known ?? new Set();
    this.#answers = new AuthoredIndex(this.#limits.perAuthor);
    this.#statements = new AuthoredIndex(this.#limits.perAuthor);
  }

  /** Takes a verified event; `false` when it is known, says nothing about a job, or is beyond the limits. */
  add(event: NostrEvent): boolean {
    const chars = charsOf(event);
    if (this.#events.has(event.id) || chars > this.#limits.eventChars || !this.#file(event)) return false;
    this.#events.set(event.id, event);
    this.#chars += chars;
    this.#lookAgain(event);
    while (this.#events.size > this.#limits.events || this.#chars > this.#limits.chars) this.#forgetOldest();
    return true;
  }

  /** Replaces what the reader's own books say; its own reviews are added to that as they are seen. */
  setOwn(purchases: Iterable<OwnPurchase>): void {
    this.#own = Map.groupBy(purchases, ({ providerPubkey }) => providerPubkey);
  }

  /** What the evidence says about a provider at that time (unix seconds); what is dated later does not count yet. */
  record(providerPubkey: string, at: number): ProviderRecord {
    const own = (this.#own.get(providerPubkey) ?? []).map((purchase) => {
      const verdict = this.#look(purchase.requestId).get(providerPubkey)?.verdict ?? null;
      return judgedPurchase(purchase, verdict);
    });
    const ownJobs = new Set(own.map(({ requestId }) => requestId));
    const jobs: JobEvidence[] = [];
    for (const requestId of this.#jobsOf.get(providerPubkey)?.keys() ?? []) {
      const job = this.#look(requestId).get(providerPubkey);
      if (job !== undefined && job.customerPubkey !== this.#self && !ownJobs.has(requestId)) jobs.push(job);
    }
    return recordOf({ providerPubkey, own, jobs, known: this.#known, at });
  }

  /** Files an event under what it is about; `false` when it is about nothing, or there is no room. */
  #file(event: NostrEvent): boolean {
    const { id, pubkey, kind } = event;
    const role = jobRole(event);
    if (role === 'request') return true;
    if (role !== null) {
      const answer = parseAnswer(event);
      if (!answer.ok || !this.#answers.hasRoom(answer.value.requestId, pubkey)) return false;
      const { requestId } = answer.value;
      this.#answers.add(requestId, pubkey, id);
      this.#requestOf.set(id, requestId);
      const jobs = this.#jobsOf.get(pubkey) ?? new Map<string, number>();
      this.#jobsOf.set(pubkey, jobs.set(requestId, (jobs.get(requestId) ?? 0) + 1));
      return true;
    }
    if (!STATEMENT_KINDS.has(kind)) return false;
    const targets = targetsOf(event).filter((target) => this.#statements.hasRoom(target, pubkey));
    for (const target of targets) this.#statements.add(target, pubkey, id);
    return targets.length > 0;
  }

  #forgetOldest(): void {
    const [oldest] = this.#events.values();
    if (oldest === undefined) return;
    const { id, pubkey } = oldest;
    this.#lookAgain(oldest);
    this.#events.delete(id);
    this.#chars -= charsOf(oldest);
    for (const target of targetsOf(oldest)) this.#statements.remove(target, pubkey, id);
    const requestId = this.#requestOf.get(id);
    if (requestId === undefined) return;
    this.#requestOf.delete(id);
    this.#answers.remove(requestId, pubkey, id);
    const jobs = this.#jobsOf.get(pubkey);
    const left = (jobs?.get(requestId) ?? 1) - 1;
    if (left > 0) jobs?.set(requestId, left);
    else jobs?.delete(requestId);
    if (jobs?.size === 0) this.#jobsOf.delete(pubkey);
  }

  /** Drops what was concluded about the jobs that an event may bear on. */
  #lookAgain(event: NostrEvent): void {
    this.#jobs.delete(this.#requestOf.get(event.id) ?? event.id);
    if (!STATEMENT_KINDS.has(event.kind)) return;
    for (const target of targetsOf(event)) {
      const about = this.#events.get(target);
      if (about?.kind === NUTZAP_KIND && event.kind === NUTZAP_REDEMPTION_KIND) this.#lookAgain(about);
      else this.#jobs.delete(this.#requestOf.get(target) ?? target);
    }
  }

  /** What one job says about each of its providers. */
  #look(requestId: string): ReadonlyMap<string, JobEvidence> {
    const before = this.#jobs.get(requestId);
    if (before !== undefined) return before;
    const picture = foldJob({ request: requestId, events: this.#eventsOf(requestId) });
    const found = new Map<string, JobEvidence>();
    for (const part of picture.providers) {
      const evidence = jobEvidenceOf(picture, part);
      if (evidence !== null) found.set(part.pubkey, evidence);
    }
    this.#jobs.set(requestId, found);
    return found;
  }

  /** The request, its answers, what is said about these, and about the nutzaps among that. */
  *#eventsOf(requestId: string): Iterable<NostrEvent> {
    const answers = [...this.#answers.idsAbout(requestId)];
    const ids = new Set([requestId, ...answers]);
    for (const answer of [requestId, ...answers])
      for (const statement of this.#statements.idsAbout(answer)) ids.add(statement);
    for (const id of ids) {
      const event = this.#events.get(id);
      if (event?.kind === NUTZAP_KIND)
        for (const statement of this.#statements.idsAbout(id)) ids.add(statement); // a set goes on with what is added
      if (event !== undefined) yield event;
    }
  }
}

function targetsOf(event: NostrEvent): string[] {
  const named = [...tagValues(event, 'e'), ...tagValues(event, 'd')].filter(isHex32);
  return [...new Set(named)].slice(0, MAX_TARGETS);
}

function charsOf({ content, tags }: NostrEvent): number {
  let chars = content.length;
  for (const tag of tags) for (const value of tag) chars += value.length;
  return chars;
}
