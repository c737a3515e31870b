import type { ProviderRecord } from '../reputation/index.ts';

/**
 * Paid jobs that were delivered, of all that were paid: `you 3/3, others 115/117`, our own books apart from what others
 * say, who may be invented; `new` where nobody has shown a payment yet.
 */
export function deliveredWords(record: ProviderRecord | null): string {
  if (record === null) return 'new';
  const { own, others } = record;
  const words = [
    shareWords('you', own.paidAndDelivered, own.paidAndUndelivered),
    shareWords('others', others.paidAndDelivered, others.paidComplaints),
  ];
  return words.filter((word) => word !== null).join(', ') || 'new';
}

function shareWords(whose: string, kept: number, broken: number): string | null {
  return kept + broken === 0 ? null : `${whose} ${kept}/${kept + broken}`;
}

/** Out of five, by customers that showed a payment: `4.8 (61)`; empty where there are none. */
export function ratingWords(record: ProviderRecord | null): string {
  const { mean = null, customers = 0 } = record?.ratings ?? {};
  return mean === null ? '' : `${(1 + mean * 4).toFixed(1)} (${customers})`;
}

/** Usual and worst time: `6s / 14s`; a question mark for what nobody knows. */
export function timeWords(usualSeconds: number | null, worstSeconds: number | null): string {
  if (usualSeconds === null && worstSeconds === null) return '?';
  return [usualSeconds, worstSeconds].map((seconds) => (seconds === null ? '?' : `${seconds}s`)).join(' / ');
}
