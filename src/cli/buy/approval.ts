import { createInterface } from 'node:readline/promises';
import type { Customer, OfferComparison, PurchaseHandle } from '../../customer/index.ts';
import { failure, formatSats, success, type Outcome } from '../../protocol/index.ts';
import { table, type Output } from '../output.ts';
import { offerRows, printOffers } from './offer-rows.ts';

/** Waits until the offers that are worth waiting for are here, or the purchase has ended. */
export async function awaitOffers(purchase: PurchaseHandle): Promise<OfferComparison> {
  for await (const update of purchase.events())
    if (update.type === 'awaiting-approval') return update.comparison;
  return purchase.comparison();
}

/**
 * Has a person choose one of the offers at the terminal. Without one the offers are printed and the purchase stays
 * open for `coinop take`: fails with `approval-needed`. Fails with `cancelled` where the person takes none.
 */
export async function chooseOffer(
  customer: Customer,
  comparison: OfferComparison,
  at: { readonly atTerminal: boolean; readonly output: Output; readonly signal: AbortSignal },
): Promise<Outcome<void>> {
  const { requestId, offers, choice } = comparison;
  if (offers.length === 0) return success(undefined); // the purchase ends by itself, and says why
  if (!at.atTerminal) {
    printOffers(comparison, at.output);
    return failure(
      'approval-needed',
      `Nothing is taken yet: \`coinop take ${requestId.slice(0, 12)} <offer> --max <sats>\` takes an offer, \`coinop cancel\` none.`,
      { requestId, suggested: choice?.offerId ?? null },
    );
  }
  const marked =
    Math.max(
      0,
      offers.findIndex(({ id }) => id === choice?.offerId),
    ) + 1;
  const rows = offerRows(comparison).map((row, index) => ({ ...row, '': offers[index] ? index + 1 : '' }));
  at.output.note(table(['', 'provider', 'sats', 'by', 'eta', 'paid→done', 'rated', 'risk'], rows));
  if (choice !== null) at.output.note(`Suggested: ${marked}, ${choice.why.join(', ')}.`);
  const answer = await ask(`Take which offer? [${marked}], or n for none: `, at.signal);
  const offer = offers[(answer === '' ? marked : Number(answer)) - 1];
  if (offer === undefined) {
    await customer.cancel(requestId);
    return failure('cancelled', 'No offer was taken, and nothing was spent.', { requestId });
  }
  const approved = await customer.approve(requestId, { offerId: offer.id, maxAmountMsat: offer.amountMsat });
  if (!approved.ok) return approved;
  at.output.note(`Taking the offer for ${formatSats(offer.amountMsat)}.`);
  return success(undefined);
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question, { signal })).trim();
  } catch (error) {
    if (signal.aborted) return 'n';
    throw error;
  } finally {
    lines.close();
  }
}
