import type { EcashWallet } from '../ecash/index.ts';
import { BALANCE_PURPOSES, type Ledger, type OutgoingPayment } from '../ledger/index.ts';
import { paymentKey, refundKey } from './ecash-journal.ts';
import { totalBooks, type BooksOf } from './books.ts';
import { allPurchases, allSales } from './pages.ts';

/**
 * What a wallet should hold by its books. What the books have set aside for a payment, or for a refund that is under
 * way, is still there until it is given.
 */
export async function bookedEcashMsat(books: BooksOf & { readonly ecash: EcashWallet }): Promise<bigint> {
  const totals = await totalBooks(books, () => undefined);
  return (totals.get('ecash') ?? 0n) + (await stillThereMsat(books));
}

async function stillThereMsat({
  ledger,
  ecash,
  pubkey,
}: BooksOf & { readonly ecash: EcashWallet }): Promise<bigint> {
  let there = 0n;
  for await (const { requestId } of allPurchases(ledger, pubkey))
    for (const payment of await openPayments(ledger, requestId)) {
      const key = paymentKey(payment);
      const given = await ecash.movement({ kind: 'send', key });
      const back = await ecash.movement({ kind: 'refund', key });
      there += payment.amountMsat + payment.feeLimitMsat;
      there += (back?.reclaimedMsat ?? 0n) - (given?.givenMsat ?? 0n);
    }
  for await (const sale of allSales(ledger, pubkey)) {
    if (sale.money !== 'refunding' || sale.refund?.via !== 'ecash') continue;
    const given = await ecash.movement({ kind: 'send', key: refundKey(sale) });
    if (given?.state !== 'done') there += sale.refund.amountMsat;
  }
  return there;
}

async function openPayments({ purchases }: Ledger, requestId: string): Promise<OutgoingPayment[]> {
  const payments = await purchases.payments(requestId);
  return payments.filter(
    ({ bolt11, state, purpose }) =>
      bolt11 === null && purpose !== BALANCE_PURPOSES.draw && (state === 'reserved' || state === 'in-flight'),
  );
}
