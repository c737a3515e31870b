export type { ZapInvoices } from './zap-port.ts';
export { nextStepOf } from './follow-up/job-steps.ts';
export type { ContinueFailureCode, JobStep, JobSteps, StepWish } from './follow-up/contract.ts';
export { createCustomer, type CustomerOptions } from './customer.ts';
export { buyChain } from './chain.ts';
export {
  CUSTOMER_APPROVAL_CHECKPOINTS,
  CUSTOMER_CHECKPOINTS,
  CUSTOMER_ORDER_CHECKPOINTS,
  CUSTOMER_REFUND_CHECKPOINTS,
} from './checkpoints.ts';
export type { BuyingPolicy, Choice, LeftOffer } from './buying-policy.ts';
export type {
  AskedWithdrawal,
  Balances,
  MadeTopUp,
  TopUpFailureCode,
  WithdrawFailureCode,
} from './balance/contract.ts';
export { buyWithWork } from './conditions/buy-with-work.ts';
export { MAX_WORK_BITS } from './conditions/work.ts';
export type { ComparedOffer, EligibleOffer } from './compared-offer.ts';
export type { OfferComparison } from './comparison.ts';
export type { Customer, OfferApproval, PurchaseHandle, PurchaseUpdate } from './contract.ts';
export type { EcashPurse } from './ecash-purse.ts';
export {
  PURCHASE_FAILURES,
  type ApproveFailureCode,
  type CancelFailureCode,
  type OfferFailureCode,
  type PurchaseFailureCode,
  type WishFailureCode,
} from './errors.ts';
export { storeInputFile, type InputFile } from './input-file.ts';
export type { Offer } from './offer.ts';
export type { FileSource, ReceivedFile } from './received-file.ts';
export { DEFAULT_POLICY, POLICIES, policyTrusting, type PolicyName } from './policies/policies.ts';
export type { ProviderError } from './offer-book.ts';
export type {
  OrderedPurchase,
  OrderHandle,
  OrderReceipt,
  OrderWish,
  ResultComparison,
} from './orders/order.ts';
export { ORDER_FAILURES, type OrderFailureCode } from './orders/order-errors.ts';
export type { KnownSellers, ProviderRecords } from './provider-records.ts';
export type {
  Aftercare,
  Dispute,
  DisputeFailureCode,
  Judgement,
  PublishedReview,
  Remedy,
  ResendFailureCode,
  ResendOptions,
  ResentResult,
  ReviewFailureCode,
} from './reviews/contract.ts';
export { complaintOf, type Complaint } from './reviews/dispute.ts';
export { hearWords, writeToProvider } from './words.ts';
export type { LookupBlockHeader, ResultEvidence } from './verify-result/evidence.ts';
export type { ResultCheck, ResultVerdict } from './verify-result/verdict.ts';
export { verifyResult, type BoughtResult } from './verify-result/verify-result.ts';
export { traceJob } from './trace.ts';
export {
  SUPPORTED_EXCHANGES,
  type Receipt,
  type SupportedExchange,
  type Wish,
  type WishInput,
} from './wish.ts';
