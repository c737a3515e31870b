import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile } from '../fixtures/program-file.ts';

/** A line that a part said. */
export type Said = Readonly<Record<string, unknown>> & { readonly t: string };

/** What a part is started with. */
export interface PartParts {
  readonly name: string;
  readonly program: URL;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Told of everything that it says but its answers. */
  readonly onSaid: (said: Said) => void;
}

/** A start that fails because everything around is broken is tried again, as a service manager does. */
const STARTS = 60;
const START_AGAIN_MS = 500;
const ANSWER_MS = 30_000;
const STOP_MS = 30_000;

/** A part of the market: a process that is killed, paused and started again, and its successors. */
export class Part {
  readonly name: string;
  /** Processes that ended by themselves after their start: each is a defect, with what it last wrote. */
  readonly fallen: string[] = [];
  readonly #parts: PartParts;
  readonly #answers = new Map<number, (said: Said) => void>();
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  #isWanted = false;
  #questions = 0;

  constructor(parts: PartParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** Starts it when it does not run; resolves when it is ready. */
  async start(): Promise<void> {
    for (let starts = 0; starts < STARTS; starts++) {
      const problem = await this.#startOnce();
      if (problem === null) return;
      if (starts === STARTS - 1) throw new Error(`${this.name} does not start: ${problem}`);
      await sleep(START_AGAIN_MS);
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Asks it to end, and insists after a while; returns whether it ended when asked. */
  async stop(): Promise<boolean> {
    this.#isWanted = false;
    let isForced = false;
    const forced = setTimeout(() => {
      isForced = true;
      this.#child?.kill('SIGKILL');
    }, STOP_MS);
    this.#child?.kill('SIGTERM');
    await this.#ended;
    clearTimeout(forced);
    return !isForced;
  }

  /** Everything in it stands still for a while, and goes on as if nothing had been. */
  async pause(forMs: number): Promise<void> {
    const child = this.#child;
    child?.kill('SIGSTOP');
    await sleep(forMs);
    child?.kill('SIGCONT');
  }

  /** Tells it something; what a dead process does not hear is lost. */
  tell(message: object): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  /** Asks it something; `null` when it does not answer in time. */
  async ask(question: object): Promise<Said | null> {
    const number = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<Said | null>();
    const timeout = setTimeout(() => resolve(null), ANSWER_MS);
    this.#answers.set(number, resolve);
    this.tell({ ...question, number });
    try {
      return await Promise.race([promise, this.#ended.then(() => null)]);
    } finally {
      clearTimeout(timeout);
      this.#answers.delete(number);
    }
  }

  /** `null`, or why it did not start. */
  async #startOnce(): Promise<string | null> {
    const { program, args, env } = this.#parts;
    this.#isWanted = true;
    const child = spawn(process.execPath, [programFile(program), ...args], {
      env: { ...CHILD_ENVIRONMENT, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    let lastWords = '';
    let isReady = false;
    const ready = Promise.withResolvers<string | null>();
    stderr.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2000)));
    child.on('error', (error) => ready.resolve(error.message));
    createInterface({ input: stdout }).on('line', (line) => {
      const said = JSON.parse(line) as Said;
      const answered = this.#answers.get(Number(said['number']));
      if (said.t === 'answer') return answered?.(said);
      if (said.t === 'ready') {
        isReady = true;
        ready.resolve(null);
      }
      this.#parts.onSaid(said);
    });
    this.#child = child;
    this.#ended = once(child, 'close').then(() => {
      if (isReady && this.#isWanted) this.fallen.push(`${this.name}: ${lastWords}`);
      ready.resolve(this.#isWanted ? lastWords : null);
    });
    return ready.promise;
  }
}
