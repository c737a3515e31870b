import type { Msat } from '../../protocol/index.ts';

/** Every way in which books and wallet can disagree, in words for people. */
export const EXPLANATIONS = {
  'payment-settled': 'The wallet has paid it; the books did not know yet.',
  'payment-never-sent': 'The wallet has not sent it, and its invoice has run out: its money is free again.',
  'payment-unproven': 'The wallet says that it was paid and shows no valid preimage. Ask the wallet.',
  'payment-forgotten':
    'The wallet was, or may have been, asked to pay it and does not know it. Is it the same wallet?',
  'paid-not-in-wallet': 'The books hold its preimage and the wallet shows no payment. Is it the same wallet?',
  'paid-after-all': 'The books have it as failed, and the wallet has paid it or still may.',
  'fee-differs': 'The wallet shows another routing fee than the books.',
  'late-payment':
    'It was paid after its offer had ended: it is booked, and given back if nothing was delivered.',
  'paid-twice': 'Its invoice was paid after the job had been paid another way: it is booked, and owed.',
  'paid-awaits-provider': 'It was paid while no provider was running: `coinop serve` goes on with it.',
  'paid-awaits-gateway': 'A client paid it while no gateway was running: `coinop gateway` goes on with it.',
  'settling-done': 'The held money is ours; the books did not know yet.',
  'hold-lost': 'The held money went back before it was taken.',
  'hold-not-in-wallet':
    'The books have money as held for us and the wallet does not know it. Is it the same wallet?',
  'held-after-end': 'Money is still held for a job that has ended: it is given back.',
  'taken-unbooked': 'The wallet has taken the held money of a job that the books have as unpaid.',
  'taken-undelivered':
    'The wallet has taken the money of a job that was not delivered. Give it back by hand.',
  'receipt-not-in-wallet': 'The books have it as received and the wallet does not. Is it the same wallet?',
  'amount-differs': 'The wallet received another amount than the books say.',
  'refund-paid': 'The wallet has paid the refund; the books did not know yet.',
  'refund-awaits-provider': 'The wallet has paid the refund: `coinop serve` books it and tells the customer.',
  'refund-not-sent': 'The wallet did not pay the refund, and its invoice has run out: it is owed again.',
  'refund-forgotten':
    'The wallet may have been asked to pay the refund and does not know it. Is it the same wallet?',
  'refund-parked':
    'It was owed when the backup was made and may have been given back since: nothing is paid by itself. Ask the customer, and give it back by hand if need be.',
  'ended-elsewhere':
    'It was open when the backup was made, and our own answer to it is on a relay: it is not worked on again. What was paid for it is left to you.',
  'payment-parked':
    'It was about to be paid in ecash when the backup was made, and may have been since: it is not paid by these books.',
  'refund-not-in-wallet': 'The books have the refund as paid and the wallet does not. Is it the same wallet?',
  'refund-received': 'The money came back; the books did not know yet.',
  'refund-not-received': 'The books have the money as come back and the wallet does not.',
  'unknown-incoming': 'The wallet received it and the books do not know what for.',
  'unknown-outgoing': 'The wallet paid it and the books do not know what for.',
  'wallet-silent': 'The wallet did not answer about it: nothing was changed.',
  'mint-silent': 'The mint did not answer about it: nothing was changed.',
  'ecash-unfinished':
    'Something was asked of the mint, and its end is not known yet: the mint is asked again.',
  'ecash-unbooked': 'Ecash was taken in, and no job has it in its books yet: `coinop serve` books it.',
  'ecash-left-out':
    'Ecash was given away for a payment that the books have as failed, and did not come back.',
  'lock-taken-back': 'The locked ecash was taken back; the books did not know yet.',
  'lock-still-out': 'Locked ecash was not redeemed in time: `coinop resume` takes it back after its lock.',
  'ecash-spent-elsewhere':
    'The mint says that this ecash is spent, and not by these books: does a copy of them exist?',
  'ecash-differs': 'The sum of the books is not the ecash that the wallet holds.',
} as const;

/** The stable code of one kind of difference. */
export type DifferenceCode = keyof typeof EXPLANATIONS;

/** What a difference is about. */
export type DifferenceSubject =
  'sale' | 'refund' | 'purchase' | 'payment' | 'client' | 'balance' | 'wallet' | 'ecash';

/** Something on which books and wallet disagree. */
export interface Difference {
  readonly code: DifferenceCode;
  readonly subject: DifferenceSubject;
  /** The job, where it is one. */
  readonly requestId: string | null;
  /** Of ecash the id of its nutzap or the operation; empty where it is about all of a mint. */
  readonly paymentHash: string;
  /** Where it is about one mint. */
  readonly mintUrl?: string;
  readonly amountMsat: Msat | null;
  /**
   * Makes books and wallet agree; resolves to `false`, with nothing changed, when somebody else moved first.
   * Absent where it is not safe or not ours to do.
   */
  readonly repair?: () => Promise<boolean>;
  /** Neither a repair nor time resolves it: a person must look into it. */
  readonly serious: boolean;
}

/** What was done about a difference: `repaired` now, `repairable` (in a dry run), `open` (later, or elsewhere), or `serious`. */
export type Standing = 'repaired' | 'repairable' | 'open' | 'serious';

/** A difference, explained, and what was done about it. */
export interface Finding extends Omit<Difference, 'repair' | 'serious'> {
  readonly standing: Standing;
  readonly explanation: string;
}
