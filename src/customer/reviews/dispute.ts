import type { Purchase, PurchaseState } from '../../ledger/index.ts';
import { failure, isRecord, success, type ExchangeMode, type Outcome } from '../../protocol/index.ts';
import { demandRefund, hasGivenUp } from '../refund.ts';
import { move, type CustomerContext, type Run } from '../run.ts';
import { messageAbout, tellProvider } from '../tell-provider.ts';
import type { Dispute, DisputeFailureCode, Remedy } from './contract.ts';

const MAX_REASON = 2000;
/** As long as a provider keeps what it owes. */
const WORTH_SECONDS = 30 * 86_400;
const MAX_TRIES = 5;

/** What was said against a purchase; kept with its failure. */
export interface Complaint {
  /** Unix seconds. */
  readonly disputedAt: number;
  readonly reason: string;
}

/** The latest complaint about a purchase; `null` when it was never disputed. */
export function complaintOf({ failure: why }: Pick<Purchase, 'failure'>): Complaint | null {
  const said = why?.data?.['complaint'];
  if (!isRecord(said)) return null;
  const { disputedAt, reason } = said;
  return typeof disputedAt === 'number' && typeof reason === 'string' ? { disputedAt, reason } : null;
}

/**
 * Complains to the provider in private about a purchase that was paid and whose result is missing, broken or wrong.
 * Message and note in the books are one commit. Where the money can be claimed back, the claim goes out at once.
 */
export async function disputePurchase(
  context: CustomerContext,
  run: Run,
  reason: string,
): Promise<Outcome<Dispute, DisputeFailureCode>> {
  const words = reason.trim();
  if (words === '' || words.length > MAX_REASON || !words.isWellFormed())
    return failure('invalid-reason', `Say what is wrong in 1 to ${MAX_REASON} characters.`, { possible: [] });
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const grounds = await groundsOf(context, run);
    if (!grounds.ok) return grounds;
    const complaint: Complaint = { disputedAt: context.now(), reason: words };
    const { relays } = run.purchase;
    const where = { relays, expiresAt: complaint.disputedAt + WORTH_SECONDS };
    const message = await tellProvider(
      context,
      run,
      messageAbout(context, run, { type: 'complaint', text: words }),
      where,
    );
    const noted = withComplaint(run.purchase, complaint);
    if (!(await move(context, run, { failure: noted, publish: [message] }))) continue;
    const isClaimed = demandRefund(context, run);
    return success({ purchase: run.purchase, possible: remediesOf(run.purchase, isClaimed) });
  }
  throw new Error(`Purchase ${run.purchase.requestId} kept moving while it was disputed.`);
}

/** Nothing was given away yet, or it never will be. */
const UNPAID: ReadonlySet<PurchaseState> = new Set([
  'requested',
  'offered',
  'approved',
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
]);
const WITHDRAWABLE: ReadonlySet<PurchaseState> = new Set(['requested', 'offered', 'approved']);

type NoGrounds = Extract<
  DisputeFailureCode,
  'nothing-paid' | 'payment-unknown' | 'too-early' | 'nothing-owed'
>;

async function groundsOf(context: CustomerContext, run: Run): Promise<Outcome<void, NoGrounds>> {
  const { state, deadlineAt, requestId } = run.purchase;
  const refuse = (code: NoGrounds, message: string, possible: readonly Remedy[]) =>
    failure(code, message, { state, deadlineAt, possible });
  if (UNPAID.has(state))
    return refuse(
      'nothing-paid',
      'Nothing was paid for this purchase.',
      WITHDRAWABLE.has(state) ? ['cancel'] : [],
    );
  if (state === 'paying' || state === 'unreconciled')
    return refuse('payment-unknown', 'It is not known yet whether this purchase was paid.', ['wait']);
  if (state === 'refunded') return refuse('nothing-owed', 'The money of this purchase is back.', ['review']);
  if (state === 'received' || state === 'reviewed') {
    const payments = await context.ledger.purchases.payments(requestId);
    return payments.some((payment) => payment.state !== 'failed')
      ? success(undefined)
      : refuse('nothing-paid', 'The result cost nothing.', ['review']);
  }
  const isOverdue = state === 'undelivered' || (state === 'locked' && context.now() >= deadlineAt);
  if (!isOverdue && !hasGivenUp(run))
    return refuse('too-early', 'The provider has time until the deadline.', ['wait', 'cancel']);
  return success(undefined);
}

/** Why the purchase ended stays as it was; one that has not failed otherwise is `disputed`. */
function withComplaint({ failure: why }: Purchase, complaint: Complaint): NonNullable<Purchase['failure']> {
  const { code, message, data } = why ?? { code: 'disputed', message: 'The customer complained about it.' };
  return { code, message, data: { ...data, complaint } };
}

/** Modes in which money that is under way is locked; in the others it is spent once it has arrived. */
const LOCKING: ReadonlySet<ExchangeMode> = new Set(['hold', 'reveal', 'ecash-htlc']);

function remediesOf({ state, offer, result }: Purchase, isClaimed: boolean): readonly Remedy[] {
  if (state === 'locked')
    return [offer !== null && LOCKING.has(offer.exchange) ? 'lock-ends' : 'provider-decides', 'resend'];
  const money: Remedy = isClaimed ? 'refund-claim' : 'provider-decides';
  return result === null ? [money, 'resend', 'review'] : [money, 'review'];
}
