import { satsToMsat, type Msat } from '../../protocol/index.ts';

/** How much customers may prepay. */
export interface BalanceLimits {
  readonly minTopUpMsat: Msat;
  readonly maxTopUpMsat: Msat;
  /** The most that one customer may have here, open top-ups included. */
  readonly maxBalanceMsat: Msat;
  /** Top-ups of one customer that may wait for their payment. */
  readonly openTopUps: number;
  /** How long the invoice of a top-up can be paid. */
  readonly topUpSeconds: number;
  /** Invoices that all customers together are made for top-ups in a minute. */
  readonly topUpsPerMinute: number;
}

/** The limits of a provider that names none. */
export const DEFAULT_BALANCE_LIMITS: BalanceLimits = {
  minTopUpMsat: satsToMsat(100),
  maxTopUpMsat: satsToMsat(100_000),
  maxBalanceMsat: satsToMsat(200_000),
  openTopUps: 3,
  topUpSeconds: 600,
  topUpsPerMinute: 60,
};
