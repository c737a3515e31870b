import type { Ledger, Purchase, PurchaseState } from '../../src/ledger/index.ts';

/** Watches one purchase after the other, as the customer commits their moves. */
export class PurchaseWatch {
  #requestId = '';
  #onAccepted: (providerPubkey: string) => void = () => undefined;
  #accepted = '';
  #moved = Promise.withResolvers<void>();

  /** Turns to another purchase, and tells once of each promise that it accepts from now on. */
  follow(requestId: string, onAccepted: (providerPubkey: string) => void): void {
    this.#requestId = requestId;
    this.#onAccepted = onAccepted;
  }

  hear({ requestId, state, offer }: Purchase): void {
    if (requestId !== this.#requestId) return;
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
    const isPromise = state === 'offered' && offer !== null && offer.bolt11 === null;
    if (!isPromise || offer.event.id === this.#accepted) return;
    this.#accepted = offer.event.id;
    this.#onAccepted(offer.providerPubkey);
  }

  /** Resolves when nobody owes anything any more: no money is under way, and what was paid has come or is overdue. */
  async untilItRests(ledger: Ledger): Promise<void> {
    for (;;) {
      const moved = this.#moved.promise;
      const purchase = await ledger.purchases.get(this.#requestId);
      const payments = await ledger.purchases.payments(this.#requestId);
      const isClosed = payments.every(({ state }) => state === 'settled' || state === 'failed');
      if (isClosed && purchase !== null && !UNDER_WAY.has(purchase.state)) return;
      await moved;
    }
  }
}

const UNDER_WAY: ReadonlySet<PurchaseState> = new Set(['paying', 'locked', 'paid']);
