import { z } from 'zod';
import type { ProviderRecord } from '../../reputation/index.ts';
import { toSats } from '../agent-budget.ts';

/** What is known of a provider, from own purchases and signed events of others. */
export const RecordView = z.object({
  paid_jobs: z
    .number()
    .int()
    .describe('Jobs of anybody that were paid, with proof, and delivered. 0 is new, not bad.'),
  reliability: z
    .object({ low: z.number(), mean: z.number() })
    .nullable()
    .describe('How likely a paid job is delivered, 0 to 1: the cautious bound and the best guess.'),
  rating: z.number().nullable().describe('0 to 1, from customers who show that they paid.'),
  raters: z.number().int(),
  usual_seconds: z.number().nullable(),
  worst_seconds: z.number().nullable(),
  own: z.object({
    paid_and_delivered: z.number().int(),
    paid_and_undelivered: z.number().int(),
    lost_sats: z.number().describe('Paid by this key to the provider for nothing.'),
  }),
});

/** Shows a provider's record. */
export function viewRecord(record: ProviderRecord): z.infer<typeof RecordView> {
  const { paidJobs, reliability, ratings, usualSeconds, worstSeconds, own } = record;
  return {
    paid_jobs: paidJobs,
    reliability: reliability === null ? null : { low: reliability.low, mean: reliability.mean },
    rating: ratings.mean,
    raters: ratings.customers,
    usual_seconds: usualSeconds,
    worst_seconds: worstSeconds,
    own: {
      paid_and_delivered: own.paidAndDelivered,
      paid_and_undelivered: own.paidAndUndelivered,
      lost_sats: toSats(own.lostMsat),
    },
  };
}
