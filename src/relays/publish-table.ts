import type { NostrEvent } from '../protocol/index.ts';
import type { PublishReceipt } from './contract.ts';
import type { RelayLimits } from './limits.ts';
import { publishOutcome, wantsAuthentication } from './relay-message.ts';
import { mayProve, type RelayLine } from './request-table.ts';

/** Hears what became of an event at this relay. */
export type Settle = (outcome: PublishReceipt['outcome'], message: string) => void;

interface Entry {
  readonly event: NostrEvent;
  /** Callers that published the same event while it was on its way. */
  readonly waiting: Set<Settle>;
  sends: number;
  /** The round in which we last proved who we are for it, on the present connection. */
  authRound: number | null;
  authTries: number;
}

/** A relay that drops the connection so often on the same event will do it again. */
const MAX_SENDS = 3;

/** All events on their way to one relay: sends them when it can, again after a drop, and leads each OK home. */
export class PublishTable {
  readonly #line: RelayLine;
  readonly #limits: RelayLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(line: RelayLine, limits: RelayLimits) {
    this.#line = line;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(event: NostrEvent, settle: Settle): void {
    const known = this.#entries.get(event.id);
    if (known !== undefined) {
      known.waiting.add(settle);
      return;
    }
    if (this.#entries.size >= this.#limits.publishesPerRelay) {
      settle('retry', 'Too many events wait for an answer of this relay.');
      return;
    }
    const entry: Entry = { event, waiting: new Set([settle]), sends: 0, authRound: null, authTries: 0 };
    this.#entries.set(event.id, entry);
    if (this.#line.connected) this.#send(entry);
  }

  /** The caller waits no longer. */
  remove(event: NostrEvent, settle: Settle): void {
    const entry = this.#entries.get(event.id);
    entry?.waiting.delete(settle);
    if (entry?.waiting.size === 0) this.#entries.delete(event.id);
    this.#line.release();
  }

  onOpen(): void {
    for (const entry of this.#entries.values()) this.#send(entry);
  }

  onGone(reason: string): void {
    for (const entry of this.#entries.values()) {
      entry.authRound = null;
      entry.authTries = 0;
      if (entry.sends >= MAX_SENDS) this.#settle(entry, 'unreachable', reason);
    }
  }

  onUnreachable(reason: string): void {
    for (const entry of this.#entries.values()) this.#settle(entry, 'unreachable', reason);
  }

  onOk(eventId: string, accepted: boolean, message: string): void {
    const entry = this.#entries.get(eventId);
    if (entry === undefined) return;
    if (!accepted && wantsAuthentication(message) && mayProve(entry, this.#line))
      void this.#sendAuthenticated(entry, message);
    else this.#settle(entry, publishOutcome(accepted, message), message);
  }

  #send(entry: Entry): void {
    entry.sends += 1;
    this.#line.send(['EVENT', entry.event]);
  }

  async #sendAuthenticated(entry: Entry, message: string): Promise<void> {
    entry.authRound = this.#line.authRound;
    entry.authTries += 1;
    const accepted = await this.#line.authenticate();
    // Settled meanwhile, or the connection ended, which starts everything anew.
    if (this.#entries.get(entry.event.id) !== entry || entry.authRound === null) return;
    entry.authRound = this.#line.authRound;
    if (accepted) this.#send(entry);
    else this.#settle(entry, publishOutcome(false, message), message);
  }

  #settle(entry: Entry, outcome: PublishReceipt['outcome'], message: string): void {
    this.#entries.delete(entry.event.id);
    for (const settle of entry.waiting) settle(outcome, message);
    this.#line.release();
  }
}
