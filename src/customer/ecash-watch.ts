import type { PaymentState, Purchase } from '../ledger/index.ts';

/** What is known of a payment in ecash. Everything but `booked` may be lost in a crash. */
export interface EcashWatch {
  readonly key: string;
  /** As the ledger has it. */
  booked: PaymentState;
  /** When it was reserved, unix seconds. */
  readonly reservedAt: number;
  looksInVain: number;
  nextLookAtMs: number;
}

/** The key under which ecash is given for a purchase, and bought for it, whoever asks for it and whenever. */
export function ecashKey({ requestId }: Pick<Purchase, 'requestId'>, paymentHash: string): string {
  return `job ${requestId} ${paymentHash}`;
}

/** Something promises news, now or so many milliseconds from now: look then, and often at first. */
export function hastenEcash(watch: EcashWatch, inMs = 0): void {
  watch.looksInVain = 0;
  watch.nextLookAtMs = inMs === 0 ? 0 : performance.now() + inMs;
}
