import type { Sale } from '../../ledger/index.ts';
import { paymentAddressOfProfile, PROFILE_KIND, success, type Outcome } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { openRequest } from '../open-request.ts';
import { checkRefundInvoice, type RefundInvoice } from './check-invoice.ts';
import type { Due } from './due.ts';

/** An address that has not answered by then is asked again later. */
const ADDRESS_TIMEOUT_MS = 15_000;

/**
 * An invoice for what is owed from the lightning address that the request names, or else the customer's profile;
 * `null` when it has none or addresses are not paid here. Fails with the resolver's codes or those of
 * `checkRefundInvoice`: an address that lies about amount or description gets nothing.
 */
export async function askAddressForInvoice(
  context: ProviderContext,
  sale: Sale,
  due: Due,
): Promise<Outcome<RefundInvoice | null>> {
  if (context.resolveRefundInvoice === null) return success(null);
  const lud16 = (await addressInRequest(context, sale)) ?? (await addressInProfile(context, sale));
  if (lud16 === null) return success(null);
  const { amountMsat } = due;
  const comment = `Refund of coinop job ${sale.requestId.slice(0, 16)}`;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(ADDRESS_TIMEOUT_MS)]);
  const made = await context.resolveRefundInvoice({ lud16, amountMsat, comment, signal });
  return made.ok ? checkRefundInvoice(context, { ...made.value, amountMsat }) : made;
}

/** The `refund` tag may be encrypted; while the signer does not open it, it is as if it were not there. */
async function addressInRequest(context: ProviderContext, sale: Sale): Promise<string | null> {
  const request = await openRequest(context, sale.request);
  return request.ok ? request.value.refundLud16 : null;
}

async function addressInProfile(context: ProviderContext, sale: Sale): Promise<string | null> {
  const [profile] = await context.relays.query(
    context.relayUrls,
    [{ kinds: [PROFILE_KIND], authors: [sale.customerPubkey], limit: 1 }],
    { signal: context.signal },
  );
  return profile === undefined ? null : paymentAddressOfProfile(profile);
}
