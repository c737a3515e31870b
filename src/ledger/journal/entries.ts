/**
 * Where money of ours can be. The first four are what we have, `owed-to-customers` and `prepaid` are what of it is not
 * ours: paid for jobs, and in the balances of customers; `advanced` is what others owe us, and the rest is what it was earned or spent for. `unexplained` is ecash that was
 * found again, or was gone, without these books knowing why.
 */
export const ACCOUNTS = [
  'wallet',
  'ecash',
  'held',
  'on-its-way',
  'owed-to-customers',
  'prepaid',
  'advanced',
  'earned',
  'paid-for-work',
  'paid-for-other',
  'withdrawn',
  'routing-fees',
  'mint-fees',
  'unexplained',
] as const;

/** One of the accounts; what comes in is positive, where it comes from is negative. */
export type JournalAccount = (typeof ACCOUNTS)[number];

/** A part of an entry: so much into an account, or, when negative, out of it. */
export interface Posting {
  readonly account: JournalAccount;
  readonly amountMsat: bigint;
}

/** What happened to the money. */
export type JournalStep =
  | 'held'
  | 'hold-ended'
  | 'received'
  | 'topped-up'
  | 'drawn'
  | 'earned'
  | 'given-back'
  | 'refund-sent'
  | 'refunded'
  | 'payment-sent'
  | 'payment-ended'
  | 'paid'
  | 'delivered'
  | 'refund-received'
  | 'ecash-bought'
  | 'melted'
  | 'taken-back'
  | 'mint-fee'
  | 'found'
  | 'gone';

/** One step of a job's money; its postings sum to zero. */
export interface JournalEntry {
  readonly step: JournalStep;
  readonly postings: readonly Posting[];
}

/** So much from one account to another; `null` when it is nothing. */
export function transfer(
  step: JournalStep,
  amountMsat: bigint,
  from: JournalAccount,
  to: JournalAccount,
): JournalEntry | null {
  if (amountMsat === 0n) return null;
  return {
    step,
    postings: [
      { account: from, amountMsat: -amountMsat },
      { account: to, amountMsat },
    ],
  };
}

/** The entries that there are. */
export function entries(...made: readonly (JournalEntry | null)[]): JournalEntry[] {
  return made.filter((entry) => entry !== null);
}

/** The sum of every account over journals, accounts without postings left out. The sums together are zero. */
export function trialBalance(journal: Iterable<JournalEntry>): Map<JournalAccount, bigint> {
  const sums = new Map<JournalAccount, bigint>();
  for (const { postings } of journal)
    for (const { account, amountMsat } of postings) sums.set(account, (sums.get(account) ?? 0n) + amountMsat);
  return sums;
}
