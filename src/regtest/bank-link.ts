import type { WalletNotification } from '../money/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { BankThread } from './bank-thread.ts';
import type { BankSettings, CallMessage, CallName, CallParams, CallResult } from './calls.ts';

/** Why the bank's thread did not answer. */
export type LinkFailureCode = 'wallet-timeout' | 'wallet-unreachable' | 'rate-limited';

/** How long a caller waits. */
export interface CallWait {
  readonly signal?: AbortSignal | undefined;
  /** Left out for payments, which end when the payee or the chain says so. */
  readonly timeoutMs?: number;
}

/** Calls that may be sent again to a new thread: asking twice changes nothing. */
const REPEATABLE: ReadonlySet<CallName> = new Set<CallName>([
  'settleHold',
  'cancelHold',
  'pay',
  'lookup',
  'list',
  'balance',
  'addRole',
  'stats',
]);
/** Calls without an answer at a time, abandoned ones included. */
const MAX_UNANSWERED = 10_000;
/** Threads that may break, one after the other without an answer between them, before the bank gives up. */
const MAX_BREAKDOWNS = 3;

interface Unanswered {
  readonly message: CallMessage;
  /** Cleared when the caller stops waiting. */
  answer: ((result: Outcome<unknown, LinkFailureCode>) => void) | null;
}

/**
 * The way to the bank's thread: pairs answers with calls and replaces the thread when it is worn or broken.
 * Callers notice only a pause, because what can be repeated is sent again and payments know their hash.
 */
export class BankLink {
  readonly #settings: BankSettings;
  readonly #now: () => number;
  readonly #onNotice: (role: string, notification: WalletNotification) => void;
  readonly #unanswered = new Map<number, Unanswered>();
  #thread: BankThread | null = null;
  #nextId = 1;
  #breakdowns = 0;
  #threadsStarted = 0;
  #replacing: Promise<void> | null = null;
  #drained: (() => void) | null = null;
  #closed = false;

  private constructor(
    settings: BankSettings,
    now: () => number,
    onNotice: (role: string, notification: WalletNotification) => void,
  ) {
    this.#settings = settings;
    this.#now = now;
    this.#onNotice = onNotice;
  }

  /** Starts the thread and opens the bank in it. Rejects when the file cannot be opened or the signal aborts. */
  static async open(
    settings: BankSettings,
    now: () => number,
    onNotice: (role: string, notification: WalletNotification) => void,
    signal: AbortSignal | undefined,
  ): Promise<BankLink> {
    const link = new BankLink(settings, now, onNotice);
    link.#thread = await link.#start(signal);
    return link;
  }

  /** Threads that served this bank since it was opened. */
  get threadsStarted(): number {
    return this.#threadsStarted;
  }

  async #start(signal?: AbortSignal): Promise<BankThread> {
    const thread = this.#newThread();
    await thread.open({ type: 'open', settings: this.#settings, now: this.#now() }, signal);
    this.#threadsStarted += 1;
    return thread;
  }

  #newThread(): BankThread {
    return new BankThread({
      onAnswer: (id, result) => this.#receive(id, result),
      onNotice: ({ role, notification }) => this.#onNotice(role, notification),
      onWorn: () => this.#replace(() => this.#recycle()),
      onEnd: (thread, reason) => this.#onEnd(thread, reason),
    });
  }

  /**
   * Calls the thread. Fails with `wallet-timeout` when the caller stops waiting first (what was asked may
   * still happen), with `wallet-unreachable` when the bank is closed or broke on a call that cannot be
   * repeated, and with `rate-limited` when too many calls wait.
   */
  async call<Name extends CallName>(
    name: Name,
    params: CallParams<Name>,
    wait: CallWait,
  ): Promise<Outcome<CallResult<Name>, LinkFailureCode>> {
    if (this.#closed) return unreachable('The play-money bank is closed.');
    if (wait.signal?.aborted === true) return timedOut();
    if (this.#unanswered.size >= MAX_UNANSWERED)
      return failure('rate-limited', 'The play-money bank has too many calls waiting: try again later.');
    const message: CallMessage<Name> = { type: 'call', id: this.#nextId, name, params, now: this.#now() };
    this.#nextId += 1;
    const answered = await new Promise<Outcome<unknown, LinkFailureCode>>((resolve) => {
      const entry: Unanswered = { message, answer: resolve };
      this.#unanswered.set(message.id, entry);
      const stopWaiting = () => entry.answer?.(timedOut());
      const timer = wait.timeoutMs === undefined ? null : setTimeout(stopWaiting, wait.timeoutMs);
      wait.signal?.addEventListener('abort', stopWaiting, { once: true });
      entry.answer = (result) => {
        entry.answer = null;
        if (timer !== null) clearTimeout(timer);
        wait.signal?.removeEventListener('abort', stopWaiting);
        resolve(result);
      };
      if (this.#replacing === null) this.#thread?.send(message);
    });
    return answered as Outcome<CallResult<Name>, LinkFailureCode>; // the thread answers a call by its own type
  }

  #receive(id: number, result: unknown): void {
    this.#breakdowns = 0;
    this.#finish(id, success(result));
  }

  #finish(id: number, result: Outcome<unknown, LinkFailureCode>): void {
    const entry = this.#unanswered.get(id);
    this.#unanswered.delete(id);
    entry?.answer?.(result);
    if (!this.#hasUnrepeatable()) this.#drained?.();
  }

  #hasUnrepeatable(): boolean {
    return [...this.#unanswered.values()].some(({ message }) => !REPEATABLE.has(message.name));
  }

  #replace(exchange: () => Promise<void>): void {
    if (this.#replacing !== null || this.#closed) return;
    this.#replacing = exchange()
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#replacing = null;
        if (this.#thread !== null) for (const { message } of this.#unanswered.values()) this.#thread.send(message);
      });
  }
}
