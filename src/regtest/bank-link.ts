import type { WalletNotification, WalletOutcome } from '../money/index.ts';
import { failure } from '../protocol/index.ts';
import { BankThread } from './bank-thread.ts';
import type { BankSettings, CallMessage, CallName, CallOutcome, CallParams } from './calls.ts';

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
  isSent: boolean;
  /** `null` once the caller stopped waiting; the entry stays until the thread answers, and counts until then. */
  answer: ((outcome: WalletOutcome<unknown>) => void) | null;
}

/** Hears what the bank tells without being asked. */
export type NoticeListener = (role: string, notification: WalletNotification) => void;

/**
 * The way to the bank's thread: pairs answers with calls and replaces the thread when it is worn or broken.
 * Callers notice only a pause, because what can be repeated is sent again and payments know their hash.
 */
export class BankLink {
  readonly #settings: BankSettings;
  readonly #now: () => number;
  readonly #onNotice: NoticeListener;
  readonly #unanswered = new Map<number, Unanswered>();
  /** The serving thread; `null` while there is none. */
  #thread: BankThread | null = null;
  #replacing: Promise<void> | null = null;
  #isHoldingCalls = false;
  /** Set while a replacement waits for the calls that cannot be repeated. */
  #tellDrained: (() => void) | null = null;
  /** Why there will be no answer any more. */
  #end: string | null = null;
  #nextId = 1;
  #breakdowns = 0;
  #threadsStarted = 0;

  private constructor(settings: BankSettings, now: () => number, onNotice: NoticeListener) {
    this.#settings = settings;
    this.#now = now;
    this.#onNotice = onNotice;
  }

  /** Starts the thread and opens the bank in it. Rejects when the file cannot be opened or the signal aborts. */
  static async open(
    settings: BankSettings,
    now: () => number,
    onNotice: NoticeListener,
    signal: AbortSignal | undefined,
  ): Promise<BankLink> {
    const link = new BankLink(settings, now, onNotice);
    await link.#serveWith(link.#newThread(), signal);
    return link;
  }

  /** Threads that served this bank, one after the other. */
  get threadsStarted(): number {
    return this.#threadsStarted;
  }

  /**
   * Calls the thread. Fails with `wallet-timeout` when the caller stops waiting first (what was asked may
   * still happen), with `wallet-unreachable` when the bank is closed or broke during a call that cannot be
   * repeated, and with `rate-limited` when too many calls wait.
   */
  async call<Name extends CallName>(
    name: Name,
    params: CallParams<Name>,
    wait: CallWait,
  ): Promise<CallOutcome<Name>> {
    if (this.#end !== null) return unreachable(this.#end);
    if (wait.signal?.aborted === true) return timedOut();
    if (this.#unanswered.size >= MAX_UNANSWERED)
      return failure('rate-limited', 'The play-money bank has too many calls waiting: try again later.');
    const message: CallMessage<Name> = { type: 'call', id: this.#nextId, name, params, now: this.#now() };
    this.#nextId += 1;
    const entry: Unanswered = { message, isSent: false, answer: null };
    this.#unanswered.set(message.id, entry);
    const answered = this.#answerOf(entry, wait);
    if (!this.#isHoldingCalls) this.#send(entry);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread answers each call by its type
    return (await answered) as CallOutcome<Name>;
  }

  #answerOf(entry: Unanswered, wait: CallWait): Promise<WalletOutcome<unknown>> {
    return new Promise((resolve) => {
      const stopWaiting = () => entry.answer?.(timedOut());
      const timer = wait.timeoutMs === undefined ? undefined : setTimeout(stopWaiting, wait.timeoutMs);
      wait.signal?.addEventListener('abort', stopWaiting, { once: true });
      entry.answer = (outcome) => {
        entry.answer = null;
        clearTimeout(timer);
        wait.signal?.removeEventListener('abort', stopWaiting);
        resolve(outcome);
      };
    });
  }

  #send(entry: Unanswered): void {
    entry.isSent = true;
    this.#thread?.send({ ...entry.message, now: this.#now() });
  }

  #finish(id: number, outcome: WalletOutcome<unknown>): void {
    const entry = this.#unanswered.get(id);
    this.#unanswered.delete(id);
    entry?.answer?.(outcome);
    if (this.#tellDrained === null || this.#awaitsUnrepeatable) return;
    this.#tellDrained();
    this.#tellDrained = null;
  }

  #newThread(): BankThread {
    return new BankThread({
      onAnswer: (id, outcome) => {
        this.#breakdowns = 0;
        this.#finish(id, outcome);
      },
      onNotice: ({ role, notification }) => this.#onNotice(role, notification),
      onWorn: () => this.#replace(() => this.#recycle()),
      onEnd: (thread, reason) => {
        if (thread === this.#thread) this.#survive(reason);
      },
    });
  }

  /** Opens the bank in a thread and lets it serve. */
  async #serveWith(thread: BankThread, signal?: AbortSignal): Promise<void> {
    await thread.open({ type: 'open', settings: this.#settings, now: this.#now() }, signal);
    this.#threadsStarted += 1;
    this.#thread = thread;
  }

  /** The serving thread ended by itself: the file is in its last good cut, so another one goes on from there. */
  #survive(reason: string): void {
    this.#thread = null;
    this.#isHoldingCalls = true;
    for (const { message, isSent } of this.#unanswered.values())
      if (isSent && !REPEATABLE.has(message.name))
        this.#finish(
          message.id,
          unreachable(`The play-money bank broke (${reason}): look up what became of it.`),
        );
    this.#breakdowns += 1;
    if (this.#breakdowns > MAX_BREAKDOWNS) this.#giveUp(reason);
    else this.#replace(() => this.#serveWith(this.#newThread()));
  }

  /** Replaces the thread by a fresh one that has its memory back, at a moment when nothing would be done twice. */
  async #recycle(): Promise<void> {
    const fresh = this.#newThread();
    await fresh.loaded(); // the old thread still serves
    this.#isHoldingCalls = true;
    await this.#unrepeatableAnswered();
    const worn = this.#thread;
    this.#thread = null;
    await worn?.close();
    await this.#serveWith(fresh);
  }

  get #awaitsUnrepeatable(): boolean {
    return [...this.#unanswered.values()].some(
      ({ message, isSent }) => isSent && !REPEATABLE.has(message.name),
    );
  }

  async #unrepeatableAnswered(): Promise<void> {
    if (!this.#awaitsUnrepeatable) return;
    await new Promise<void>((resolve) => {
      this.#tellDrained = resolve;
    });
  }

  #replace(exchange: () => Promise<void>): void {
    if (this.#replacing !== null || this.#end !== null) return;
    this.#replacing = exchange()
      .catch((error: unknown) => this.#giveUp(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#replacing = null;
        this.#resume();
      });
  }

  #resume(): void {
    if (this.#thread === null) {
      this.#replace(() => this.#serveWith(this.#newThread()));
      return;
    }
    this.#isHoldingCalls = false;
    for (const [id, entry] of this.#unanswered)
      if (entry.answer === null) this.#unanswered.delete(id);
      else this.#send(entry);
  }

  #giveUp(reason: string): void {
    this.#end ??= `The play-money bank cannot go on (${reason}): restart it.`;
    for (const id of this.#unanswered.keys()) this.#finish(id, unreachable(this.#end));
  }

  /** Lets the thread take its last cut and end. Whoever still waits hears `wallet-unreachable`. */
  async close(): Promise<void> {
    this.#end ??= 'The play-money bank is closed.';
    await this.#replacing;
    const thread = this.#thread;
    this.#thread = null;
    await thread?.close();
    this.#giveUp('closed');
  }
}

function unreachable(message: string) {
  return failure('wallet-unreachable', message);
}

function timedOut() {
  return failure(
    'wallet-timeout',
    'The wallet did not answer in time: look the payment up, never retry blindly.',
  );
}
