import type { Sale } from '../../ledger/index.ts';
import { move, type ProviderContext } from '../context.ts';
import { askAddressForInvoice } from './address.ts';
import { dueOf, type Due } from './due.ts';
import { followEcashRefund, startEcashRefund } from './ecash.ts';
import { followRefund, startRefund } from './pay-refund.ts';
import { offerMessage } from './tell-customer.ts';

/** An address that gave no invoice is asked again after this; the pause grows with the age of the debt. */
const FIRST_RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 21_600;

/**
 * The stage of a sale whose money is `refund-due` or `refunding`: makes the next move towards giving back all that
 * was received for it, `null` to wait. What is owed goes to the customer in ecash where it takes nutzaps and we have
 * enough, else to its lightning address; otherwise the customer is told once, and its claim is waited for (see
 * `takeClaim`). The provider bears the fees. A debt that nobody came for in time is booked as `unclaimed`; a later
 * claim is paid all the same.
 */
export async function refund(context: ProviderContext, sale: Sale): Promise<Sale | null> {
  const isInEcash = sale.refund?.via === 'ecash';
  if (sale.money === 'refunding' && isInEcash) return followEcashRefund(context, sale);
  if (sale.money === 'refunding')
    return context.wallet === null ? null : followRefund(context, context.wallet, sale);
  if (sale.money !== 'refund-due') return null;
  const due = await dueOf(context, sale);
  if (due === null) return null;
  if (context.now() > due.claimUntil) return move(context, sale, { money: 'unclaimed' });
  const isAwaitingClaim = sale.refund !== null && sale.refund.bolt11 === null && !isInEcash;
  if (isAwaitingClaim && !mayAskAddress(context, sale, due)) return null;
  const inEcash = await startEcashRefund(context, sale, due);
  if (inEcash !== null || context.wallet === null) return inEcash;
  const invoice = await askAddressForInvoice(context, sale, due);
  if (invoice.ok && invoice.value !== null) {
    const payable = { via: 'lud16' as const, amountMsat: due.amountMsat, ...invoice.value };
    return startRefund(context, context.wallet, sale, payable);
  }
  if (!invoice.ok) context.onTrouble(invoice.failure, sale);
  return isAwaitingClaim ? move(context, sale, {}) : awaitClaim(context, sale, due); // notes when it was tried
}

/** Tells the customer what it may claim. A refund without an invoice is the note that it was told. */
async function awaitClaim(context: ProviderContext, sale: Sale, due: Due): Promise<Sale | null> {
  const { amountMsat } = due;
  return move(context, sale, {
    refund: { via: 'claim', amountMsat, bolt11: null, paymentHash: null, feePaidMsat: null },
    publish: [await offerMessage(context, sale, due)],
  });
}

function mayAskAddress(context: ProviderContext, sale: Sale, due: Due): boolean {
  if (context.resolveRefundInvoice === null) return false;
  const ageSeconds = sale.updatedAt - due.since;
  const pauseSeconds = Math.min(Math.max(ageSeconds, FIRST_RETRY_SECONDS), LONGEST_RETRY_SECONDS);
  return context.now() - sale.updatedAt >= pauseSeconds;
}
