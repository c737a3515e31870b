import {
  entries,
  transfer,
  type ClientBooks,
  type ClientReceipt,
  type JournalEntry,
  type SpendingLedger,
} from '../ledger/index.ts';
import type { Msat } from '../protocol/index.ts';
import type { GatewayJobs, GatewayReceipt, GatewayState } from './job.ts';

const PAGE = 200;

/** Reads what clients paid from the books of a gateway; `spending` has its refunds. */
export function readReceipts({
  jobs,
  spending,
}: {
  readonly jobs: GatewayJobs;
  readonly spending: SpendingLedger;
}): ClientBooks {
  const view = async (receipt: GatewayReceipt): Promise<ClientReceipt> => {
    const { paymentHash, state, amountMsat, refundPaymentHash, updatedAt } = receipt;
    const refund = refundPaymentHash === null ? null : await spending.payment(refundPaymentHash);
    const journal = journalOfReceipt(receipt, refund?.amountMsat ?? null);
    return { paymentHash, state, amountMsat, place: placeOf(receipt), journal, updatedAt };
  };
  return {
    async *receipts() {
      for (let after: GatewayReceipt | undefined; ;) {
        const page = await jobs.listReceipts({ limit: PAGE, after: after?.seq ?? 0n });
        for (const receipt of page) yield await view(receipt);
        after = page.at(-1);
        if (page.length < PAGE) return;
      }
    },
    async find(paymentHash) {
      if ((await jobs.receipt(paymentHash)) !== null) return 'booked';
      return (await jobs.byPaymentHash(paymentHash)) === null ? null : 'awaited';
    },
  };
}

function placeOf({ payment, state }: GatewayReceipt): ClientReceipt['place'] {
  if (payment === 'prepaid' || isEarned(state)) return 'wallet';
  return state === 'released' ? 'returned' : 'held';
}

/** The client bears what its own provider took. */
function isEarned(state: GatewayState): boolean {
  return state === 'done' || state === 'lost';
}

/**
 * The double-entry view of what a client paid: owed until the job is done, or paid back. `refundMsat` is what went back,
 * which the ledger has as a payment for something else; the rest of the price was left for its routing. What is parked
 * stays owed.
 */
export function journalOfReceipt(
  receipt: Pick<GatewayReceipt, 'payment' | 'state' | 'amountMsat'>,
  refundMsat: Msat | null,
): JournalEntry[] {
  const { payment, state, amountMsat } = receipt;
  const received = transfer('received', amountMsat, 'owed-to-customers', 'wallet');
  const earned = isEarned(state) ? transfer('earned', amountMsat, 'earned', 'owed-to-customers') : null;
  if (payment === 'hold') {
    const held = transfer('held', amountMsat, 'owed-to-customers', 'held');
    const ended = transfer('hold-ended', amountMsat, 'held', 'owed-to-customers');
    if (earned !== null) return entries(held, ended, received, earned);
    return state === 'released' ? entries(held, ended) : entries(held);
  }
  if (state !== 'refunded' || refundMsat === null) return entries(received, earned);
  return entries(
    received,
    transfer('refunded', refundMsat, 'paid-for-other', 'owed-to-customers'),
    transfer('earned', amountMsat - refundMsat, 'earned', 'owed-to-customers'),
  );
}
