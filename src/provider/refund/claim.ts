import type { Sale } from '../../ledger/index.ts';
import { failure, success, type JobMessage, type Outcome } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { checkRefundInvoice, type RefundInvoiceRefusal } from './check-invoice.ts';
import { dueOf } from './due.ts';
import { startRefund, type PayableRefund } from './pay-refund.ts';

/** A customer's claim of what is owed to it. */
export type RefundClaim = Extract<JobMessage, { readonly type: 'refund-claim' }>;

/**
 * Why a claim is set aside. `no-such-sale`: nothing was sold for that request. `not-the-customer`: only the request's
 * author may claim. `nothing-due`: no money is owed now. `being-refunded`: one invoice at a time. `moved-meanwhile`:
 * the sale kept changing, the claim may be sent again. Otherwise its invoice is refused (`RefundInvoiceRefusal`).
 */
export type ClaimRefusal =
  | RefundInvoiceRefusal
  | 'no-such-sale'
  | 'not-the-customer'
  | 'nothing-due'
  | 'being-refunded'
  | 'moved-meanwhile';

/**
 * Takes a claim that came in. Whoever sends nonsense is not answered; trouble with the claim of somebody to whom money
 * is owed is told. The sale as it then stands, `null` when the claim was set aside.
 */
export async function hearClaim(context: ProviderContext, claim: RefundClaim): Promise<Sale | null> {
  const taken = await takeClaim(context, claim);
  if (taken.ok) return taken.value;
  if (SILENT.has(taken.failure.code)) return null;
  context.onTrouble(taken.failure, await context.ledger.sales.get(context.signer.pubkey, claim.requestId));
  return null;
}

/** Claims that anybody can send, and those that come again after a restart. */
const SILENT: ReadonlySet<ClaimRefusal> = new Set([
  'no-such-sale',
  'not-the-customer',
  'nothing-due',
  'being-refunded',
]);

/** A sale that moved between our reading and our claiming it is read again this often. */
const MAX_READS = 5;

/**
 * Pays a claim: of the request's own author, for a sale whose money is owed, by an invoice over exactly what is
 * owed, or its price. A sale has one refund under way at most, and one that was refunded owes nothing. Comes back as committed;
 * where the payment stands is in its money state. Fails with a `ClaimRefusal`.
 */
export async function takeClaim(
  context: ProviderContext,
  claim: RefundClaim,
): Promise<Outcome<Sale, ClaimRefusal>> {
  const { wallet } = context;
  if (wallet === null) return failure('no-wallet', 'Without a wallet nothing is refunded.');
  for (let reads = 0; reads < MAX_READS; reads++) {
    const sale = await context.ledger.sales.get(context.signer.pubkey, claim.requestId);
    const owing = checkClaimant(sale, claim);
    if (!owing.ok) return owing;
    const payable = await checkAmount(context, owing.value, claim);
    if (!payable.ok) return payable;
    const started = await startRefund(context, wallet, owing.value, payable.value);
    if (started !== null) return success(started);
  }
  return failure('moved-meanwhile', 'The sale kept changing while the claim was looked at: send it again.');
}

function checkClaimant(sale: Sale | null, { authorPubkey }: RefundClaim): Outcome<Sale, ClaimRefusal> {
  if (sale === null) return failure('no-such-sale', 'Nothing was sold here for that request.');
  if (sale.customerPubkey !== authorPubkey)
    return failure('not-the-customer', 'Only the author of the request may claim its refund.');
  if (sale.money === 'refunding')
    return failure('being-refunded', 'The refund is being paid; another invoice is taken only if it fails.');
  if (sale.money !== 'refund-due' && sale.money !== 'unclaimed')
    return failure('nothing-due', 'No money is owed for that request.', { money: sale.money });
  return success(sale);
}

async function checkAmount(
  context: ProviderContext,
  sale: Sale,
  { bolt11 }: RefundClaim,
): Promise<Outcome<PayableRefund, ClaimRefusal>> {
  const due = await dueOf(context, sale);
  if (due === null) return failure('nothing-due', 'Nothing is booked that was paid for that request.');
  const { amountMsat } = due;
  const invoice = await checkRefundInvoice(context, { bolt11, amountMsat });
  if (invoice.ok) return success({ via: 'claim', amountMsat, ...invoice.value });
  const priceMsat = sale.quote?.amountMsat;
  if (invoice.failure.code !== 'wrong-amount' || priceMsat === undefined || priceMsat >= amountMsat)
    return invoice;
  // Strangers can zap a job as well: its customer claims what it paid itself, and the rest stays on the books.
  const ofPrice = await checkRefundInvoice(context, { bolt11, amountMsat: priceMsat });
  return ofPrice.ok ? success({ via: 'claim', amountMsat: priceMsat, ...ofPrice.value }) : ofPrice;
}
