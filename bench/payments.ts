import { orThrow, satsToMsat } from '../src/protocol/index.ts';
import type { Wallet } from '../src/money/index.ts';
import { monotonicMs } from './clock.ts';

/** How many payments, and how many of them under way at once. */
export interface PaymentLoad {
  readonly payments: number;
  readonly inFlight: number;
}

/** How long payments took, all together and each, in milliseconds. */
export interface TimedPayments {
  readonly tookMs: number;
  readonly eachMs: readonly number[];
}

/** Makes one payment: the payee makes an invoice, the payer pays it. */
export type PayOnce = (number: number) => Promise<void>;

/** Makes payments until all are made, so many under way at once. */
export async function timePayments(payOnce: PayOnce, load: PaymentLoad): Promise<TimedPayments> {
  const started = monotonicMs();
  const eachMs: number[] = [];
  let next = 0;
  const payInTurn = async () => {
    while (next < load.payments) {
      const paymentStarted = monotonicMs();
      await payOnce(next++);
      eachMs.push(monotonicMs() - paymentStarted);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, payInTurn));
  return { tookMs: monotonicMs() - started, eachMs };
}

/** One payment between two wallets of the `Wallet` contract. */
export async function payBetween(payer: Wallet, payee: Wallet): Promise<void> {
  const made = orThrow(
    await payee.makeInvoice({ amountMsat: AMOUNT_MSAT, description: DESCRIPTION, expirySeconds: 600 }),
  );
  orThrow(await payer.pay({ bolt11: made.bolt11 ?? '', feeLimitMsat: AMOUNT_MSAT }));
}

/** What every payment moves. */
export const AMOUNT_MSAT = satsToMsat(7);
/** What every invoice says. */
export const DESCRIPTION = 'a job of the benchmark';
