/** What the providers of these tests sell: one kind for each way to be paid. */
export const SOLD = { free: 5950, prepay: 5951, hold: 5952 } as const;

/** A way to be paid that these tests try. */
export type SoldBy = keyof typeof SOLD;

export const PRICE_SATS = 5;

/** Leases are short, so that what a dead process left is taken over while a test watches; nobody is too fast or too many. */
export const LIMITS = {
  leaseSeconds: 3,
  sweepSeconds: 1,
  attempts: 50,
  openSales: 100_000,
  requestsPerMinute: 1_000_000,
  strangersPerMinute: 1_000_000,
  offersPerStranger: 100_000,
};
