/**
 * The state machines of work, money and purchases as data. The SQL ledger loads the same tables, so a
 * move that is not listed here is refused by the type checker and by the database.
 */
/** Where the work of a sale may go from each state; what ended without a result is accepted again only by hand. */
export const WORK_MOVES = {
  received: ['refused', 'accepted', 'cancelled', 'expired'],
  refused: [],
  accepted: ['working', 'cancelled', 'expired', 'failed'],
  working: ['working', 'ready', 'cancelled', 'expired', 'failed'],
  ready: ['delivered', 'cancelled', 'expired', 'failed'],
  delivered: ['closed'],
  closed: [],
  cancelled: [],
  expired: ['accepted'],
  failed: ['accepted'],
} as const;

/** What has become of a sale's work. `working → working` is a lease taken over after a crash. */
export type WorkState = keyof typeof WORK_MOVES;

/** Where the money of a sale may go from each state. */
export const MONEY_MOVES = {
  none: ['quoted', 'lapsed'],
  quoted: ['locked', 'lapsed', 'settled', 'refund-due', 'unreconciled'],
  locked: ['settling', 'released', 'refund-due', 'unreconciled'],
  settling: ['settled', 'released', 'unreconciled'],
  settled: ['refund-due'],
  lapsed: ['settled', 'refund-due', 'unreconciled'],
  released: ['unreconciled'],
  'refund-due': ['refunding', 'unclaimed', 'settled', 'unreconciled'],
  refunding: ['refunded', 'refund-due', 'unreconciled'],
  refunded: [],
  unclaimed: ['refunding', 'settled', 'unreconciled'],
  unreconciled: ['settled', 'released', 'refund-due'],
} as const;

/**
 * What has become of a sale's money. `lapsed`: nobody paid in time, though somebody still may; `released`: locked
 * money was given back; `refund-due`: it is ours and owed to the customer; `unclaimed`: nobody came for it;
 * `unreconciled`: a person must find out, so nothing is paid by itself. What was owed is settled again when its work is
 * tried again.
 */
export type MoneyState = keyof typeof MONEY_MOVES;

/** Where a purchase may go from each state. */
export const PURCHASE_MOVES = {
  requested: ['offered', 'received', 'no-offer', 'expired', 'cancelled'],
  offered: [
    'requested',
    'offered',
    'approved',
    'received',
    'over-budget',
    'no-offer',
    'expired',
    'cancelled',
  ],
  approved: ['paying', 'offered', 'received', 'over-budget', 'expired', 'cancelled'],
  paying: ['locked', 'paid', 'received', 'offered', 'expired', 'unreconciled'],
  locked: ['paid', 'received', 'refunded', 'unreconciled'],
  paid: ['received', 'undelivered', 'refunded'],
  received: ['received', 'reviewed', 'unreconciled'],
  reviewed: [],
  'no-offer': [],
  expired: ['refunded'],
  cancelled: [],
  'over-budget': [],
  undelivered: ['received', 'refunded'],
  refunded: [],
  unreconciled: ['locked', 'paid', 'received', 'refunded', 'expired'],
} as const;

/**
 * What has become of a purchase. `received → received` records a settlement that came after the result;
 * `paying → offered` takes another offer after the wallet is known to have sent nothing; `offered → requested` waits
 * for another approval.
 */
export type PurchaseState = keyof typeof PURCHASE_MOVES;

/** Where an order may go from each state. */
export const ORDER_MOVES = {
  open: ['decided'],
  decided: ['closed'],
  closed: [],
} as const;

/**
 * What has become of an order. `open`: it begins purchases and pays; `decided`: what it brings is settled, and what is
 * left over is withdrawn; `closed`: nothing of it is left to do.
 */
export type OrderState = keyof typeof ORDER_MOVES;

/**
 * Where an outgoing payment may go from each state. `reserved` is committed before the wallet is called. What failed is
 * reserved once more only for the purchase that it failed for, by the same invoice, which nobody can be paid by twice.
 */
export const PAYMENT_MOVES = {
  reserved: ['in-flight', 'settled', 'failed'],
  'in-flight': ['settled', 'failed'],
  settled: [],
  failed: ['reserved'],
} as const;

/** What has become of an outgoing payment; `in-flight` is anything between the wallet call and a final answer. */
export type PaymentState = keyof typeof PAYMENT_MOVES;

/** The states in which nothing more will happen by itself. */
export function isFinalWork(state: WorkState): boolean {
  return FINAL_WORK.has(state);
}

const FINAL_WORK: ReadonlySet<WorkState> = new Set(['refused', 'closed', 'cancelled', 'expired', 'failed']);

/** Whether the table lists that move. */
export function mayMove<State extends string>(
  moves: Readonly<Record<State, readonly State[]>>,
  from: State,
  to: State,
): boolean {
  return moves[from].includes(to);
}
