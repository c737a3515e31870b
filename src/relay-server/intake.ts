import { isHex32, parseEvent, type NostrEvent } from '../protocol/index.ts';
import { AUTHENTICATION_KIND } from './authentication.ts';
import type { Connection } from './connection.ts';
import { expiresAt, isEphemeral } from './event-rules.ts';
import type { Admission, EventStore } from './event-store.ts';
import type { RelayLimits } from './limits.ts';
import { protectionRefusal } from './read-policy.ts';
import { okMessage, type Reason } from './wire.ts';

/** What the path of an event through the relay needs. */
export interface IntakeOptions {
  readonly store: EventStore;
  /** Whether the event's id and signature are right. */
  readonly verify: (event: NostrEvent) => Promise<boolean>;
  readonly limits: RelayLimits;
  /** Unix seconds. */
  readonly now: () => number;
  /** Sends a new event to whom it concerns. `seq` is null for what is not stored. */
  readonly publish: (event: NostrEvent, json: string, seq: number | null) => void;
}

/** An event that has the right shape and size, with its JSON: its seven fields and nothing else. */
interface Arrival {
  readonly event: NostrEvent;
  readonly json: string;
}

/** Counted beside an event's bytes, for what its way through the queues costs. */
const QUEUE_OVERHEAD_BYTES = 1_024;

/**
 * The path of an event: cheap checks, signature, commit, OK, fan-out. Signatures are checked and events
 * committed many at a time, yet the events of one connection keep their order, and everybody sees all events
 * in the order of their commits.
 */
export class Intake {
  accepted = 0;
  refused = 0;
  pendingBytes = 0;
  readonly #options: IntakeOptions;
  /** Settles when all that was queued for the commit is committed and published, in order. */
  #published: Promise<void> = Promise.resolve();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes one EVENT and answers it with OK, now or later. False when it has no id to answer to. */
  submit(connection: Connection, input: unknown): boolean {
    const id = claimedId(input);
    if (id === null) return false;
    const arrival = this.#inspect(connection, input);
    if (typeof arrival === 'string') {
      this.#refuse(connection, id, arrival);
      return true;
    }
    const cost = arrival.json.length + QUEUE_OVERHEAD_BYTES;
    this.pendingBytes += cost;
    const fault = this.signatureFault(arrival.event);
    connection.checked = connection.checked
      .then(() => fault)
      .then((reason) => this.#queue(connection, arrival, reason, cost));
    return true;
  }

  /** Why the event's signature is not accepted; null when it is. Never rejects. */
  async signatureFault(event: NostrEvent): Promise<Reason | null> {
    try {
      return (await this.#options.verify(event)) ? null : 'invalid: the id or signature is wrong';
    } catch {
      return 'error: the signature could not be checked; try again';
    }
  }

  /** Resolves when every event queued so far is committed and answered. */
  async idle(): Promise<void> {
    await this.#published;
  }

  /** Everything that can be refused before the signature is checked, cheapest first. */
  #inspect(connection: Connection, input: unknown): Arrival | Reason {
    const { limits } = this.#options;
    const now = this.#options.now();
    if (!connection.eventAllowance.take(now)) return 'rate-limited: too many events; slow down';
    if (this.pendingBytes > limits.maxPendingBytes) return 'rate-limited: the relay is busy; try again';
    const parsed = parseEvent(input);
    if (!parsed.ok) return `invalid: ${parsed.failure.message}`;
    const event = parsed.value;
    if (event.tags.length > limits.maxTags) return `invalid: at most ${limits.maxTags} tags are allowed`;
    if (event.content.length > limits.maxContentLength)
      return `invalid: at most ${limits.maxContentLength} characters of content are allowed`;
    if (event.created_at > now + limits.maxFutureSeconds)
      return 'invalid: created_at lies too far in the future; check your clock';
    if ((expiresAt(event) ?? Infinity) <= now) return 'invalid: the event has expired';
    if (event.kind === AUTHENTICATION_KIND) return 'invalid: authenticate with AUTH, not with EVENT';
    const json = JSON.stringify(event);
    if (Buffer.byteLength(json) > limits.maxEventBytes)
      return `invalid: at most ${limits.maxEventBytes} bytes are allowed`;
    return protectionRefusal(event, connection.identities) ?? { event, json };
  }

  #queue(connection: Connection, { event, json }: Arrival, fault: Reason | null, cost: number): void {
    if (fault !== null) {
      this.pendingBytes -= cost;
      return this.#refuse(connection, event.id, fault);
    }
    const committed = isEphemeral(event.kind) ? null : this.#commit(event, json);
    this.#published = this.#published
      .then(() => committed)
      .then((admission) => {
        this.pendingBytes -= cost;
        this.#conclude(connection, { event, json }, admission);
      });
  }

  #commit(event: NostrEvent, json: string): Promise<Admission | 'not-stored'> {
    return this.#options.store.add(event, json).catch(() => 'not-stored' as const);
  }

  /** Answers, and passes on what is new. `admission` is null for ephemeral events. */
  #conclude(
    connection: Connection,
    { event, json }: Arrival,
    admission: Admission | 'not-stored' | null,
  ): void {
    if (admission === 'not-stored')
      return this.#refuse(connection, event.id, 'error: the event could not be stored; try again later');
    switch (admission?.status) {
      case 'deleted':
        return this.#refuse(connection, event.id, 'blocked: its author has deleted it');
      case 'duplicate':
        return connection.send(okMessage(event.id, true, 'duplicate: already have this event'));
      case 'superseded':
        return connection.send(okMessage(event.id, true, 'duplicate: already have a newer version'));
      default:
        this.accepted += 1;
        connection.send(okMessage(event.id, true, ''));
        this.#options.publish(event, json, admission?.seq ?? null);
    }
  }

  #refuse(connection: Connection, eventId: string, reason: Reason): void {
    this.refused += 1;
    connection.send(okMessage(eventId, false, reason));
  }
}

/** The id to which an OK can be said, also of an event that is otherwise malformed. */
export function claimedId(input: unknown): string | null {
  const id = typeof input === 'object' && input !== null && 'id' in input ? input.id : null;
  return isHex32(id) ? id : null;
}
