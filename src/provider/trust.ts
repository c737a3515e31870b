import { UNPAID_WORK_MODES, type CustomerRecord } from '../ledger/index.ts';
import { msat, type Msat } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import type { Service } from './handler.ts';
import type { OpenSales } from './open-sales.ts';
import type { TrustLimits } from './trust-policy.ts';

/** Whether a service is sold in a mode in which the provider works, or delivers, before it is paid. */
export function sellsOnTrust(service: Service): boolean {
  return service.exchanges?.some((mode) => mode !== 'free' && UNPAID_WORK_MODES.includes(mode)) ?? false;
}

/**
 * The one place where trust is given out: what is left for a customer, counting what it owes already, and what the
 * provider is owed by everybody together. The sale of the request itself is left out, which may have its place already.
 */
export function trustLeft(
  context: Pick<ProviderContext, 'trust' | 'limits' | 'now'>,
  sales: OpenSales,
  { customerPubkey, requestId }: { readonly customerPubkey: string; readonly requestId: string },
  record: CustomerRecord,
): TrustLimits {
  const limits = context.trust(record, context.now());
  const open = sales.unpaidMsat({ customerPubkey, except: requestId });
  const owed = open > record.openUnpaidMsat || sales.has(requestId) ? open : record.openUnpaidMsat;
  const owedByAll = sales.unpaidMsat({ except: requestId });
  const left = (limit: Msat) => lesser(less(limit, owed), less(context.limits.unpaidMsat, owedByAll));
  return {
    workUnpaidUpToMsat: left(limits.workUnpaidUpToMsat),
    deliverUnpaidUpToMsat: left(limits.deliverUnpaidUpToMsat),
  };
}

function less(amountMsat: Msat, byMsat: Msat): Msat {
  return msat(amountMsat > byMsat ? amountMsat - byMsat : 0n);
}

function lesser(one: Msat, other: Msat): Msat {
  return one < other ? one : other;
}
