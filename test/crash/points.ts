import type { ExchangeMode } from '../../src/protocol/index.ts';
import type { Ending } from './one-job.ts';

/** A place to die in, and how the job must end all the same. */
export type Point = readonly [at: string, ending: Ending];

/** Every move of the ledger is two places: before its commit and after. */
function moves(ending: Ending, ...names: readonly string[]): Point[] {
  return names.flatMap((name): Point[] => [
    [`${name}:before-commit`, ending],
    [`${name}:after-commit`, ending],
  ]);
}

function places(ending: Ending, ...names: readonly string[]): Point[] {
  return names.map((name): Point => [name, ending]);
}

const OUTBOX = ['outbox.due', 'outbox.claimed', 'outbox.published'];

/** Where a provider may die while it sells one job. */
export const PROVIDER_POINTS: readonly Point[] = [
  ...places(
    'delivered',
    'provider:before-open',
    'provider:after-open',
    'provider:invoice-made',
    'provider:before-quote-commit',
    'provider:payment-seen',
    'provider:before-work',
    'provider:after-work',
    'provider:before-ready-commit',
    'provider:before-delivered-commit',
    'provider:before-settle',
    'provider:settled-by-wallet',
    'outbox:after-ok',
  ),
  ...moves(
    'delivered',
    'sale.work.received',
    'sale.work.accepted',
    'sale.money.quoted',
    'sale.money.locked',
    'sale.work.working',
    'sale.work.ready',
    'sale.work.delivered',
    'sale.money.settling',
    'sale.money.settled',
    'sale.work.closed',
    ...OUTBOX,
  ),
  ...places('failed', 'provider:before-release', 'provider:released-by-wallet'),
  ...moves('failed', 'sale.work.failed', 'sale.money.released'),
];

/** Where a provider may die in each of the other modes, besides what all share. */
export const MODE_POINTS = {
  prepay: [
    ...places('delivered', 'provider:invoice-made', 'provider:payment-seen', 'provider:before-work'),
    ...moves('delivered', 'sale.money.quoted', 'sale.money.settled', 'sale.work.delivered'),
  ],
  postpay: [
    ...places('delivered', 'provider:invoice-made', 'provider:before-ready-commit', 'provider:payment-seen'),
    ...moves('delivered', 'sale.work.ready', 'sale.work.delivered', 'sale.money.settled'),
  ],
  sample: [
    ...places('delivered', 'provider:invoice-made', 'provider:before-ready-commit', 'provider:payment-seen'),
    ...moves('delivered', 'sale.work.ready', 'sale.money.settled', 'sale.work.delivered'),
  ],
  reveal: [
    ...places('delivered', 'provider:invoice-made', 'provider:before-settle', 'provider:settled-by-wallet'),
    ...moves(
      'delivered',
      'sale.work.ready',
      'sale.money.locked',
      'sale.money.settling',
      'sale.money.settled',
    ),
  ],
  'ecash-htlc': places(
    'delivered',
    'provider:payment-seen',
    'ecash:mint-answered',
    'provider:settled-by-wallet',
  ),
  nutzap: [
    ...places('delivered', 'provider:payment-seen'),
    ...places('refunded', 'provider:refunded-by-wallet', 'sale.money.refunding:after-commit'),
  ],
  free: places('given', 'provider:before-ready-commit', 'outbox:after-ok'),
} satisfies Partial<Record<ExchangeMode, readonly Point[]>>;

/** Where a customer may die in the modes without an invoice. */
export const CUSTOMER_MODE_POINTS = {
  'ecash-htlc': places(
    'delivered',
    'ecash:invoice-paid',
    'customer:before-paid-commit',
    'payment.settled:before-commit',
  ),
  nutzap: [
    ...places('delivered', 'customer:after-paid-commit'),
    ...places('refunded', 'ecash:mint-answered#2', 'customer:before-refunded-commit'),
  ],
  free: places('given', 'customer:result-seen'),
} satisfies Partial<Record<ExchangeMode, readonly Point[]>>;

/** Where a customer may die while it buys one job. */
export const CUSTOMER_POINTS: readonly Point[] = [
  ...places(
    'delivered',
    'customer:before-open',
    'customer:after-open',
    'customer:before-reserve',
    'customer:after-reserve',
    'customer:before-pay',
    'customer:wallet-called',
    'customer:result-seen',
    'customer:after-received',
    'customer:before-paid-commit',
    'customer:after-paid-commit',
    'outbox:after-ok',
  ),
  ...moves(
    'delivered',
    'purchase.requested',
    'purchase.offered',
    'purchase.approved',
    'purchase.paying',
    'payment.reserved',
    'purchase.received',
    'payment.settled',
    ...OUTBOX,
  ),
];

/** Where a customer may die while its money comes back. */
export const REFUND_POINTS: readonly Point[] = [
  ...places('failed', 'customer:wallet-answered'),
  ...moves('failed', 'purchase.refunded', 'payment.failed'),
];

/** Where a customer may die while it carries out an order; `test/customer/orders-crash.test.ts` has more. */
export const ORDER_POINTS: readonly string[] = [
  'order.open:after-commit',
  'purchase.requested:before-commit',
  'purchase.offered:after-commit',
  'order.decided:after-commit',
  'order.closed:before-commit',
];

/** Where the bank may die while it carries one payment. */
export const BANK_POINTS: readonly Point[] = places(
  'delivered',
  'bank:monitor',
  'bank:manager',
  'bank:before-commit',
  'bank:after-commit',
  'bank:acking',
);
