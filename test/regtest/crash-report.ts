import type { PaymentRecord } from '../../src/money/index.ts';

/** How a payment of the crash test is meant to end. */
export type PaymentPlan = 'plain' | 'settle' | 'cancel' | 'keep';

/** What the child did and was told, written before anything else happens. Amounts as decimal strings. */
export type CrashReport =
  | {
      readonly type: 'wanted';
      readonly hash: string;
      readonly payer: string;
      readonly payee: string;
      readonly plan: PaymentPlan;
    }
  | {
      readonly type: 'held' | 'settling' | 'settled' | 'canceling' | 'canceled' | 'failed';
      readonly hash: string;
    }
  | { readonly type: 'paid'; readonly hash: string; readonly preimage: string }
  | { readonly type: 'audit'; readonly audit: Audit }
  | { readonly type: 'end' };

/** The whole bank at rest: nothing is under way but accepted holds. */
export interface Audit {
  readonly channels: { readonly open: number; readonly usable: number };
  readonly balances: Readonly<Record<string, string>>;
  readonly records: readonly AuditedRecord[];
}

/** One side of one payment. */
export interface AuditedRecord extends Pick<
  PaymentRecord,
  'direction' | 'state' | 'paymentHash' | 'preimage'
> {
  readonly role: string;
  readonly amountMsat: string;
}
