import { failure, msat, success, type Msat, type Outcome } from '../protocol/index.ts';

/** A payment that somebody means to make. */
export interface SpendingWish {
  readonly amountMsat: Msat;
  /** The most that routing may cost; reserved with the amount. */
  readonly feeLimitMsat: Msat;
  /** Who is paid, as far as caps count it: a public key or the origin of a server. */
  readonly counterparty: string;
  /** What for, in a few words without secrets; for the books. */
  readonly purpose: string;
  /** 64 hex characters. */
  readonly paymentHash: string;
  readonly bolt11: string;
}

/** `over-budget`: a cap would be passed. `already-paid`: the invoice was reserved before and was not given up. */
export type SpendingRefusal = 'over-budget' | 'already-paid';

/** Money that is set aside for one payment. Every method is one durable change; calling it again changes nothing. */
export interface Reservation {
  /** The wallet is about to be asked: from here on the money counts as gone until its end is known. */
  inFlight(): Promise<void>;
  /** It was paid, as its preimage shows. */
  spent(proof: { readonly preimage: string; readonly feePaidMsat: Msat }): Promise<void>;
  /** Nothing was sent and nothing will be: the money is free again, and so is the invoice. */
  released(): Promise<void>;
}

/**
 * Where the caps live: whoever pays asks here first, so that no caller can overspend. Amount plus fee limit is
 * reserved before the wallet is asked, in the same step that checks the caps.
 */
export interface SpendingLimits {
  reserve(wish: SpendingWish): Promise<Outcome<Reservation, SpendingRefusal>>;
  /** The reservation of a payment whose end is not known yet, also of an earlier process; `null` when there is none. */
  unfinished(paymentHash: string): Promise<Reservation | null>;
}

/** The most that may leave the wallet, amounts plus fees. */
export interface PaymentCaps {
  readonly perPaymentMsat: Msat;
  /** To one counterparty in any 24 hours. */
  readonly perCounterpartyMsat?: Msat;
  /** In any 24 hours. */
  readonly perDayMsat: Msat;
}

interface BookedPayment {
  readonly wish: SpendingWish;
  readonly reservedAt: number;
  state: 'reserved' | 'in-flight' | 'spent';
  /** Amount plus fee limit, or what was really paid; sums of it may pass what an `Msat` can hold. */
  costMsat: bigint;
}

const DAY_SECONDS = 86_400;
/** More payments of one day are refused: memory must not grow with them. */
const MAX_PAYMENTS = 10_000;
const MIN_FEE_LIMIT_MSAT = 5_000n;

/** What routing may cost unless told: one percent of the amount, at least 5 sat. */
export function feeLimitOf(amountMsat: Msat): Msat {
  const onePercent = (amountMsat + 99n) / 100n;
  return msat(onePercent > MIN_FEE_LIMIT_MSAT ? onePercent : MIN_FEE_LIMIT_MSAT);
}

/**
 * Spending limits that this process keeps in memory: for simple programs and tests. They are forgotten when it
 * ends, so a program that restarts needs those of a ledger. `now` is in unix seconds.
 */
export function createMemorySpendingLimits(caps: PaymentCaps, now: () => number): SpendingLimits {
  const payments = new Map<string, BookedPayment>();

  const forgetOldDays = (): void => {
    const since = now() - DAY_SECONDS;
    for (const [paymentHash, { state, reservedAt }] of payments)
      if (state === 'spent' && reservedAt < since) payments.delete(paymentHash);
  };
  const spentSoFar = (counterparty?: string): bigint => {
    let sum = 0n;
    for (const { wish, costMsat } of payments.values())
      if (counterparty === undefined || wish.counterparty === counterparty) sum += costMsat;
    return sum;
  };
  const passedCap = ({ counterparty }: SpendingWish, costMsat: bigint): string | null => {
    if (payments.size >= MAX_PAYMENTS) return 'payments in one day';
    if (costMsat > caps.perPaymentMsat) return 'one payment';
    if (spentSoFar() + costMsat > caps.perDayMsat) return 'one day';
    const perCounterpartyMsat = caps.perCounterpartyMsat ?? caps.perDayMsat;
    return spentSoFar(counterparty) + costMsat > perCounterpartyMsat ? 'one counterparty' : null;
  };

  const reservationOf = (payment: BookedPayment): Reservation => ({
    inFlight: async () => {
      if (payment.state === 'reserved') payment.state = 'in-flight';
    },
    spent: async ({ feePaidMsat }) => {
      payment.state = 'spent';
      payment.costMsat = payment.wish.amountMsat + feePaidMsat;
    },
    released: async () => {
      const { paymentHash } = payment.wish;
      if (payment.state !== 'spent' && payments.get(paymentHash) === payment) payments.delete(paymentHash);
    },
  });

  return {
    async reserve(wish) {
      forgetOldDays();
      if (payments.has(wish.paymentHash))
        return failure('already-paid', 'This invoice was paid before or is being paid: ask for a new one.');
      const costMsat = wish.amountMsat + wish.feeLimitMsat;
      const cap = passedCap(wish, costMsat);
      if (cap !== null)
        return failure('over-budget', `The payment would pass the cap of ${cap}: raise the cap or wait.`, {
          cap,
          amountMsat: wish.amountMsat.toString(),
          feeLimitMsat: wish.feeLimitMsat.toString(),
        });
      const payment: BookedPayment = { wish, reservedAt: now(), state: 'reserved', costMsat };
      payments.set(wish.paymentHash, payment);
      return success(reservationOf(payment));
    },
    async unfinished(paymentHash) {
      const payment = payments.get(paymentHash);
      return payment === undefined || payment.state === 'spent' ? null : reservationOf(payment);
    },
  };
}
