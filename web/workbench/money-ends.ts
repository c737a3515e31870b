import type { JobState } from '../engine/index.ts';

/** What is said of the money of a job: where its result was delivered, and where it ended without one. */
const MONEY_ENDS = {
  none: { delivered: 'end-given', ended: 'end-unpaid' },
  quoted: { delivered: 'end-to-pay', ended: 'end-unpaid' },
  locked: { delivered: 'end-taking', ended: 'end-locked' },
  settling: { delivered: 'end-taking', ended: 'end-taking-late' },
  settled: { delivered: 'end-yours', ended: 'end-kept' },
  lapsed: { delivered: 'end-never-paid', ended: 'end-unpaid' },
  released: { delivered: 'end-lost', ended: 'end-released' },
  'refund-due': { delivered: 'end-owed', ended: 'end-owed-all' },
  refunding: { delivered: 'end-paying-back', ended: 'end-paying-back-all' },
  unclaimed: { delivered: 'end-unclaimed', ended: 'end-unclaimed-all' },
  refunded: { delivered: 'end-paid-back', ended: 'end-paid-back-all' },
  unreconciled: { delivered: 'end-unclear', ended: 'end-unclear-all' },
} as const satisfies Readonly<
  Record<JobState['sale']['money'], Readonly<Record<'delivered' | 'ended', string>>>
>;

/** The sentence that says how a job ended, and what became of its money. */
export function endOf({ work, money, result }: JobState['sale']) {
  if (work === 'ready') return 'end-ready'; // it is delivered once a relay has taken it, and not before
  const isDelivered = work === 'delivered' || work === 'closed';
  return MONEY_ENDS[money][result !== null && isDelivered ? 'delivered' : 'ended'];
}
