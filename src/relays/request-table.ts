import type { Filter, NostrEvent } from '../protocol/index.ts';
import { backoffMs, type RelayLimits } from './limits.ts';
import type { OrderedInbox } from './ordered-inbox.ts';
import { isPassingRefusal, wantsAuthentication } from './relay-message.ts';
import type { SharedVerification } from './shared-verification.ts';

/** The open connection as the tables see it. */
export interface RelayLine {
  readonly connected: boolean;
  send(message: readonly unknown[]): void;
  /** NIP-42; `false` when the relay does not accept us or the connection ends. */
  authenticate(): Promise<boolean>;
  /** Which of the relay's challenges is the newest; what was refused in an earlier round is tried again. */
  readonly authRound: number;
  /** Something needs the line no longer. */
  release(): void;
}

/** What a subscription or a query wants of one relay. */
export interface RelayRequest {
  /** The filters to ask with now. */
  filters(): readonly Filter[];
  /** Whether the event is new and wanted, before anyone spends time on its signature. */
  wants(event: NostrEvent): boolean;
  /** Takes a verified event that was wanted. */
  deliver(event: NostrEvent): void;
  onEose(): void;
  /** The relay will not answer; unless `final` it is asked again later. */
  onClosed(message: string, final: boolean): void;
  /** An attempt to connect failed; more will follow. */
  onUnreachable(): void;
}

interface Entry {
  readonly request: RelayRequest;
  /** The subscription id on the present connection; a new one each time, so that old answers are recognised. */
  askId: string | null;
  /** The round in which we last proved who we are for it, on the present connection. */
  authRound: number | null;
  authTries: number;
  refusals: number;
  retry: ReturnType<typeof setTimeout> | undefined;
}

/** Challenges answered for one thing that the relay then refuses all the same. */
const MAX_AUTH_TRIES = 3;

/** How much longer than a failed connection a refused request waits, as doublings of the delay. */
const REFUSAL_BACKOFF_STEPS = 2;

/** All requests at one relay: asks them when it can, and leads each answer to the one who asked. */
export class RequestTable {
  readonly #line: RelayLine;
  readonly #inbox: OrderedInbox;
  readonly #verification: SharedVerification;
  readonly #limits: RelayLimits;
  readonly #entries = new Map<RelayRequest, Entry>();
  readonly #asked = new Map<string, Entry>();
  #lastAskId = 0;

  constructor(line: RelayLine, inbox: OrderedInbox, verification: SharedVerification, limits: RelayLimits) {
    this.#line = line;
    this.#inbox = inbox;
    this.#verification = verification;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(request: RelayRequest): void {
    if (this.#entries.size >= this.#limits.requestsPerRelay) {
      request.onClosed('Too many requests are open at this relay: close some first.', true);
      return;
    }
    const entry: Entry = {
      request,
      askId: null,
      authRound: null,
      authTries: 0,
      refusals: 0,
      retry: undefined,
    };
    this.#entries.set(request, entry);
    if (this.#line.connected) this.#ask(entry);
  }

  remove(request: RelayRequest): void {
    const entry = this.#entries.get(request);
    if (entry === undefined) return;
    this.#entries.delete(request);
    clearTimeout(entry.retry);
    if (entry.askId !== null) {
      this.#asked.delete(entry.askId);
      this.#line.send(['CLOSE', entry.askId]);
    }
    this.#line.release();
  }

  onOpen(): void {
    for (const entry of this.#entries.values()) this.#ask(entry);
  }

  onGone(): void {
    this.#asked.clear();
    for (const entry of this.#entries.values()) {
      clearTimeout(entry.retry);
      entry.askId = null;
      entry.authRound = null;
      entry.authTries = 0;
    }
  }

  onUnreachable(): void {
    for (const request of this.#entries.keys()) request.onUnreachable();
  }

  onEvent(askId: string, event: NostrEvent, chars: number): void {
    const request = this.#asked.get(askId)?.request;
    if (request === undefined || !request.wants(event)) return;
    this.#inbox.addEvent(chars, this.#verification.check(event), () => {
      if (this.#entries.has(request)) request.deliver(event);
    });
  }

  onEose(askId: string): void {
    this.#inOrder(askId, (entry) => {
      entry.refusals = 0;
      entry.authTries = 0;
      entry.request.onEose();
    });
  }

  onClosed(askId: string, message: string): void {
    this.#inOrder(askId, (entry) => {
      this.#asked.delete(askId);
      entry.askId = null;
      if (wantsAuthentication(message) && mayProve(entry, this.#line))
        void this.#askAuthenticated(entry, message);
      else if (isPassingRefusal(message)) this.#askLater(entry, message);
      else this.#giveUp(entry, message);
    });
  }

  #ask(entry: Entry): void {
    const askId = `r${(this.#lastAskId += 1)}`;
    entry.askId = askId;
    this.#asked.set(askId, entry);
    this.#line.send(['REQ', askId, ...entry.request.filters()]);
  }

  async #askAuthenticated(entry: Entry, message: string): Promise<void> {
    entry.authRound = this.#line.authRound;
    entry.authTries += 1;
    const accepted = await this.#line.authenticate();
    // Removed meanwhile, or the connection ended, which starts everything anew.
    if (this.#entries.get(entry.request) !== entry || entry.authRound === null || entry.askId !== null)
      return;
    entry.authRound = this.#line.authRound;
    if (accepted) this.#ask(entry);
    else this.#giveUp(entry, message);
  }

  #askLater(entry: Entry, message: string): void {
    entry.refusals += 1;
    entry.retry = setTimeout(
      () => this.#ask(entry),
      backoffMs(this.#limits, entry.refusals + REFUSAL_BACKOFF_STEPS),
    );
    entry.request.onClosed(message, false);
  }

  #giveUp(entry: Entry, message: string): void {
    this.remove(entry.request);
    entry.request.onClosed(message, true);
  }

  /** Runs the step after all events before it, unless the request was asked anew or removed by then. */
  #inOrder(askId: string, step: (entry: Entry) => void): void {
    const entry = this.#asked.get(askId);
    if (entry === undefined) return;
    this.#inbox.addStep(() => {
      if (entry.askId === askId && this.#entries.has(entry.request)) step(entry);
    });
  }
}

/** Whether proving who we are may help what was refused: once for each challenge, and not for ever. */
export function mayProve(
  entry: { readonly authRound: number | null; readonly authTries: number },
  line: RelayLine,
): boolean {
  return entry.authRound !== line.authRound && entry.authTries < MAX_AUTH_TRIES;
}
