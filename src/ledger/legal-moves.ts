import { failure, type Outcome } from '../protocol/index.ts';
import { ALLOWED_PAIRS } from './exchange-pairs.ts';
import type { Order } from './order.ts';
import type { ChosenOffer, Purchase, PurchaseChange } from './purchases.ts';
import type { Sale, SaleChange, SaleRefund } from './sales.ts';
import type { SpendingCaps } from './spending.ts';
import {
  mayMove,
  MONEY_MOVES,
  PAYMENT_MOVES,
  PURCHASE_MOVES,
  WORK_MOVES,
  type MoneyState,
  type PaymentState,
} from './states.ts';

/** Nothing is against it, or `illegal-move` with the states in question. */
type Verdict = Outcome<void, 'illegal-move'>;

const LEGAL = { ok: true, value: undefined } as const;

/**
 * Whether the state tables allow this change of that sale. A change that names the state it is in changes
 * fields only. `working` is entered by `claimWork` alone, because it goes with a lease.
 */
export function judgeSaleChange(seen: Sale, change: SaleChange): Verdict {
  const { work = seen.work, money = seen.money, exchange = seen.exchange, quote = seen.quote } = change;
  if (!staysOrMoves(WORK_MOVES, seen.work, work) || (work === 'working' && seen.work !== 'working'))
    return illegal(`The work of a sale does not go from ${seen.work} to ${work}.`, seen.work, work);
  if (!staysOrMoves(MONEY_MOVES, seen.money, money))
    return illegal(`The money of a sale does not go from ${seen.money} to ${money}.`, seen.money, money);
  if (!ALLOWED_PAIRS[exchange][work].includes(money))
    return illegal(`A sale by ${exchange} is never ${work} while its money is ${money}.`, work, money);
  if (isUnfoundedRefund(money, change.refund ?? seen.refund))
    return illegal('A refund is paid only to where it was booked to go.', seen.money, money);
  if ((change.goodwill?.amountMsat ?? 0n) > (quote?.amountMsat ?? 0n))
    return illegal('No more than the price of a sale is given back.', seen.money, money);
  if (exchange === 'free' && quote !== null && quote.amountMsat > 0n)
    return illegal('A free sale has no amount.', seen.exchange, exchange);
  return LEGAL;
}

/** What a sale has out of the prepaid balance of its customer: what was drawn, but for what of it was given back. */
export function drawnMsatOf({
  exchange,
  money,
  quote,
  goodwill,
}: Pick<Sale, 'exchange' | 'money' | 'quote' | 'goodwill'>): bigint {
  if (exchange !== 'balance' || !DRAWN.has(money)) return 0n;
  return (quote?.amountMsat ?? 0n) - (goodwill?.amountMsat ?? 0n);
}

const DRAWN: ReadonlySet<MoneyState> = new Set(['locked', 'settling', 'settled']);

function isUnfoundedRefund(money: MoneyState, refund: SaleRefund | null): boolean {
  return (money === 'refunding' || money === 'refunded') && refund === null;
}

/**
 * Whether the state tables allow this change of that purchase. `paying` is entered by `reserve` alone, and
 * the offer that is being paid is not exchanged for another without going back to `offered`.
 */
export function judgePurchaseChange(seen: Purchase, change: PurchaseChange): Verdict {
  const to = change.state ?? seen.state;
  if (!staysOrMoves(PURCHASE_MOVES, seen.state, to) || (to === 'paying' && seen.state !== 'paying'))
    return illegal(`A purchase does not go from ${seen.state} to ${to} by a change.`, seen.state, to);
  const choosing = ['requested', 'offered', 'approved'];
  if (change.offer !== undefined && !choosing.includes(seen.state) && to !== 'offered')
    return illegal('The offer that is being paid cannot be exchanged.', seen.state, to);
  return LEGAL;
}

/**
 * Whether the state table allows that move of the payment, `null` when nothing was ever reserved. Reserved again it is only
 * within the caps, and so by no mere change.
 */
export function judgePaymentMove(from: PaymentState | null, to: PaymentState): Verdict {
  const isReservedAnew = to === 'reserved' && from !== 'reserved';
  return from !== null && !isReservedAnew && staysOrMoves(PAYMENT_MOVES, from, to)
    ? LEGAL
    : illegal(`An outgoing payment does not go from ${from ?? 'nothing'} to ${to}.`, from, to);
}

/** What would have been spent with a payment, by what the caps are about; a sum that no cap is about may be left out. */
interface WouldBeSpent {
  readonly jobMsat: bigint;
  readonly purposeMsat?: bigint;
  readonly counterpartyMsat?: bigint;
  readonly dayMsat?: bigint;
  readonly everMsat?: bigint;
}

/** Whether a payment with these costs, amount plus fee limit, stays within the caps, given what would be spent with it. */
export function judgeSpending(
  wouldBe: WouldBeSpent,
  neededMsat: bigint,
  caps: SpendingCaps,
): Outcome<void, 'over-budget'> {
  const limits = [
    ['the cap per job', wouldBe.jobMsat, caps.perJobMsat],
    ['the cap per purpose', wouldBe.purposeMsat, caps.perPurposeMsat],
    ['the cap per counterparty', wouldBe.counterpartyMsat, caps.perCounterpartyMsat],
    ['the cap per day', wouldBe.dayMsat, caps.perDayMsat],
    ['the cap of all spending', wouldBe.everMsat, caps.totalMsat],
  ] as const;
  for (const [cap, spentMsat, limitMsat] of limits)
    if (limitMsat !== undefined && spentMsat !== undefined && spentMsat > limitMsat)
      return overBudget(cap, neededMsat, limitMsat);
  return LEGAL;
}

/** Whether the offer costs no more than its purchase may, and than was approved. */
export function judgePrice(purchase: Purchase, { amountMsat }: ChosenOffer): Outcome<void, 'over-budget'> {
  const { maxAmountMsat, approved } = purchase;
  if (amountMsat > maxAmountMsat)
    return overBudget('the most this purchase may cost', amountMsat, maxAmountMsat);
  return approved !== null && amountMsat > approved.maxAmountMsat
    ? overBudget('what was approved', amountMsat, approved.maxAmountMsat)
    : LEGAL;
}

/** Whether an order that has spent so much may spend so much more. */
export function judgeOrder(
  { maxTotalMsat }: Order,
  spentMsat: bigint,
  { amountMsat, feeLimitMsat }: ChosenOffer,
): Outcome<void, 'over-budget'> {
  const neededMsat = amountMsat + feeLimitMsat;
  return spentMsat + neededMsat > maxTotalMsat
    ? overBudget('the most this order may cost', neededMsat, maxTotalMsat)
    : LEGAL;
}

function overBudget(cap: string, neededMsat: bigint, limitMsat: bigint) {
  return failure('over-budget', `Paying would pass ${cap}; raise it or choose something cheaper.`, {
    cap,
    neededMsat: neededMsat.toString(),
    limitMsat: limitMsat.toString(),
  });
}

function staysOrMoves<State extends string>(
  moves: Readonly<Record<State, readonly State[]>>,
  from: State,
  to: State,
): boolean {
  return from === to || mayMove(moves, from, to);
}

function illegal(message: string, from: string | null, to: string): Verdict {
  return failure('illegal-move', message, { from, to });
}
