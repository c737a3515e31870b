import type { Sale } from '../../ledger/index.ts';
import type { RescueTerms } from './terms.ts';

const HOUR_SECONDS = 3600;

interface MadeRescue {
  readonly serviceId: string;
  readonly customerPubkey: string;
  /** Unix seconds. */
  readonly at: number;
}

/** Counts the offers that were made for others, so that they stay within the terms of their services. */
export class RescueTally {
  readonly #made = new Map<string, MadeRescue>();
  readonly #isOpen: (requestId: string) => boolean;

  /** `isOpen` says whether the sale of a request is still worked on or waited for. */
  constructor(isOpen: (requestId: string) => boolean) {
    this.#isOpen = isOpen;
  }

  /** Counts the offer of that sale, made at that time (unix seconds); a second one for it changes nothing. */
  note({ requestId, serviceId, customerPubkey }: Sale, at: number): void {
    if (!this.#made.has(requestId)) this.#made.set(requestId, { serviceId, customerPubkey, at });
  }

  has(requestId: string): boolean {
    return this.#made.has(requestId);
  }

  /** Whether the service may make another offer now (unix seconds). */
  hasRoom(serviceId: string, { perHour, atOnce }: RescueTerms, now: number): boolean {
    this.#forgetPast(now);
    let [lately, open] = [0, 0];
    for (const [requestId, made] of this.#made) {
      if (made.serviceId !== serviceId) continue;
      if (isRecent(made, now)) lately += 1;
      if (this.#isOpen(requestId)) open += 1;
    }
    return lately < perHour && open < atOnce;
  }

  /** Whether such an offer to the customer is open. */
  isBusyWith(customerPubkey: string): boolean {
    return [...this.#made].some(
      ([requestId, made]) => made.customerPubkey === customerPubkey && this.#isOpen(requestId),
    );
  }

  #forgetPast(now: number): void {
    for (const [requestId, made] of this.#made)
      if (!isRecent(made, now) && !this.#isOpen(requestId)) this.#made.delete(requestId);
  }
}

function isRecent({ at }: MadeRescue, now: number): boolean {
  return now - at < HOUR_SECONDS;
}
