import { failure, isHex32, success, ZERO_MSAT } from '../../protocol/index.ts';
import type { PayableInvoice } from '../invoice-terms.ts';
import { provesPayment } from '../nwc-payment.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletOutcome } from '../wallet.ts';
import { settled, type WeblnProvider } from './webln-provider.ts';

/** How `pay` ends. */
export type PayOutcome = Awaited<ReturnType<Wallet['pay']>>;

/** A payment of this page, and the end of it that everybody waits for who asks for the same hash. */
export interface SentPayment {
  record: PaymentRecord;
  readonly outcome: Promise<PayOutcome>;
}

/** Hands an invoice to the wallet and follows it, whoever waits. `now` is in unix seconds. */
export function sendPayment(
  provider: WeblnProvider,
  invoice: PayableInvoice,
  now: () => number,
): SentPayment {
  const { paymentHash, bolt11, amountMsat } = invoice;
  const payment: SentPayment = {
    record: {
      direction: 'outgoing',
      state: 'pending',
      paymentHash,
      bolt11,
      amountMsat,
      feePaidMsat: ZERO_MSAT,
      preimage: null,
      createdAt: now(),
      settledAt: null,
      settleDeadlineHeight: null,
    },
    outcome: settled(() => provider.sendPayment(bolt11)).then((answer) => {
      const ended = outcomeOf(answer, paymentHash);
      if (ended.ok) noteSettled(payment, ended.value.preimage, now());
      else if (ended.failure.code !== 'wallet-timeout')
        payment.record = { ...payment.record, state: 'failed' };
      return ended;
    }),
  };
  return payment;
}

/** Marks a payment as settled, by its proof, at a time in unix seconds. */
export function noteSettled(payment: SentPayment, preimage: string, settledAt: number): void {
  payment.record = { ...payment.record, state: 'settled', preimage, settledAt };
}

/** The preimage a wallet shows, if it is that of the hash. */
export function provenPreimage(preimage: unknown, paymentHash: string): string | null {
  const lower = typeof preimage === 'string' ? preimage.toLowerCase() : null;
  return isHex32(lower) && provesPayment(lower, paymentHash) ? lower : null;
}

/** The failure of a payment whose end the wallet did not tell. */
export function stillOpen(): PayOutcome {
  return failure('wallet-timeout', 'The WebLN wallet did not say how the payment ended: look it up there.');
}

/** Only a proof ends a payment well; of its failures WebLN says nothing certain but those with a code. */
function outcomeOf(answer: WalletOutcome<JsonObject>, paymentHash: string): PayOutcome {
  if (!answer.ok) return answer.failure.code === 'wallet-internal' ? stillOpen() : answer;
  const preimage = provenPreimage(answer.value['preimage'], paymentHash);
  return preimage === null ? stillOpen() : success({ preimage, feePaidMsat: ZERO_MSAT });
}
