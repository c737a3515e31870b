import { hearProvider } from './provider-messages.ts';
import { hasten, type RefundWatch } from './refund-watch.ts';
import type { CustomerContext, Run } from './run.ts';

/**
 * Hears what the chosen provider says in private about the refund of a purchase, on the relays of its request, until
 * the purchase ends. Each message that counts is noted, and a reason to look.
 */
export function hearRefundMessages(context: CustomerContext, run: Run, watch: RefundWatch): void {
  hearProvider(context, run, {
    relays: run.purchase.relays,
    signal: run.ended.signal,
    take: (message) => {
      if (message.type === 'refund-offer') watch.unansweredOffers += 1;
      else if (message.type === 'refund-paid') watch.paidHashes.add(message.paymentHash);
      else return false;
      hasten(watch);
      run.stepper.poke();
      return true;
    },
  });
}
