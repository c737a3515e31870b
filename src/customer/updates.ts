import type { PurchaseUpdate } from './contract.ts';

/** Updates kept for those who come later or read slowly; older ones are dropped first. */
const MAX_KEPT = 256;
/** Characters of offers and partial content among them. */
const MAX_KEPT_CHARS = 1_000_000;

/** The updates of one purchase: any number of readers, each starts with what is still kept. */
export class UpdateFeed {
  readonly #kept: PurchaseUpdate[] = [];
  /** How many updates were dropped from the front of `#kept`. */
  #dropped = 0;
  #keptChars = 0;
  #closed = false;
  #wake = Promise.withResolvers<void>();

  push(update: PurchaseUpdate): void {
    if (this.#closed) return;
    this.#kept.push(update);
    this.#keptChars += sizeOf(update);
    while (this.#kept.length > MAX_KEPT || this.#keptChars > MAX_KEPT_CHARS) this.#dropOldest();
    this.#wakeReaders();
  }

  /** Ends every reader after what is kept. */
  close(): void {
    this.#closed = true;
    this.#wakeReaders();
  }

  /** The kept updates, then the coming ones until `close`. A reader too slow for the bound misses the oldest. */
  async *read(): AsyncGenerator<PurchaseUpdate, void, undefined> {
    let next = 0;
    for (;;) {
      next = Math.max(next, this.#dropped);
      const update = this.#kept[next - this.#dropped];
      if (update !== undefined) {
        next += 1;
        yield update;
      } else if (this.#closed) {
        return;
      } else {
        await this.#wake.promise;
      }
    }
  }

  #dropOldest(): void {
    const oldest = this.#kept.shift();
    if (oldest !== undefined) this.#keptChars -= sizeOf(oldest);
    this.#dropped += 1;
  }

  #wakeReaders(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

function sizeOf(update: PurchaseUpdate): number {
  if (update.type === 'offer') return update.offer.event.content.length;
  return update.type === 'partial' ? update.content.length : 0;
}
