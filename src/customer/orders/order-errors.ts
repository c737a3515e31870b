/**
 * How an order may end without a receipt.
 *
 * - `invalid-order`: it cannot even begin; fix the field that `data.field` names.
 * - `no-offer`: none of its purchases found an offer that could be taken.
 * - `over-budget`: offers were there, and the cap of the order, a cap of the customer or the policy allowed none.
 * - `disagreement`: fewer results agree than were asked for; `data.results` has each provider's content.
 * - `undelivered`: offers were taken, and no result came of them in the tries and the time that the order has.
 * - `cancelled`: withdrawn by its signal.
 * - `closed`: the customer was closed first; `resumeOrders` goes on.
 */
export const ORDER_FAILURES = [
  'invalid-order',
  'no-offer',
  'over-budget',
  'disagreement',
  'undelivered',
  'cancelled',
  'closed',
] as const;

/** How an order may end without a receipt; see `ORDER_FAILURES`. */
export type OrderFailureCode = (typeof ORDER_FAILURES)[number];
