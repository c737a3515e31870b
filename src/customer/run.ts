import type {
  Checkpoint,
  ChosenOffer,
  Ledger,
  Purchase,
  PurchaseChange,
  PurchaseState,
  SpendingCaps,
} from '../ledger/index.ts';
import type { Signer } from '../keys/index.ts';
import type { LightningNetwork } from '../money/index.ts';
import type { Failure, JobRequest, Outcome } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { PayingWallet } from './absent-wallet.ts';
import type { BuyingPolicy } from './buying-policy.ts';
import type { PurchaseUpdate } from './contract.ts';
import type { EcashPurse } from './ecash-purse.ts';
import type { OfferFailureCode, PurchaseFailureCode } from './errors.ts';
import type { OfferBook } from './offer-book.ts';
import type { EcashWatch } from './ecash-watch.ts';
import { keepLateProof } from './late-proof.ts';
import { noteBooked, type PaymentWatch } from './payment-watch.ts';
import type { KnownSellers, ProviderRecords } from './provider-records.ts';
import type { RefundWatch } from './refund-watch.ts';
import type { FileSource, FileWatch } from './received-file.ts';
import type { Stepper } from './stepper.ts';
import type { UpdateFeed } from './updates.ts';
import type { LookupBlockHeader } from './verify-result/evidence.ts';
import type { ResultVerdict } from './verify-result/verdict.ts';
import { isWithdrawnAt, signCancellation } from './withdrawal.ts';
import type { ZapInvoices } from './zap-port.ts';
import type { Receipt } from './wish.ts';

/** What every stage of a purchase works with. */
export interface CustomerContext {
  readonly signer: Signer;
  readonly ledger: Ledger;
  readonly wallet: PayingWallet;
  /** Whether there is a wallet at all. */
  readonly canPay: boolean;
  readonly relays: RelayPool;
  /** Relays that requests are sent to and answers are awaited on. */
  readonly relayUrls: readonly string[];
  readonly caps: SpendingCaps;
  /** The lightning address (LUD-16) that requests name for refunds; `null` has refunds claimed. */
  readonly refundLud16: string | null;
  /** `null` pays no zaps. */
  readonly zapInvoices: ZapInvoices | null;
  /** `null` pays nothing in ecash. */
  readonly ecash: EcashPurse | null;
  /** `null` fetches no files: results that are files are handed over as they are written. */
  readonly files: FileSource | null;
  readonly records: ProviderRecords;
  readonly knownSellers: KnownSellers;
  /** `null` leaves it open whether a timestamp is in the Bitcoin chain. */
  readonly lookupBlockHeader: LookupBlockHeader | null;
  /** Unix seconds. */
  readonly now: () => number;
  readonly checkpoint: Checkpoint;
  /** Told of every committed move of a purchase. */
  readonly onChange: (purchase: Purchase) => void;
  /** Told of trouble that no provider caused: a silent wallet, a full disk. */
  readonly onTrouble: (trouble: Failure, purchase: Purchase | null) => void;
  /** The network of the wallet once it has said so. */
  readonly network: () => LightningNetwork | null;
  /** Aborts when the customer closes. */
  readonly signal: AbortSignal;
}

/** How an offer was checked, and under which circumstances (time, wallet, what its provider said besides). */
export interface OfferCheck {
  readonly asOf: string;
  readonly outcome: Outcome<ChosenOffer, OfferFailureCode>;
}

/** One purchase being followed. Everything but `purchase` may be lost in a crash and is learnt again. */
export interface Run {
  readonly request: JobRequest;
  /** That of whoever asked for the purchase last in this process. */
  policy: BuyingPolicy;
  readonly book: OfferBook;
  readonly updates: UpdateFeed;
  readonly stepper: Stepper;
  readonly outcome: PromiseWithResolvers<Outcome<Receipt, PurchaseFailureCode>>;
  /** Aborts when nothing more can happen to the purchase, or the customer closes. */
  readonly ended: AbortController;
  /** As last read from the ledger. */
  purchase: Purchase;
  /** What is known of the chosen offer's payment; `null` before there is one. */
  payment: PaymentWatch | null;
  /** The same where it is paid in ecash. */
  ecash: EcashWatch | null;
  /** When the first eligible offer was seen and when the current one was taken, by the process's own clock. */
  firstOfferAtMs: number | null;
  chosenAtMs: number;
  /** Since when nobody who is expected may still offer anything, by the same clock; `null` while somebody may. */
  nothingLeftAtMs: number | null;
  /** Approval was asked for. */
  asked: boolean;
  /** So many offers were told to be left aside by the policy. */
  toldLeft: number;
  /** Resolves when the relays have told what they had stored when this process began to follow the purchase. */
  caughtUp: Promise<void>;
  /** Ids of the offers that were taken so far; none is taken twice, unless somebody approves it anew. */
  readonly tried: Set<string>;
  /** The payment hash of the offer that was approved last in this process: its payment may be made although it failed before. */
  approvedHash: string | null;
  /** The last check of each standing offer, by its id. */
  checks: ReadonlyMap<string, OfferCheck>;
  /** When the content came while its payment was still open. */
  receivedAtMs: number | null;
  /** What the checks of the result say, or will; `null` before there is one. */
  verdict: Promise<ResultVerdict> | null;
  /** What is known of the file that its result is; `null` while there is none. */
  file: FileWatch | null;
  /** What is known of a refund; `null` before one is sought. */
  refund: RefundWatch | null;
}

/** Tells the followers of a purchase. */
export function tell(context: CustomerContext, run: Run, update: UpdateBody): void {
  run.updates.push({ at: context.now(), ...update });
}

/** `Omit` over each member of the union. */
type UpdateBody = PurchaseUpdate extends infer Update
  ? Update extends PurchaseUpdate
    ? Omit<Update, 'at'>
    : never
  : never;

/**
 * Commits a move and tells of it. `false` when another process moved the purchase first: it was read again, and
 * the next step decides anew. A move that the state table forbids is a bug and throws.
 */
export async function move(context: CustomerContext, run: Run, change: PurchaseChange): Promise<boolean> {
  const moved = await context.ledger.purchases.change(run.purchase, change);
  if (moved.ok) {
    tellMoved(context, run, moved.value);
    return true;
  }
  if (moved.failure.code === 'illegal-move') throw illegalMove(run, moved.failure);
  await readAgain(context, run);
  return false;
}

/** Takes over a purchase as the ledger has just committed it, and tells of it. */
export function tellMoved(context: CustomerContext, run: Run, purchase: Purchase): void {
  run.purchase = purchase;
  context.onChange(purchase);
  tell(context, run, { type: 'state', state: purchase.state, purchase });
}

/**
 * Another process moved the purchase: what it did, to the payment as well, is read again. What we know of our own
 * calls for the same payment still counts.
 */
export async function readAgain(context: CustomerContext, run: Run): Promise<void> {
  const current = await context.ledger.purchases.get(run.purchase.requestId);
  if (current === null) throw new Error(`Purchase ${run.purchase.requestId} is gone from the ledger.`);
  run.purchase = current;
  run.ecash = null;
  const watch = run.payment;
  if (watch === null) return;
  const booked = await context.ledger.purchases.payment(watch.paymentHash);
  if (booked !== null) noteBooked(watch, booked);
  if (current.offer?.paymentHash !== watch.paymentHash) run.payment = null;
  if (watch.proof !== null) await keepLateProof(context, current, watch.paymentHash, watch.proof);
}

/** The stages and the state table disagree: a bug. */
export function illegalMove(run: Run, { message }: Failure): Error {
  return new Error(`Purchase ${run.purchase.requestId} is ${run.purchase.state}: ${message}`);
}

/** The offer that was chosen; from `offered` on there always is one. */
export function chosenOffer(run: Run): ChosenOffer {
  const { offer, requestId, state } = run.purchase;
  if (offer === null) throw new Error(`Purchase ${requestId} is ${state} without an offer.`);
  return offer;
}

/** Books the result, together with the offer that it fulfils where that was not booked before. */
export async function receive(
  context: CustomerContext,
  run: Run,
  delivery: Required<Pick<PurchaseChange, 'result'>> & Pick<PurchaseChange, 'offer'>,
): Promise<boolean> {
  context.checkpoint('customer:result-seen');
  const moved = await move(context, run, { ...delivery, state: 'received' });
  if (moved) context.checkpoint('customer:after-received');
  return moved;
}

/**
 * Ends a purchase without a receipt, with the reason for its follower. A step of a job that was not paid is withdrawn, so
 * that it can be asked for again at once.
 */
export async function end(
  context: CustomerContext,
  run: Run,
  state: Extract<PurchaseState, 'no-offer' | 'expired' | 'over-budget' | 'refunded' | 'undelivered'>,
  reason: Failure<PurchaseFailureCode>,
  change: PurchaseChange = {},
): Promise<boolean> {
  const withdrawn = isWithdrawnAt(state, run.purchase)
    ? { publish: [await signCancellation(context, run.purchase, '')] }
    : {};
  return move(context, run, { ...change, ...withdrawn, state, failure: reason });
}
