import type { EcashMovement, EcashWallet } from '../../ecash/index.ts';
import {
  ALLOWED_PAIRS,
  mayMove,
  MONEY_MOVES,
  type Ledger,
  type OutgoingPayment,
  type Purchase,
  type Sale,
  type SaleReceipt,
} from '../../ledger/index.ts';
import { isPreimageOf, msat, type Msat } from '../../protocol/index.ts';
import { paymentKey, receiptKey, refundKey } from '../ecash-journal.ts';
import type { Difference, DifferenceCode } from './difference.ts';
import type { WalletView } from './wallet-view.ts';

/** What ecash is compared by. */
export interface EcashComparison {
  readonly ledger: Ledger;
  readonly ecash: EcashWallet;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** On what the books of a sale and its ecash disagree: what was taken in for it, and what was given back. */
export async function ecashSaleDifferences(comparison: EcashComparison, sale: Sale): Promise<Difference[]> {
  const { ledger, ecash } = comparison;
  const receipts = await ledger.sales.receipts(sale);
  const differences: Difference[] = [];
  for (const receipt of receipts) {
    if (receipt.via !== 'ecash' && receipt.via !== 'nutzap') continue;
    const taken = await ecash.movement({ kind: 'redeem', key: receiptKey(sale, receipt) });
    if (taken?.state !== 'done') differences.push(aboutSale(sale, 'receipt-not-in-wallet', receipt));
    else if (taken.madeMsat !== receipt.amountMsat)
      differences.push(aboutSale(sale, 'amount-differs', receipt));
  }
  if (sale.money === 'settling' && sale.exchange === 'ecash-htlc')
    differences.push(...(await redeemedUnbooked(comparison, sale)));
  if (sale.money === 'refunded' && sale.refund?.via === 'ecash') {
    const given = await ecash.movement({ kind: 'send', key: refundKey(sale) });
    if (given?.state !== 'done')
      differences.push({ ...aboutJob(sale, 'refund-not-in-wallet', sale.refund.amountMsat), serious: true });
  }
  return differences;
}

/** The swap was completed, and we died before it was booked. */
async function redeemedUnbooked({ ledger, ecash, now }: EcashComparison, sale: Sale): Promise<Difference[]> {
  const taken = await ecash.movement({ kind: 'redeem', key: `sale ${sale.requestId}` });
  const paymentHash = sale.quote?.paymentHash;
  const mayBe = mayMove(MONEY_MOVES, sale.money, 'settled');
  if (taken?.state !== 'done' || !paymentHash || !mayBe) return [];
  if (!ALLOWED_PAIRS[sale.exchange][sale.work].includes('settled')) return [];
  const receipt = { paymentHash, via: 'ecash', amountMsat: taken.madeMsat, receivedAt: now() } as const;
  const repair = async () => (await ledger.sales.change(sale, { money: 'settled', receipts: [receipt] })).ok;
  return [{ ...aboutJob(sale, 'settling-done', taken.madeMsat), paymentHash, repair }];
}

/** On what the books of a payment and its ecash disagree. */
export async function ecashPaymentDifferences(
  { ledger, ecash, now, signal }: EcashComparison,
  payment: OutgoingPayment,
  purchase: Purchase,
): Promise<Difference[]> {
  const { state, paymentHash, amountMsat, requestId } = payment;
  const about = (code: DifferenceCode, more: Partial<Difference> = {}): Difference[] => [
    { code, subject: 'payment', requestId, paymentHash, amountMsat, serious: false, ...more },
  ];
  const key = paymentKey(payment);
  const given = await ecash.movement({ kind: 'send', key });
  if (state === 'reserved') return []; // `coinop resume` goes on with it, under the same key
  if (state === 'settled')
    return given?.state === 'done' ? [] : about('paid-not-in-wallet', { serious: true });
  const back = await ecash.movement({ kind: 'refund', key });
  const isBack = back?.state === 'done';
  if (state === 'failed')
    return given?.state !== 'done' || isBack ? [] : about('ecash-left-out', { serious: true });
  if (isBack) {
    const failure = { code: 'refunded', message: 'The locked ecash was taken back.' };
    const change =
      purchase.result === null ? ({ state: 'refunded', failure } as const) : ({ state: 'received' } as const);
    const repair = async () => (await ledger.purchases.change(purchase, { ...change, payment: 'failed' })).ok;
    return about('lock-taken-back', { repair });
  }
  if (given?.state !== 'done') return about('payment-forgotten', { serious: true });
  const standing = await ecash.lookupSent({ key }, { signal });
  if (!standing.ok) return about('mint-silent');
  const { preimage } = standing.value;
  if (preimage !== null && isPreimageOf(preimage, paymentHash)) {
    const change = { state: purchase.result === null ? 'paid' : 'received', preimage } as const;
    const repair = async () =>
      (await ledger.purchases.change(purchase, { ...change, payment: 'settled' })).ok;
    return about('payment-settled', { repair });
  }
  const isOverdue = now() > purchase.deadlineAt && standing.value.state === 'unspent';
  return isOverdue ? about('lock-still-out') : [];
}

/** Operations that a crash or a silent mint left open; repairing asks their mints again. */
export async function unfinishedEcash({ ecash, signal }: EcashComparison): Promise<Difference[]> {
  const differences: Difference[] = [];
  for await (const { kind, key, state, amountMsat } of ecash.movements()) {
    if (state !== 'open') continue;
    const repair = async () => {
      await ecash.resume({ signal });
      return (await ecash.movement({ kind, key }))?.state !== 'open';
    };
    differences.push({ ...aboutEcash('ecash-unfinished', `${kind} ${key}`, amountMsat), repair });
  }
  return differences;
}

/** On what an operation and the Lightning wallet, or the books of jobs, disagree. */
export async function movementDifferences(
  { ledger }: EcashComparison,
  view: WalletView,
  movement: EcashMovement,
): Promise<Difference[]> {
  const { kind, key, state, paymentHash, amountMsat, madeMsat, routingFeeMsat } = movement;
  if (state !== 'done') return [];
  if (kind === 'redeem' && key.startsWith('nutzap ')) {
    const [, eventId = ''] = key.split(' ');
    const isBooked = (await ledger.sales.byPaymentHash(eventId)) !== null;
    const isReturned = movement.about !== null && (await ledger.purchases.get(movement.about)) !== null;
    return isBooked || isReturned ? [] : [aboutEcash('ecash-unbooked', eventId, madeMsat)];
  }
  if (kind !== 'mint' || paymentHash === null) return [];
  const seen = await view.recall(paymentHash, 'outgoing');
  if (seen === 'silent') return [aboutEcash('wallet-silent', paymentHash, amountMsat)];
  if (seen?.state !== 'settled')
    return [{ ...aboutEcash('paid-not-in-wallet', paymentHash, amountMsat), serious: true }];
  const isAgreed = routingFeeMsat === null || routingFeeMsat === seen.feePaidMsat;
  return isAgreed ? [] : [{ ...aboutEcash('fee-differs', paymentHash, amountMsat), serious: true }];
}

/** On what the books and the mints disagree, by the word of each mint. */
export async function mintDifferences({ ecash, signal }: EcashComparison): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { mintUrl, freeMsat } of await ecash.holdings()) {
    const audited = await ecash.audit({ mintUrl }, { signal });
    if (!audited.ok) differences.push({ ...aboutEcash('mint-silent', '', freeMsat), mintUrl });
    else if (audited.value.spentMsat > 0n)
      differences.push({
        ...aboutEcash('ecash-spent-elsewhere', '', audited.value.spentMsat),
        mintUrl,
        serious: true,
        repair: async () => (await ecash.dropSpent({ mintUrl }, { signal })).ok,
      });
  }
  return differences;
}

function aboutEcash(code: DifferenceCode, paymentHash: string, amountMsat: Msat): Difference {
  return { code, subject: 'ecash', requestId: null, paymentHash, amountMsat, serious: false };
}

function aboutSale(sale: Sale, code: DifferenceCode, receipt: SaleReceipt): Difference {
  const { paymentHash, amountMsat } = receipt;
  return { ...aboutJob(sale, code, amountMsat), paymentHash, serious: true };
}

function aboutJob({ requestId, quote }: Sale, code: DifferenceCode, amountMsat: Msat): Difference {
  const paymentHash = quote?.paymentHash ?? '';
  return { code, subject: 'sale', requestId, paymentHash, amountMsat, serious: false };
}

/** The books of ecash are steady when nothing was added or taken while they were summed; so often it is tried. */
const MAX_SUMS = 3;

/**
 * Whether all that the books say of ecash makes what the wallet holds. `booked` sums up the books; `null` while
 * something of them moves.
 */
export async function sumDifference(
  ecash: EcashWallet,
  booked: () => Promise<bigint>,
): Promise<Difference | null> {
  const held = async () =>
    (await ecash.holdings()).reduce((sum, { freeMsat, heldMsat }) => sum + freeMsat + heldMsat, 0n);
  for (let sums = 0; sums < MAX_SUMS; sums++) {
    const before = await held();
    const sum = await booked();
    if (sum === before) return null;
    if ((await held()) !== before) continue;
    const amountMsat = msat(sum > before ? sum - before : before - sum);
    return { ...aboutEcash('ecash-differs', '', amountMsat), serious: true };
  }
  return null;
}
