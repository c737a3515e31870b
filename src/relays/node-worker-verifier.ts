import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Verifier } from './contract.ts';
import { signedText, type SignedText } from './node-fast-verify.ts';

/** The bounds of a worker verifier. */
export interface WorkerVerifierOptions {
  /** Threads at most; they start when the work calls for them. As many as cores, four at most, unless told. */
  readonly workers?: number;
  /** Events sent to a thread at once at most (64 unless told); nothing ever waits for a batch to fill. */
  readonly batch?: number;
  /** Events that may wait (65,536 unless told); beyond it `verify` rejects. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly text: SignedText;
  readonly settle: (valid: boolean) => void;
  readonly reject: (reason: Error) => void;
  /** Threads that died while they had it. */
  deaths: number;
}

interface Thread {
  readonly worker: Worker;
  /** Batches sent and not answered, oldest first. */
  readonly batches: Waiting[][];
}

/** The second batch is there when the first is done, so that a thread never waits for the main one. */
const BATCHES_PER_THREAD = 2;
/** An event that was there when two threads died is suspected of having killed them. */
const MAX_DEATHS = 2;
// The source runs as .ts, the published package as .js.
const WORKER_FILE = new URL(
  `./node-verify-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);

/**
 * Verifies on worker threads (about 5,000 events per second each). A thread that dies is replaced and its
 * events verified elsewhere; one that twice loses its thread rejects. Rejects also when too many wait or
 * after `close`. Keeps the process alive only while events are being verified.
 */
export function createWorkerVerifier(options: WorkerVerifierOptions = {}): Verifier {
  return new WorkerVerifier(options);
}

class WorkerVerifier implements Verifier {
  readonly #maxThreads: number;
  readonly #batch: number;
  readonly #maxWaiting: number;
  readonly #threads = new Set<Thread>();
  #queue: Waiting[] = [];
  /** The part of the queue before this index has been sent. */
  #next = 0;
  #closed = false;

  constructor(options: WorkerVerifierOptions) {
    this.#maxThreads = options.workers ?? Math.min(4, availableParallelism());
    this.#batch = options.batch ?? 64;
    this.#maxWaiting = options.maxWaiting ?? 65_536;
  }

  verify(event: Parameters<Verifier['verify']>[0]): Promise<boolean> {
    if (this.#closed) return Promise.reject(new Error('The verifier is closed.'));
    if (this.#waiting >= this.#maxWaiting)
      return Promise.reject(new Error('Too many events wait for verification.'));
    const text = signedText(event);
    if (text === null) return Promise.resolve(false);
    return new Promise((settle, reject) => {
      this.#queue.push({ text, settle, reject, deaths: 0 });
      this.#send();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#threads];
    this.#threads.clear();
    const abandoned = [...this.#queue.slice(this.#next), ...threads.flatMap(({ batches }) => batches.flat())];
    this.#queue = [];
    this.#next = 0;
    for (const { reject } of abandoned) reject(new Error('The verifier is closed.'));
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  get #waiting(): number {
    return this.#queue.length - this.#next;
  }

  #send(): void {
    while (this.#waiting > 0) {
      const thread = this.#freeThread();
      if (thread === null) return;
      const batch = this.#queue.slice(this.#next, this.#next + this.#batch);
      this.#next += batch.length;
      if (this.#next === this.#queue.length || this.#next > this.#maxWaiting) {
        this.#queue = this.#queue.slice(this.#next);
        this.#next = 0;
      }
      thread.batches.push(batch);
      thread.worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      thread.worker.postMessage(batch.map(({ text }) => text));
    }
  }

  /** An idle thread, else a new one while there may be more, else the one with room; `null` when all are full. */
  #freeThread(): Thread | null {
    let best: Thread | null = null;
    for (const thread of this.#threads)
      if (best === null || thread.batches.length < best.batches.length) best = thread;
    if (best?.batches.length === 0) return best;
    if (this.#threads.size < this.#maxThreads) return this.#startThread();
    return best !== null && best.batches.length < BATCHES_PER_THREAD ? best : null;
  }

  #startThread(): Thread {
    // Without the process's own flags: some of them (--input-type) keep a thread from starting.
    const thread: Thread = { worker: new Worker(WORKER_FILE, { execArgv: [] }), batches: [] };
    this.#threads.add(thread);
    thread.worker.on('message', (verdicts: readonly boolean[]) => this.#onVerdicts(thread, verdicts));
    thread.worker.on('error', () => undefined); // 'exit' follows
    thread.worker.on('exit', () => this.#onDeath(thread));
    return thread;
  }

  #onVerdicts(thread: Thread, verdicts: readonly boolean[]): void {
    const batch = thread.batches.shift() ?? [];
    for (const [index, { settle }] of batch.entries()) settle(verdicts[index] === true);
    if (this.#closed) return; // its end is waited for: the process must stay for it
    if (thread.batches.length === 0) thread.worker.unref();
    this.#send();
  }

  #onDeath(thread: Thread): void {
    if (!this.#threads.delete(thread)) return; // closed
    const survivors: Waiting[] = [];
    for (const waiting of thread.batches.flat()) {
      waiting.deaths += 1;
      if (waiting.deaths < MAX_DEATHS) survivors.push(waiting);
      else waiting.reject(new Error('The threads that were to verify this event died.'));
    }
    this.#queue = [...survivors, ...this.#queue.slice(this.#next)];
    this.#next = 0;
    this.#send();
  }
}
