/** Where the buying engine reports that a crash would matter, in the order of a purchase. */
export const CUSTOMER_CHECKPOINTS = [
  'customer:before-open',
  'customer:after-open',
  'customer:before-reserve',
  'customer:after-reserve',
  'customer:before-pay',
  /** `wallet.pay` was started and has not answered. */
  'customer:wallet-called',
  'customer:wallet-answered',
  'customer:before-paid-commit',
  'customer:after-paid-commit',
  'customer:result-seen',
  'customer:after-received',
] as const;

/** The same for a purchase whose money is sought back. */
export const CUSTOMER_REFUND_CHECKPOINTS = [
  'customer:refund-invoice-made',
  'customer:before-refunded-commit',
] as const;

/** The same where an offer is approved. */
export const CUSTOMER_APPROVAL_CHECKPOINTS = ['customer:before-approve', 'customer:after-approve'] as const;

/** The same for an order, besides what its purchases pass. */
export const CUSTOMER_ORDER_CHECKPOINTS = [
  'order:before-open',
  'order:after-open',
  'order:before-ask',
  'order:after-ask',
  'order:before-decide',
  'order:after-decide',
  'order:before-close',
] as const;
