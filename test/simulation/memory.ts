import type { ProviderRecords } from '../../src/customer/index.ts';
import type { Ledger, Purchase } from '../../src/ledger/index.ts';
import { Evidence, ownPurchaseOf, type OwnPurchase } from '../../src/reputation/index.ts';
import type { NostrEvent } from '../../src/protocol/index.ts';

/**
 * What a customer remembers of providers: what strangers say in public, and what its own books say about the jobs it
 * has bought, in the product's own words and weights.
 */
export class CustomerMemory {
  readonly #evidence: Evidence;
  readonly #own: OwnPurchase[] = [];
  readonly #now: () => number;

  constructor(customerPubkey: string, now: () => number) {
    this.#evidence = new Evidence({ self: customerPubkey });
    this.#now = now;
  }

  readonly records: ProviderRecords = (pubkeys) =>
    new Map(pubkeys.map((pubkey) => [pubkey, this.#evidence.record(pubkey, this.#now())]));

  hear(event: NostrEvent): void {
    this.#evidence.add(event);
  }

  /** Remembers how a purchase ended. What its customer finds worthless was paid for nothing. */
  async note(ledger: Ledger, purchase: Purchase, isWorthless: boolean): Promise<void> {
    const read = ownPurchaseOf(purchase, await ledger.purchases.payments(purchase.requestId));
    if (read === null) return;
    const isJunk = isWorthless && read.outcome === 'paid-and-delivered';
    this.#own.push(isJunk ? { ...read, outcome: 'paid-and-undelivered' } : read);
    this.#evidence.setOwn(this.#own);
  }
}
