import type { RelayLimits } from './limits.ts';
import type { Verdict } from './shared-verification.ts';

/**
 * What one relay said, in the order it said it, while events are verified side by side: an event is handed
 * on, and EOSE believed, only after everything before it.
 */
export class OrderedInbox {
  readonly #limits: RelayLimits;
  readonly #onUnknown: () => void;
  readonly #onRelief: () => void;
  #tail: Promise<void> = Promise.resolve();
  #events = 0;
  #chars = 0;
  #overfull = false;

  /** `onUnknown` hears that an event could not be verified, `onRelief` that an overfull inbox is half empty. */
  constructor(limits: RelayLimits, onUnknown: () => void, onRelief: () => void) {
    this.#limits = limits;
    this.#onUnknown = onUnknown;
    this.#onRelief = onRelief;
  }

  /** More is waiting than the limits allow; true until half of it is worked off. */
  get overfull(): boolean {
    return this.#overfull;
  }

  addEvent(chars: number, verdict: Promise<Verdict>, deliver: () => void): void {
    this.#events += 1;
    this.#chars += chars;
    if (this.#events > this.#limits.pendingEvents || this.#chars > this.#limits.pendingChars)
      this.#overfull = true;
    this.#append(async () => {
      const result = await verdict;
      this.#events -= 1;
      this.#chars -= chars;
      if (result === 'valid') runGuarded(deliver);
      else if (result === 'unknown') this.#onUnknown();
      if (this.#overfull && this.#halfEmpty()) {
        this.#overfull = false;
        this.#onRelief();
      }
    });
  }

  /** Something that needs no verification but its place in the order: EOSE, CLOSED. */
  addStep(step: () => void): void {
    this.#append(async () => runGuarded(step));
  }

  #append(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work);
  }

  #halfEmpty(): boolean {
    return this.#events <= this.#limits.pendingEvents / 2 && this.#chars <= this.#limits.pendingChars / 2;
  }
}

/** A callback that throws is a bug of its owner: it surfaces as uncaught, and the inbox goes on. */
function runGuarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
