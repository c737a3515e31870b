import type { Msat, RescueReason } from '../../protocol/index.ts';

/** When and how far a service steps in for providers that failed. */
export interface RescueTerms {
  /** Which failures count. */
  readonly reasons: readonly RescueReason[];
  /** How long nobody may have said anything; others have the same time where one of several has failed. */
  readonly silenceSeconds: number;
  /** How long after the time that was stated for it work counts as late. */
  readonly lateSeconds: number;
  /** The least that such an offer asks, whatever the price is otherwise; who bids less is left alone. */
  readonly fromMsat: Msat;
  /** Offers made in an hour, at most. */
  readonly perHour: number;
  /** Such offers, and the jobs that came of them, open at once. */
  readonly atOnce: number;
  /** Whether requests that name other providers count, or only those that name nobody. */
  readonly targeted: boolean;
}
