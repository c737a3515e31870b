import { Worker } from 'node:worker_threads';
import type { WalletOutcome } from '../money/index.ts';
import type { CallMessage, FromThread, ToThread } from './calls.ts';

/** What a running thread tells its owner. */
export interface ThreadListeners {
  onAnswer(id: number, outcome: WalletOutcome<unknown>): void;
  onNotice(notice: FromThread & { readonly type: 'notice' }): void;
  /** The thread asks to be replaced. */
  onWorn(): void;
  /** The thread ended although nobody closed it. */
  onEnd(thread: BankThread, reason: string): void;
}

/** How long LDK may take to load or a bank to open; a slow, busy machine needs seconds. */
const START_TIMEOUT_MS = 60_000;
/** How long a closing thread may take for its last commit before it is ended the hard way, which is as safe. */
const CLOSE_TIMEOUT_MS = 10_000;

/** One life of the bank's thread: load, open, serve, close. */
export class BankThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #milestones = {
    loaded: Promise.withResolvers<void>(),
    ready: Promise.withResolvers<void>(),
  };
  #isClosing = false;
  #reason = '';

  constructor(listeners: ThreadListeners) {
    this.#worker = new Worker(entryUrl(), { stdout: true, name: 'coinop play money' });
    this.#worker.stdout.resume(); // LDK greets there, which is not for the owner's terminal
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('message', (message: FromThread) => this.#receive(message, listeners));
    this.#worker.on('error', (error) => {
      this.#reason ||= error.message;
    });
    for (const { promise } of Object.values(this.#milestones)) promise.catch(() => undefined);
    void this.#ended.then(() => {
      const reason = this.#reason || 'the thread ended without a word';
      for (const { reject } of Object.values(this.#milestones))
        reject(new Error(`The play-money bank stopped: ${reason}`));
      if (!this.#isClosing) listeners.onEnd(this, reason);
    });
  }

  #receive(message: FromThread, listeners: ThreadListeners): void {
    if (message.type === 'answer') listeners.onAnswer(message.id, message.outcome);
    else if (message.type === 'notice') listeners.onNotice(message);
    else if (message.type === 'worn') listeners.onWorn();
    else if (message.type === 'broken') this.#reason = message.reason;
    else if (message.type !== 'closed') this.#milestones[message.type].resolve();
  }

  /** Resolves when LDK is loaded, which needs no file and so may overlap with another thread's work. */
  async loaded(signal?: AbortSignal): Promise<void> {
    await this.#within(this.#milestones.loaded.promise, signal);
  }

  /** Opens the bank's file; resolves when its channels can be used. */
  async open(message: ToThread & { readonly type: 'open' }, signal?: AbortSignal): Promise<void> {
    await this.loaded(signal);
    this.#post(message);
    await this.#within(this.#milestones.ready.promise, signal);
  }

  /** Waits for a milestone; a thread that is too slow, or not wanted any more, is ended. */
  async #within(milestone: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
    const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const stopped = Promise.withResolvers<never>();
    const onStop = () => stopped.reject(stop.reason);
    if (stop.aborted) onStop();
    stop.addEventListener('abort', onStop, { once: true });
    try {
      await Promise.race([milestone, stopped.promise]);
    } catch (error) {
      await this.#terminate();
      throw error;
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  send(message: CallMessage): void {
    this.#post(message);
  }

  #post(message: ToThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.#worker.postMessage(message);
  }

  /** Lets the thread take its last cut and end. Nothing of it is left when this resolves. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#post({ type: 'close' });
    const late = setTimeout(() => void this.#worker.terminate(), CLOSE_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(late);
  }

  async #terminate(): Promise<void> {
    this.#isClosing = true;
    await this.#worker.terminate();
  }
}

/** The source runs as TypeScript, the published build as JavaScript. */
function entryUrl(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./bank-worker.${extension}`, import.meta.url);
}
