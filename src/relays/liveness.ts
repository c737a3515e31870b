import type { RelayLimits } from './limits.ts';

/** No event has this id, so the answer is a bare EOSE. */
const PROBE_ID = 'probe';
const PROBE_FILTER = { ids: ['0'.repeat(64)], limit: 1 };

/**
 * Notices sockets that are dead without having said so, where pings are not to be had (browsers): after a
 * time of silence, and only when something waits for this relay, it asks a question that costs nothing.
 */
export class Liveness {
  readonly #limits: RelayLimits;
  readonly #send: (message: readonly unknown[]) => void;
  readonly #isAwaited: () => boolean;
  readonly #onSilent: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = false;
  #probing = false;

  constructor(
    limits: RelayLimits,
    send: (message: readonly unknown[]) => void,
    isAwaited: () => boolean,
    onSilent: () => void,
  ) {
    this.#limits = limits;
    this.#send = send;
    this.#isAwaited = isAwaited;
    this.#onSilent = onSilent;
  }

  start(): void {
    this.#watch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#probing = false;
  }

  /** Any message at all is a sign of life. */
  heard(): void {
    this.#heard = true;
    if (!this.#probing) return;
    this.#send(['CLOSE', PROBE_ID]);
    this.#watch();
  }

  /** Asks at once: something went unanswered. */
  suspect(): void {
    if (this.#probing) return;
    clearTimeout(this.#timer);
    this.#probing = true;
    this.#timer = setTimeout(() => this.#onSilent(), this.#limits.probeTimeoutMs);
    this.#send(['REQ', PROBE_ID, PROBE_FILTER]);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#probing = false;
    this.#heard = false;
    this.#timer = setTimeout(() => {
      if (this.#heard || !this.#isAwaited()) this.#watch();
      else this.suspect();
    }, this.#limits.quietMs);
  }
}
