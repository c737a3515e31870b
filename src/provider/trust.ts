import { UNPAID_WORK_MODES, type CustomerRecord } from '../ledger/index.ts';
import { msat, ZERO_MSAT, type Msat } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import type { Service } from './handler.ts';

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

/** Whether a service is sold in a mode in which the provider works, or delivers, before it is paid. */
export function sellsOnTrust(service: Service | undefined): boolean {
  return service?.exchanges?.some((mode) => mode !== 'free' && UNPAID_WORK_MODES.includes(mode)) ?? false;
}

/** What is left of a customer's trust, counting what it owes already; where no mode needs it, nothing. */
export async function trustLeft(
  context: Pick<ProviderContext, 'ledger' | 'signer' | 'trust'>,
  service: Service | undefined,
  customerPubkey: string,
): Promise<TrustLimits> {
  if (!sellsOnTrust(service)) return trustNobody();
  const record = await context.ledger.sales.recordOf(context.signer.pubkey, customerPubkey);
  const limits = context.trust(record);
  const left = (limit: Msat) => msat(limit > record.openUnpaidMsat ? limit - record.openUnpaidMsat : 0n);
  return {
    workUnpaidUpToMsat: left(limits.workUnpaidUpToMsat),
    deliverUnpaidUpToMsat: left(limits.deliverUnpaidUpToMsat),
  };
}
