import type { Ledger, Sale } from '../../ledger/index.ts';
import { lookupDirection, type Wallet } from '../../money/index.ts';
import { success, type Outcome } from '../../protocol/index.ts';
import { EXPLANATIONS, type Finding } from '../reconcile/difference.ts';
import { owedForSale } from '../owed.ts';
import { owingSales } from '../pages.ts';

/** Whose refunds are parked, and the wallet that would pay them. */
export interface ParkOptions {
  readonly ledger: Ledger;
  readonly wallet: Wallet;
  readonly pubkey: string;
  /** Told of each refund that is parked. */
  readonly onFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** What is owed, and what would be paid by itself or to whoever claims it. */
const PAYABLE: ReadonlySet<Sale['money']> = new Set(['refund-due', 'refunding', 'unclaimed']);

/**
 * Sets aside the refunds that a restored account owes: the machine that made the backup may have paid them since, by
 * invoices that the backup does not know. They stay on the books as owed, for a person to look into. A refund whose
 * one invoice the wallet shows as paid or on its way goes on. Fails with the wallet's codes while it does not answer.
 */
export async function parkRefunds(options: ParkOptions): Promise<Outcome<void>> {
  const { ledger, pubkey, onFinding } = options;
  for await (const sale of owingSales(ledger, pubkey)) {
    if (!PAYABLE.has(sale.money)) continue;
    const goesOn = await isBeingPaid(options, sale);
    if (!goesOn.ok) return goesOn;
    if (goesOn.value) continue;
    // What was paid on top of the price of delivered work is all that is left of it.
    const work = sale.work === 'delivered' ? 'closed' : sale.work;
    const parked = await ledger.sales.change(sale, { work, money: 'unreconciled' });
    if (!parked.ok) return parked;
    onFinding(await findingOf(ledger, parked.value));
  }
  return success(undefined);
}

async function isBeingPaid(
  { wallet, signal }: ParkOptions,
  { money, refund }: Sale,
): Promise<Outcome<boolean>> {
  const paymentHash = refund?.paymentHash ?? null;
  if (money !== 'refunding' || paymentHash === null) return success(false);
  const seen = await lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, { signal });
  if (!seen.ok) return seen;
  return success(seen.value?.state === 'pending' || seen.value?.state === 'settled');
}

async function findingOf(ledger: Ledger, sale: Sale): Promise<Finding> {
  const [receipt] = await ledger.sales.receipts(sale);
  return {
    code: 'refund-parked',
    subject: 'refund',
    requestId: sale.requestId,
    paymentHash: receipt?.paymentHash ?? '',
    amountMsat: await owedForSale(ledger, sale),
    standing: 'serious',
    explanation: EXPLANATIONS['refund-parked'],
  };
}
