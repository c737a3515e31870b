import type { Sale, SaleReceipt } from '../sales.ts';
import type { MoneyState } from '../states.ts';
import { journalOfDraw } from './balance-journal.ts';
import { entries, transfer, type JournalEntry } from './entries.ts';

/** What does not come through the Lightning wallet. */
const IN_ECASH: ReadonlySet<SaleReceipt['via']> = new Set(['ecash', 'nutzap']);

/** Nobody knows yet where money that was locked for us will end. */
const STILL_HELD: ReadonlySet<MoneyState> = new Set(['locked', 'settling']);

/**
 * The double-entry view of what a sale did to our money, from its state and its receipts. Money that locked is
 * held, money that came is owed to the customer until its work is delivered, and what came above the price stays
 * owed, as is what of the price it gives back. The provider bears the routing fee of a refund. Ecash comes to, and goes from, an account of its own.
 */
export function journalOfSale(sale: Sale, receipts: readonly SaleReceipt[]): JournalEntry[] {
  const isDrawn = sale.exchange === 'balance';
  const quotedMsat = isDrawn ? 0n : (sale.quote?.amountMsat ?? 0n); // what came beside a draw is all owed
  const heldMsat = sale.lockedAt === null ? 0n : quotedMsat;
  const receivedMsat = receipts.reduce<bigint>((sum, { amountMsat }) => sum + amountMsat, 0n);
  const drawn = isDrawn ? journalOfDraw(sale) : [];
  const received = entries(
    transfer('held', heldMsat, 'owed-to-customers', 'held'),
    STILL_HELD.has(sale.money) ? null : transfer('hold-ended', heldMsat, 'held', 'owed-to-customers'),
    ...receipts.map(({ amountMsat, via }) =>
      transfer('received', amountMsat, 'owed-to-customers', IN_ECASH.has(via) ? 'ecash' : 'wallet'),
    ),
    transfer('earned', earnedOf(sale, receivedMsat, quotedMsat), 'earned', 'owed-to-customers'),
    transfer('given-back', givenBackOf(sale), 'owed-to-customers', 'earned'),
    ...refundEntries(sale),
  );
  return [...drawn, ...received];
}

/** What of the received money is ours: the price of what was delivered, or what the terms keep of cancelled work. */
function earnedOf({ work, money }: Sale, receivedMsat: bigint, priceMsat: bigint): bigint {
  if (work === 'cancelled' && money === 'settled') return receivedMsat;
  if (work !== 'delivered' && work !== 'closed') return 0n;
  return receivedMsat < priceMsat ? receivedMsat : priceMsat;
}

/** What of the price is owed again because the provider gives it back. */
function givenBackOf({ work, money, goodwill }: Sale): bigint {
  const isKept = money === 'settled' || (work !== 'delivered' && work !== 'closed');
  return isKept ? 0n : (goodwill?.amountMsat ?? 0n);
}

function refundEntries({ money, refund }: Sale): (JournalEntry | null)[] {
  if (refund === null || (money !== 'refunding' && money !== 'refunded')) return [];
  const from = refund.via === 'ecash' ? 'ecash' : 'wallet';
  const sent = transfer('refund-sent', refund.amountMsat, from, 'on-its-way');
  if (money === 'refunding') return [sent];
  return [
    sent,
    transfer('refunded', refund.amountMsat, 'on-its-way', 'owed-to-customers'),
    transfer('refunded', refund.feePaidMsat ?? 0n, 'wallet', 'routing-fees'),
  ];
}
