import { UNPAID_WORK_MODES } from '../ledger/index.ts';
import { msat, type Msat } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import type { Service } from './handler.ts';
import { trustNobody, type TrustLimits } from './trust-policy.ts';

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
