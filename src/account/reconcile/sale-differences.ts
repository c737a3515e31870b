import {
  ALLOWED_PAIRS,
  mayMove,
  MONEY_MOVES,
  type Ledger,
  type MoneyState,
  type Sale,
  type SaleChange,
  type SaleReceipt,
} from '../../ledger/index.ts';
import type { PaymentRecord, Wallet } from '../../money/index.ts';
import type { Difference, DifferenceCode } from './difference.ts';
import { isGone, type WalletView } from './wallet-view.ts';

/** What sales are compared by. */
export interface SaleComparison {
  readonly ledger: Ledger;
  readonly wallet: Wallet;
  readonly view: WalletView;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Money states in which what is on record was really received. */
const RECEIVED: ReadonlySet<MoneyState> = new Set([
  'settled',
  'refund-due',
  'refunding',
  'refunded',
  'unclaimed',
]);

/** Everything on which books and wallet disagree about what a sale was paid. */
export async function saleDifferences(comparison: SaleComparison, sale: Sale): Promise<Difference[]> {
  if (RECEIVED.has(sale.money))
    return [...(await receiptDifferences(comparison, sale)), ...(await unbookedInvoice(comparison, sale))];
  const parked = sale.money === 'unreconciled' ? await parkedRefund(comparison, sale) : null;
  if (parked !== null) return [parked];
  const paymentHash = sale.quote?.paymentHash ?? null;
  if (paymentHash === null || sale.exchange === 'ecash-htlc') return [];
  const seen = await comparison.view.look(paymentHash, 'incoming');
  if (seen === 'silent') return [about(sale, 'wallet-silent', paymentHash)];
  const difference = isLocking(sale)
    ? await holdDifference(comparison, sale, seen)
    : plainDifference(comparison, sale, seen);
  return difference === null ? [] : [difference];
}

/** Whether it is paid by money that locks first. */
function isLocking({ exchange }: Sale): boolean {
  return exchange === 'hold' || exchange === 'reveal' || exchange === 'ecash-htlc';
}

/**
 * Money that came and is owed, of which a restored account cannot know whether it went back already: see
 * `parkRefunds`. What a lock of its own brought is another matter.
 */
async function parkedRefund({ ledger }: SaleComparison, sale: Sale): Promise<Difference | null> {
  const receipts = await ledger.sales.receipts(sale);
  const lockHash = isLocking(sale) ? sale.quote?.paymentHash : undefined;
  const receipt = receipts.find(({ paymentHash }) => paymentHash !== lockHash);
  return receipt === undefined ? null : about(sale, 'refund-parked', receipt.paymentHash, { serious: true });
}

/** A plain invoice is money as soon as it is paid. The provider goes on with work that waited for it. */
function plainDifference(
  comparison: SaleComparison,
  sale: Sale,
  record: PaymentRecord | null,
): Difference | null {
  if (record?.state !== 'settled') return null;
  const { paymentHash } = record;
  if (sale.work === 'accepted' || sale.work === 'ready')
    return about(sale, 'paid-awaits-provider', paymentHash);
  const isDelivered = sale.work === 'delivered' || sale.work === 'closed';
  return about(sale, 'late-payment', paymentHash, {
    repair: move(comparison, sale, {
      money: isDelivered ? 'settled' : 'refund-due',
      receipts: [receiptOf(record, comparison.now())],
    }),
  });
}

/** Held money is ours once it is taken, and goes back when its job ends without delivery. */
async function holdDifference(
  comparison: SaleComparison,
  sale: Sale,
  record: PaymentRecord | null,
): Promise<Difference | null> {
  const paymentHash = sale.quote?.paymentHash ?? '';
  const hasEnded = ['cancelled', 'expired', 'failed', 'closed'].includes(sale.work);
  if (record?.state === 'settled') return takenDifference(comparison, sale, record);
  if (record?.state === 'accepted') {
    if (sale.money === 'locked' && !hasEnded) return null; // as it should be
    if (sale.money === 'quoted' || sale.money === 'settling')
      return about(sale, 'paid-awaits-provider', paymentHash);
    return about(sale, 'held-after-end', paymentHash, { repair: giveBack(comparison, paymentHash) });
  }
  if (sale.money !== 'settling' && sale.money !== 'locked' && sale.money !== 'unreconciled') return null;
  if (record === null) return about(sale, 'hold-not-in-wallet', paymentHash, { serious: true });
  return isGone(record) ? about(sale, 'hold-lost', paymentHash, released(comparison, sale)) : null;
}

/** Only our preimage takes held money, and it is shown only for work that is public. */
function takenDifference(comparison: SaleComparison, sale: Sale, record: PaymentRecord): Difference {
  const receipts = [receiptOf(record, comparison.now())];
  const { paymentHash } = record;
  if ((sale.money === 'settling' || sale.money === 'unreconciled') && mayBe(sale, 'settled'))
    return about(sale, 'settling-done', paymentHash, {
      repair: move(comparison, sale, { money: 'settled', receipts }),
    });
  if (sale.money === 'unreconciled') return about(sale, 'taken-undelivered', paymentHash, { serious: true });
  return about(sale, 'taken-unbooked', paymentHash, {
    serious: true,
    ...(mayBe(sale, 'unreconciled')
      ? { repair: move(comparison, sale, { money: 'unreconciled', receipts }) }
      : {}),
  });
}

function released(comparison: SaleComparison, sale: Sale): Partial<Difference> {
  if (!mayBe(sale, 'released')) return {};
  const failure = {
    code: 'hold-lost',
    message: 'The hold ended before it was settled; the work was not paid.',
  };
  const change = { money: 'released' as const, ...(sale.failure === null ? { failure } : {}) };
  return { repair: move(comparison, sale, change) };
}

/** What the books have as received must be in the wallet; ecash is compared with its own. */
async function receiptDifferences({ ledger, view }: SaleComparison, sale: Sale): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const receipt of await ledger.sales.receipts(sale)) {
    if (receipt.via !== 'invoice' && receipt.via !== 'zap') continue;
    const seen = await view.recall(receipt.paymentHash, 'incoming');
    const code = receiptCode(receipt, seen);
    if (code !== null)
      differences.push(about(sale, code, receipt.paymentHash, { serious: code !== 'wallet-silent' }));
  }
  return differences;
}

/** A job that was paid by another rail can have its invoice paid as well, while no provider was listening. */
async function unbookedInvoice(comparison: SaleComparison, sale: Sale): Promise<Difference[]> {
  const { ledger, view } = comparison;
  const paymentHash = sale.quote?.paymentHash ?? null;
  if (paymentHash === null || isLocking(sale)) return [];
  const receipts = await ledger.sales.receipts(sale);
  if (receipts.some((receipt) => receipt.paymentHash === paymentHash)) return [];
  const seen = await view.recall(paymentHash, 'incoming');
  if (seen === 'silent') return [about(sale, 'wallet-silent', paymentHash)];
  if (seen?.state !== 'settled') return [];
  const receipt = receiptOf(seen, comparison.now());
  return [
    about(sale, 'paid-twice', paymentHash, { repair: move(comparison, sale, { receipts: [receipt] }) }),
  ];
}

function receiptCode(
  receipt: SaleReceipt,
  seen: Awaited<ReturnType<WalletView['look']>>,
): DifferenceCode | null {
  if (seen === 'silent') return 'wallet-silent';
  if (seen?.state !== 'settled') return 'receipt-not-in-wallet';
  return seen.amountMsat === receipt.amountMsat ? null : 'amount-differs';
}

function receiptOf({ paymentHash, amountMsat, settledAt }: PaymentRecord, now: number): SaleReceipt {
  return { paymentHash, via: 'invoice', amountMsat, receivedAt: settledAt ?? now };
}

function mayBe(sale: Sale, money: MoneyState): boolean {
  return mayMove(MONEY_MOVES, sale.money, money) && ALLOWED_PAIRS[sale.exchange][sale.work].includes(money);
}

/** A change of the sale as it was read: whoever moved it meanwhile has the last word. */
function move({ ledger }: SaleComparison, sale: Sale, change: SaleChange): () => Promise<boolean> {
  return async () => (await ledger.sales.change(sale, change)).ok;
}

function giveBack({ wallet, signal }: SaleComparison, paymentHash: string): () => Promise<boolean> {
  return async () => (await wallet.cancelHold({ paymentHash }, { signal })).ok;
}

function about(
  sale: Sale,
  code: DifferenceCode,
  paymentHash: string,
  more: Partial<Difference> = {},
): Difference {
  const { requestId, quote } = sale;
  return {
    code,
    subject: 'sale',
    requestId,
    paymentHash,
    amountMsat: quote?.amountMsat ?? null,
    serious: false,
    ...more,
  };
}
