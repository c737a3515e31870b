/** Where the crash harness may end a gateway, in the order in which a job passes them. */
export const GATEWAY_CHECKPOINTS = [
  'gateway:payment-seen',
  'gateway:after-paid',
  'gateway:before-approve',
  'gateway:after-approve',
  'gateway:before-result',
  'gateway:after-result',
] as const;

/** The same for a refund. */
export const GATEWAY_REFUND_CHECKPOINTS = ['gateway:before-refund'] as const;
