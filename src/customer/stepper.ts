/** What a step found: more to do at once, nothing before a trigger or that time, or nothing ever again. */
export type Next = 'again' | 'done' | { readonly wakeInMs: number };

/** A state machine that moves this often without waiting is broken. */
const MAX_STEPS_AT_ONCE = 100;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;
/** setTimeout wraps beyond 2^31-1 ms; a level-triggered step may be woken early. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Runs one purchase's steps one at a time, however many triggers arrive. A step that throws (a full disk, a
 * bug) is reported and tried again with growing pauses.
 */
export class Stepper {
  readonly #step: () => Promise<Next>;
  readonly #onFault: (error: unknown) => void;
  #tail: Promise<unknown> = Promise.resolve();
  #poked = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #faults = 0;

  constructor(step: () => Promise<Next>, onFault: (error: unknown) => void) {
    this.#step = step;
    this.#onFault = onFault;
  }

  /** Asks for a step; many asks before it begins are one. */
  poke(): void {
    if (this.#poked || this.#stopped) return;
    this.#poked = true;
    void this.exclusive(async () => {
      this.#poked = false;
      if (!this.#stopped) await this.#runSteps();
    });
  }

  /** Runs the task between steps. */
  exclusive<Value>(task: () => Promise<Value>): Promise<Value> {
    const run = this.#tail.then(task);
    this.#tail = run.catch(() => undefined); // the caller of `exclusive` gets the error
    return run;
  }

  /** No step begins after this; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#halt();
    await this.#tail;
  }

  /** Reports what broke outside of a step, and lets a step look at what is left. */
  fault(error: unknown): void {
    this.#onFault(error);
    this.poke();
  }

  #halt(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #runSteps(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const next = await this.#runUntilIdle();
      this.#faults = 0;
      if (next === 'done') this.#halt();
      else this.#wakeIn(next.wakeInMs);
    } catch (error) {
      this.#onFault(error);
      this.#wakeIn(Math.min(FIRST_RETRY_MS * 2 ** this.#faults, MAX_RETRY_MS));
      this.#faults += 1;
    }
  }

  async #runUntilIdle(): Promise<Exclude<Next, 'again'>> {
    for (let steps = 0; steps < MAX_STEPS_AT_ONCE; steps++) {
      if (this.#stopped) return 'done';
      const next = await this.#step();
      if (next !== 'again') return next;
    }
    throw new Error(`A purchase moved ${MAX_STEPS_AT_ONCE} times without waiting.`);
  }

  #wakeIn(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.poke(), Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
  }
}
