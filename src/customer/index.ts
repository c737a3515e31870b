export type { ZapInvoices } from './zap-port.ts';
export { createCustomer, type CustomerOptions } from './customer.ts';
export { buyChain } from './chain.ts';
export { CUSTOMER_CHECKPOINTS, CUSTOMER_REFUND_CHECKPOINTS } from './checkpoints.ts';
export { cheapestOffer, DEFAULT_POLICY, type BuyingPolicy, type EligibleOffer } from './choose.ts';
export {
  SUPPORTED_EXCHANGES,
  type Customer,
  type PurchaseHandle,
  type PurchaseUpdate,
  type Receipt,
  type SupportedExchange,
  type Wish,
  type WishInput,
} from './contract.ts';
export type { EcashPurse } from './ecash-purse.ts';
export {
  PURCHASE_FAILURES,
  type CancelFailureCode,
  type OfferFailureCode,
  type PurchaseFailureCode,
  type WishFailureCode,
} from './errors.ts';
export type { Offer } from './offer.ts';
export type { ProviderError } from './offer-book.ts';
export { traceJob } from './trace.ts';
