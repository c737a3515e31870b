import type { ExchangeMode } from '../protocol/index.ts';
import type { MoneyState, WorkState } from './states.ts';

/** Which money states each work state allows. */
type AllowedPairs = Readonly<Record<WorkState, readonly MoneyState[]>>;

/** Money that was ours and goes, or went, back. */
const REFUNDS = ['refund-due', 'refunding', 'refunded', 'unclaimed'] as const;

/** How a sale ends without a result: by a plain invoice, which may still be paid when the work is long over. */
const ENDS_OF_PLAIN_PAYMENT = ['none', 'quoted', 'lapsed', ...REFUNDS, 'unreconciled'] as const;

/** How a sale ends without a result: by money that locks and goes back by itself; what a zap brought is refunded. */
const ENDS_OF_LOCKED_PAYMENT = [
  'none',
  'quoted',
  'locked',
  'lapsed',
  'released',
  ...REFUNDS,
  'unreconciled',
] as const;

/** How a sale ends without a result: what was drawn is back, and what a zap brought is refunded. */
const ENDS_OF_DRAW = ['none', 'quoted', 'lapsed', 'released', ...REFUNDS, 'unreconciled'] as const;

/** Nothing is ever paid. */
const FREE: AllowedPairs = {
  received: ['none'],
  refused: ['none'],
  accepted: ['none'],
  working: ['none'],
  ready: ['none'],
  delivered: ['none'],
  closed: ['none'],
  cancelled: ['none'],
  expired: ['none'],
  failed: ['none'],
};

/** The money locks, the work is done and delivered, the money is taken. */
const LOCKED_BEFORE_WORK: AllowedPairs = {
  received: ['none'],
  refused: ['none'],
  accepted: ['none', 'quoted', 'locked'],
  working: ['locked'],
  ready: ['locked'],
  delivered: ['settling', 'settled', ...REFUNDS, 'released', 'unreconciled'],
  closed: ['settled', ...REFUNDS, 'released', 'unreconciled'],
  cancelled: ENDS_OF_LOCKED_PAYMENT,
  expired: ENDS_OF_LOCKED_PAYMENT,
  failed: ENDS_OF_LOCKED_PAYMENT,
};

/** The money is ours before the work begins; `cancelled` may keep it, as the provider's terms say. */
const PAID_BEFORE_WORK: AllowedPairs = {
  received: ['none'],
  refused: ['none'],
  accepted: ['none', 'quoted', 'settled'],
  working: ['settled'],
  ready: ['settled'],
  delivered: ['settled', ...REFUNDS],
  closed: ['settled', ...REFUNDS, 'unreconciled'],
  cancelled: ['settled', ...ENDS_OF_PLAIN_PAYMENT],
  expired: ENDS_OF_PLAIN_PAYMENT,
  failed: ENDS_OF_PLAIN_PAYMENT,
};

/** The work is done unpaid, and the result waits for the payment. */
const PAID_BEFORE_DELIVERY: AllowedPairs = {
  ...PAID_BEFORE_WORK,
  accepted: ['none'],
  working: ['none'],
  ready: ['quoted', 'settled'],
};

/** The result is public, its invoice with it; who pays is up to the customer. */
const PAID_AFTER_DELIVERY: AllowedPairs = {
  ...PAID_BEFORE_DELIVERY,
  ready: ['quoted'],
  delivered: ['quoted', 'settled', 'lapsed', ...REFUNDS],
  closed: ['settled', 'lapsed', ...REFUNDS, 'unreconciled'],
};

/** The result is public and locked; paying opens it, by money that we take as soon as it locks. */
const PAID_TO_REVEAL: AllowedPairs = {
  ...LOCKED_BEFORE_WORK,
  accepted: ['none'],
  working: ['none'],
  ready: ['quoted'],
  delivered: ['quoted', 'locked', 'settling', 'settled', 'lapsed', ...REFUNDS, 'released', 'unreconciled'],
  closed: ['settled', 'lapsed', ...REFUNDS, 'released', 'unreconciled'],
};

/** Drawn from what the customer prepaid, and given back to that in the very move that ends the job. */
const DRAWN_BEFORE_WORK: AllowedPairs = {
  ...LOCKED_BEFORE_WORK,
  delivered: ['settling', 'settled'],
  closed: ['settled'],
  cancelled: ENDS_OF_DRAW,
  expired: ENDS_OF_DRAW,
  failed: ENDS_OF_DRAW,
};

/** Which money states each work state allows, for each exchange mode. */
export const ALLOWED_PAIRS: Readonly<Record<ExchangeMode, AllowedPairs>> = {
  free: FREE,
  postpay: PAID_AFTER_DELIVERY,
  sample: PAID_BEFORE_DELIVERY,
  prepay: PAID_BEFORE_WORK,
  hold: LOCKED_BEFORE_WORK,
  reveal: PAID_TO_REVEAL,
  'ecash-htlc': LOCKED_BEFORE_WORK,
  nutzap: PAID_BEFORE_WORK,
  zap: PAID_BEFORE_WORK,
  balance: DRAWN_BEFORE_WORK,
};

/** Modes in which an accepted sale is worked on before anything is paid. */
export const UNPAID_WORK_MODES: readonly ExchangeMode[] = ['free', 'postpay', 'sample', 'reveal'];
