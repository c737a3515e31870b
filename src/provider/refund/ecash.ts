import type { Sale, SaleRefund } from '../../ledger/index.ts';
import { NUTZAP_INFO_KIND, parseJobRequest, type NostrEvent } from '../../protocol/index.ts';
import { answerRelays, move, type ProviderContext } from '../context.ts';
import { MINT_TROUBLE, type EcashDesk } from '../ecash-desk.ts';
import { dueOf, type Due } from './due.ts';

/**
 * Books that what is owed goes to the customer in ecash, where it says how it takes nutzaps (kind 10019), and gives
 * it. `null` where this is not possible; it is tried once, and first.
 */
export async function startEcashRefund(context: ProviderContext, sale: Sale, due: Due): Promise<Sale | null> {
  const { ecash } = context;
  if (ecash === null || sale.refund !== null) return null;
  const info = await infoOf(context, sale);
  if (info === null) return null;
  const { amountMsat } = due;
  const refund: SaleRefund = {
    via: 'ecash',
    amountMsat,
    bolt11: null,
    paymentHash: null,
    feePaidMsat: null,
  };
  context.checkpoint('provider:before-refund-commit');
  const refunding = await move(context, sale, { money: 'refunding', refund });
  return refunding && ((await give(context, ecash, refunding, { due, info })) ?? refunding);
}

/** Goes on with a refund in ecash that a crash or a silent mint left open: the same ecash again. */
export async function followEcashRefund(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const due = await dueOf(context, sale);
  const info = await infoOf(context, sale);
  if (context.ecash === null || due === null || info === null) return null;
  return give(context, context.ecash, sale, { due, info });
}

/**
 * A nutzap for the request, under a key of its own and always with the same date: however often it is made, it holds
 * the same ecash. Without enough of that at a mint of the customer the money goes back by another way.
 */
async function give(
  context: ProviderContext,
  ecash: EcashDesk,
  sale: Sale,
  { due, info }: { readonly due: Due; readonly info: NostrEvent },
): Promise<Sale | null> {
  const { requestId, request, refund } = sale;
  if (refund === null) throw new Error(`The sale ${requestId} is being refunded without a refund.`);
  context.checkpoint('provider:before-refund');
  const made = await ecash.giveNutzap(
    {
      key: `refund ${requestId}`,
      info,
      amountMsat: refund.amountMsat,
      about: request,
      comment: 'Refund of your job.',
      createdAt: due.since,
    },
    { signal: context.signal },
  );
  context.checkpoint('provider:refunded-by-wallet');
  if (made.ok) {
    const read = parseJobRequest(request);
    const where = answerRelays(context, read.ok ? read.value.relays : []);
    const expiresAt = context.now() + context.limits.refundClaimSeconds;
    return move(context, sale, { money: 'refunded', publish: [{ event: made.value, ...where, expiresAt }] });
  }
  context.onTrouble(made.failure, sale);
  const isUnknown = MINT_TROUBLE.has(made.failure.code) && made.failure.code !== 'mint-refused';
  return isUnknown ? null : move(context, sale, { money: 'refund-due' });
}

async function infoOf(context: ProviderContext, sale: Sale): Promise<NostrEvent | null> {
  const said = await context.relays.query(
    context.relayUrls,
    [{ kinds: [NUTZAP_INFO_KIND], authors: [sale.customerPubkey], limit: 1 }],
    { signal: context.signal },
  );
  return said.toSorted((one, other) => other.created_at - one.created_at)[0] ?? null;
}
