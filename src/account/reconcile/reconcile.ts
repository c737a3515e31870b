import type { EcashWallet } from '../../ecash/index.ts';
import {
  BALANCE_PURPOSES,
  type ClientBooks,
  type Ledger,
  type OutgoingPayment,
  type Purchase,
  type PurchaseState,
  type Sale,
} from '../../ledger/index.ts';
import type { Wallet, WalletFailureCode } from '../../money/index.ts';
import { success, type Outcome } from '../../protocol/index.ts';
import { bookedEcashMsat } from '../ecash-sum.ts';
import { allPayments, allPurchases, allSales, creditedTopUps } from '../pages.ts';
import { openTopUpDifferences, topUpDifferences } from './balance-differences.ts';
import { clientDifferences } from './client-differences.ts';
import { EXPLANATIONS, type Difference, type Finding, type Standing } from './difference.ts';
import {
  ecashPaymentDifferences,
  ecashSaleDifferences,
  mintDifferences,
  movementDifferences,
  sumDifference,
  unfinishedEcash,
  type EcashComparison,
} from './ecash-differences.ts';
import { claimDifferences, paymentDifferences } from './payment-differences.ts';
import { refundDifferences } from './refund-differences.ts';
import { saleDifferences } from './sale-differences.ts';
import { viewWallet, type WalletView } from './wallet-view.ts';

/** Whose books are compared with which wallet. */
export interface ReconcileOptions {
  readonly ledger: Ledger;
  readonly wallet: Wallet;
  /** Compared with its mints, and with the books; `null` where no mint is trusted. */
  readonly ecash: EcashWallet | null;
  /** Of the gateway that uses the same account and wallet, where there is one. */
  readonly clients?: ClientBooks | undefined;
  /** Books of others that share the wallet: a payment that is theirs is not unknown. */
  readonly otherBooks?: readonly Ledger[];
  /** Both what it sold and what it bought. */
  readonly pubkey: string;
  /** Changes nothing, and says what would be changed. */
  readonly dryRun: boolean;
  /** What ended before is not looked at again, unix seconds. */
  readonly since: number;
  /** Told of each difference as it is found. */
  readonly onFinding: (finding: Finding) => void;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** How much was compared, and how many findings there were of each standing. */
export interface Reconciliation extends Readonly<Record<Standing, number>> {
  readonly sales: number;
  readonly purchases: number;
  readonly payments: number;
}

/**
 * Compares the books with the wallet: every sale, refund, purchase and payment that is open or ended since then,
 * and what the wallet lists and the books do not know; then the ecash, with the books and with its mints. Explains each difference, and repairs those that are safe
 * to: what the wallet proves is booked, what was certainly not sent is released. Every repair changes only what
 * was read, so a provider or customer that runs meanwhile is not disturbed; repeating it changes nothing more.
 * Fails with the wallet's code when it answers nothing; rejects when the signal aborts.
 */
export async function reconcile(
  options: ReconcileOptions,
): Promise<Outcome<Reconciliation, WalletFailureCode>> {
  const { ledger, wallet, ecash, clients, pubkey, since, signal, now } = options;
  const viewed = await viewWallet(wallet, since, signal);
  if (!viewed.ok) return viewed;
  const view = viewed.value;
  const tally = { sales: 0, purchases: 0, payments: 0, repaired: 0, repairable: 0, open: 0, serious: 0 };
  const settleAll = async (differences: readonly Difference[]) => {
    for (const difference of differences) tally[await settle(options, difference)] += 1;
  };

  const inEcash = ecash === null ? null : { ledger, ecash, now, signal };
  if (inEcash !== null) await settleAll(await unfinishedEcash(inEcash));
  const sales = { ledger, wallet, view, now, signal };
  for await (const { requestId, updatedAt, ...sale } of allSales(ledger, pubkey)) {
    if (updatedAt < since && isLongClosed(sale)) continue;
    tally.sales += 1;
    const read = () => ledger.sales.get(pubkey, requestId);
    await settleAll(await steadyDifferences(read, (current) => saleDifferences(sales, current)));
    await settleAll(await steadyDifferences(read, (current) => refundDifferences(sales, current)));
    if (inEcash !== null)
      await settleAll(await steadyDifferences(read, (current) => ecashSaleDifferences(inEcash, current)));
  }
  const payments = { ledger, view, ecash, now };
  for await (const { requestId, state, updatedAt } of allPurchases(ledger, pubkey)) {
    const isCompared = updatedAt >= since || !isEnded(state);
    if (isCompared) tally.purchases += 1;
    const read = () => ledger.purchases.get(requestId);
    for (const payment of await ledger.purchases.payments(requestId)) {
      if (isOld(payment, since)) continue;
      tally.payments += 1;
      const compare = async (purchase: Purchase) => {
        const current = await ledger.purchases.payment(payment.paymentHash);
        if (current === null) return [];
        if (current.purpose === BALANCE_PURPOSES.draw) return []; // no wallet has part in it
        if (current.bolt11 !== null) return paymentDifferences(payments, current, purchase);
        return inEcash === null ? [] : ecashPaymentDifferences(inEcash, current, purchase);
      };
      await settleAll(await steadyDifferences(read, compare));
    }
    if (isCompared)
      await settleAll(await steadyDifferences(read, (purchase) => claimDifferences(payments, purchase)));
  }
  for await (const payment of allPayments(ledger, pubkey)) {
    if (payment.requestId !== null || isOld(payment, since)) continue;
    tally.payments += 1;
    await settleAll(await paymentDifferences(payments, payment, null));
  }
  for await (const topUp of creditedTopUps(ledger, pubkey)) {
    if (topUp.updatedAt < since) continue;
    tally.payments += 1;
    await settleAll(await topUpDifferences(view, topUp));
  }
  await settleAll(await openTopUpDifferences(ledger, view, pubkey));
  for await (const receipt of clients?.receipts() ?? []) {
    if (receipt.updatedAt < since) continue;
    tally.payments += 1;
    await settleAll(await clientDifferences(view, receipt));
  }
  const hashesOfEcash = inEcash === null ? NO_HASHES : await compareEcash(inEcash, view, options, settleAll);
  await settleAll(await unknownPayments(options, view, hashesOfEcash));
  return success(tally);
}

const NO_HASHES: ReadonlySet<string> = new Set();

/** Compares what is no job's, each mint, and the sum of it all; returns the hashes of what was bought and melted. */
async function compareEcash(
  comparison: EcashComparison,
  view: WalletView,
  { since, pubkey }: ReconcileOptions,
  settleAll: (differences: readonly Difference[]) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const { ledger, ecash } = comparison;
  const hashes = new Set<string>();
  for await (const movement of ecash.movements()) {
    if (movement.paymentHash !== null) hashes.add(movement.paymentHash);
    if (movement.createdAt >= since) await settleAll(await movementDifferences(comparison, view, movement));
  }
  await settleAll(await mintDifferences(comparison));
  const differs = await sumDifference(ecash, () => bookedEcashMsat({ ledger, ecash, pubkey }));
  if (differs !== null) await settleAll([differs]);
  return hashes;
}

/** A row that moves while the wallet is asked is compared anew; one that keeps moving is in good hands. */
const MAX_COMPARISONS = 3;

/** The differences of a row that did not move while they were found. */
async function steadyDifferences<Row extends { readonly version: number }>(
  read: () => Promise<Row | null>,
  compare: (row: Row) => Promise<Difference[]>,
): Promise<Difference[]> {
  for (let comparisons = 0; comparisons < MAX_COMPARISONS; comparisons++) {
    const row = await read();
    if (row === null) return [];
    const differences = await compare(row);
    if (differences.length === 0 || (await read())?.version === row.version) return differences;
  }
  return [];
}

/** Repairs it if that is possible and wanted, and tells of it. */
async function settle(
  { dryRun, onFinding }: ReconcileOptions,
  { repair, serious, ...difference }: Difference,
): Promise<Standing> {
  const repaired = repair !== undefined && !dryRun && (await repair());
  const standing = standingOf({ repaired, serious, couldBe: repair !== undefined && dryRun });
  onFinding({ ...difference, standing, explanation: EXPLANATIONS[difference.code] });
  return standing;
}

/** What contradicts itself stays serious, even when the books now say so. */
function standingOf(of: { repaired: boolean; serious: boolean; couldBe: boolean }): Standing {
  if (of.serious) return 'serious';
  if (of.repaired) return 'repaired';
  return of.couldBe ? 'repairable' : 'open';
}

/** Money that moved through the wallet and is nowhere in the books; other programs may share the wallet. */
async function unknownPayments(
  { ledger, otherBooks = [], clients }: ReconcileOptions,
  { listed }: WalletView,
  hashesOfEcash: ReadonlySet<string>,
): Promise<Difference[]> {
  const unknown: Difference[] = [];
  for (const { paymentHash, direction, state, amountMsat } of listed) {
    const hasMoved =
      state === 'settled' || state === 'accepted' || (state === 'pending' && direction === 'outgoing');
    if (!hasMoved || hashesOfEcash.has(paymentHash)) continue;
    if (await isKnown([ledger, ...otherBooks], paymentHash)) continue;
    const client = direction === 'incoming' ? await clients?.find(paymentHash) : null;
    if (client === 'booked') continue;
    const known = client === 'awaited' ? 'paid-awaits-gateway' : 'unknown-incoming';
    const code = direction === 'incoming' ? known : 'unknown-outgoing';
    unknown.push({ code, subject: 'wallet', requestId: null, paymentHash, amountMsat, serious: false });
  }
  return unknown;
}

async function isKnown(books: readonly Ledger[], paymentHash: string): Promise<boolean> {
  for (const { sales, purchases, balances, prepaid } of books)
    if (
      (await purchases.payment(paymentHash)) !== null ||
      (await sales.byPaymentHash(paymentHash)) !== null ||
      (await purchases.byRefund(paymentHash)) !== null ||
      (await balances.topUp(paymentHash)) !== null ||
      (await prepaid.withdrawal(paymentHash)) !== null
    )
      return true;
  return false;
}

function isLongClosed({ work, money }: Pick<Sale, 'work' | 'money'>): boolean {
  const isOver = ['refused', 'closed', 'cancelled', 'expired', 'failed'].includes(work);
  return isOver && ['none', 'settled', 'lapsed', 'released', 'refunded', 'unclaimed'].includes(money);
}

function isEnded(state: PurchaseState): boolean {
  return ['received', 'reviewed', 'no-offer', 'cancelled', 'over-budget', 'refunded'].includes(state);
}

function isOld({ state, updatedAt }: OutgoingPayment, since: number): boolean {
  return (state === 'settled' || state === 'failed') && updatedAt < since;
}
