import type { CustomerRecord } from '../ledger/index.ts';
import { ZERO_MSAT, type Msat } from '../protocol/index.ts';

/** How far a provider trusts one customer: prices up to which it works, and delivers, before it is paid. */
export interface TrustLimits {
  readonly workUnpaidUpToMsat: Msat;
  readonly deliverUnpaidUpToMsat: Msat;
}

/** Decides from what the books know of a customer; a key that is new has a record of zeros. */
export type TrustPolicy = (record: CustomerRecord) => TrustLimits;

/** The policy of a provider that names none: nobody is trusted. */
export function trustNobody(): TrustLimits {
  return { workUnpaidUpToMsat: ZERO_MSAT, deliverUnpaidUpToMsat: ZERO_MSAT };
}
