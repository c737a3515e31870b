import type { PaymentKey } from './payment-records.ts';

/** Callers who wait for the end of a payment. After a restart there are none: whoever still cares asks again. */
export class Waiters<Answer> {
  readonly #waiting = new Map<string, ((answer: Answer) => void)[]>();

  /** Waits for the payment to be answered. */
  wait(key: PaymentKey): Promise<Answer> {
    return new Promise((resolve) => {
      const id = idOf(key);
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
    });
  }

  /** Takes out all who wait for the payment now; the result answers them, after the commit that lets it. */
  take(key: PaymentKey): (answer: Answer) => void {
    const id = idOf(key);
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    return (answer) => {
      for (const resolve of waiting) resolve(answer);
    };
  }
}

function idOf(key: PaymentKey): string {
  return JSON.stringify([key.role, key.direction, key.paymentHash]);
}
