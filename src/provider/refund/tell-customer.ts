import { wrapFor } from '../../keys/index.ts';
import type { OutgoingEvent, Sale } from '../../ledger/index.ts';
import {
  formatSats,
  orThrow,
  parseJobRequest,
  wrapJobMessage,
  type JobMessageDraft,
} from '../../protocol/index.ts';
import { answerRelays, type ProviderContext } from '../context.ts';
import type { Due } from './due.ts';

/** Tells the customer in private what it may claim, how and until when. */
export function offerMessage(context: ProviderContext, sale: Sale, due: Due): Promise<OutgoingEvent> {
  const { amountMsat, claimUntil } = due;
  const text = `${formatSats(amountMsat)} of yours go back: send a refund-claim with an invoice over exactly that amount.`;
  return message(context, sale, { type: 'refund-offer', amountMsat, claimUntil, text }, claimUntil);
}

/** Tells the customer in private by which payment its lightning address was paid. */
export function paidMessage(
  context: ProviderContext,
  sale: Sale,
  { paymentHash, preimage }: { readonly paymentHash: string; readonly preimage: string },
): Promise<OutgoingEvent> {
  const text = 'What you paid went back to your lightning address.';
  const worthUntil = context.now() + context.limits.refundClaimSeconds;
  return message(context, sale, { type: 'refund-paid', paymentHash, preimage, text }, worthUntil);
}

/** `Omit` over each member of the union. */
type Told = JobMessageDraft extends infer Draft
  ? Draft extends JobMessageDraft
    ? Omit<Draft, 'requestId' | 'createdAt'>
    : never
  : never;

/** Wrapped and addressed like every answer: where the customer awaits what concerns its request. */
async function message(
  context: ProviderContext,
  sale: Sale,
  told: Told,
  expiresAt: number,
): Promise<OutgoingEvent> {
  const createdAt = context.now();
  const draft = { ...told, requestId: sale.requestId, createdAt };
  const wrap = await wrapJobMessage(draft, wrapFor(sale.customerPubkey, context.signer, createdAt));
  const request = parseJobRequest(sale.request);
  const where = answerRelays(context, request.ok ? request.value.relays : []);
  return { event: orThrow(wrap), ...where, expiresAt };
}
