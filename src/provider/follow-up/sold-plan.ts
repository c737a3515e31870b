import type { Sale } from '../../ledger/index.ts';
import {
  decryptContent,
  parseJobFeedback,
  success,
  type JobFeedback,
  type JobPlan,
  type Outcome,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/**
 * The plan of the offer under which a sale was made: of our own words, as our outbox has kept them; `null` when that
 * event is no offer of that sale, or promises nothing. Fails with `undecryptable` when the signer does not open it.
 */
export async function planSoldWith(
  { ledger, signer }: Pick<ProviderContext, 'ledger' | 'signer'>,
  sale: Sale,
  offerId: string,
): Promise<Outcome<JobPlan | null, 'undecryptable'>> {
  const event = (await ledger.outbox.get(offerId))?.event;
  if (event?.pubkey !== signer.pubkey) return success(null);
  const sealed = parseJobFeedback(event);
  if (!sealed.ok || sealed.value.requestId !== sale.requestId) return success(null);
  if (!sealed.value.encrypted) return success(isSoldBy(sale, sealed.value) ? sealed.value.plan : null);
  const opened = await decryptContent(event, sale.customerPubkey, signer);
  if (!opened.ok) return opened;
  const offer = parseJobFeedback(event, opened.value);
  return success(offer.ok && isSoldBy(sale, offer.value) ? offer.value.plan : null);
}

/** Whether that is the offer that the books have: of several for one request only the last is sold. */
function isSoldBy({ quote, exchange }: Sale, { status, amount, bolt11, validUntil }: JobFeedback): boolean {
  if (exchange === 'free') return status === 'processing';
  return (
    status === 'payment-required' &&
    amount?.msat === quote?.amountMsat &&
    bolt11 === quote?.bolt11 &&
    validUntil === quote?.validUntil
  );
}
