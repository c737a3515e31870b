import { ACCEPTABLE_RATING, type JobEvidence } from './job-evidence.ts';
import type { Ratings } from './record.ts';

/** Whether the customer of a job was not content and shows that it paid for it. */
export function isPaidComplaint({ verdict }: JobEvidence): boolean {
  return verdict !== null && verdict.paid !== null && verdict.rating < ACCEPTABLE_RATING;
}

/**
 * What customers say who show that they paid. Each has one voice, however often it bought; strangers who are content
 * have one together, because one person can be all of them.
 */
export function ratingsOf(jobs: readonly JobEvidence[], known: ReadonlySet<string>): Ratings {
  const rated = jobs.filter(({ verdict }) => verdict !== null);
  const paid = rated.filter(({ verdict }) => verdict?.paid !== null);
  const customers = Map.groupBy(paid, ({ customerPubkey }) => customerPubkey);
  const voices: number[] = [];
  const content: number[] = [];
  for (const [customer, own] of customers) {
    const voice = meanOf(own.flatMap(({ verdict }) => verdict?.rating ?? []));
    const isContentStranger = !known.has(customer) && voice >= ACCEPTABLE_RATING;
    (isContentStranger ? content : voices).push(voice);
  }
  if (content.length > 0) voices.push(meanOf(content));
  return {
    mean: voices.length === 0 ? null : meanOf(voices),
    customers: customers.size,
    knownCustomers: [...customers.keys()].filter((customer) => known.has(customer)).length,
    unpaid: rated.length - paid.length,
  };
}

/** Of at least one number; sorted first, so that the sum does not depend on the order in which they came. */
function meanOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted.reduce((sum, number) => sum + number, 0) / sorted.length;
}
