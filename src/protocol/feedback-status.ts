import type { FeedbackStatus } from './job.ts';

/** Statuses as peers spell them (lower case, hyphens) → what they mean in NIP-90. */
const STATUS_MEANING: ReadonlyMap<string, FeedbackStatus> = new Map([
  ['payment-required', 'payment-required'],
  ['processing', 'processing'],
  ['error', 'error'],
  ['success', 'success'],
  ['partial', 'partial'],
  ['scheduled', 'processing'],
  ['chain-scheduled', 'processing'],
  ['payment-accepted', 'processing'],
  ['payment-rejected', 'error'],
  ['user-blocked-from-service', 'error'],
]);

/** What a status means, as it was sent: in any case, with underscores or hyphens. */
export function statusMeaning(raw: string | undefined): FeedbackStatus {
  return STATUS_MEANING.get((raw ?? '').trim().toLowerCase().replaceAll('_', '-')) ?? 'other';
}
