export type { BalanceLimits } from './balance/balance-limits.ts';
export { accessByLists, parseKeyList, type Access, type AccessPolicy, type KeyList } from './access.ts';
export type { ByHandFailureCode, DeclineReason, QuoteDesk } from './by-hand/quote-desk.ts';
export type { TermsByHand } from './by-hand/terms.ts';
export type { WordsFailureCode } from './by-hand/words.ts';
export { DEFAULT_LIMITS, type ProviderLimits, type ResolveRefundInvoice } from './context.ts';
export type { EcashDesk, TokenLock } from './ecash-desk.ts';
export {
  JobFailure,
  type ChainedInputPolicy,
  type JobContext,
  type JobHandler,
  type JobOutput,
  type JobProgress,
  type ResolvedInput,
  type ResultFile,
  type Service,
  type ServiceCondition,
} from './handler.ts';
export { fetchUrlInput, type FetchInput } from './input-file.ts';
export { refundSale, retrySale, type DecisionCode, type SaleOperator } from './operator/decide.ts';
export type { RefundSaleCode, RetrySaleCode } from './operator/judge.ts';
export type { FileDesk } from './output/file-desk.ts';
export { partAllowanceOf, type PartAllowance } from './part-allowance.ts';
export type { FetchPaid, OpenPaidFetch, PaidAnswer } from './paid-fetch.ts';
export {
  PROVIDER_CHECKPOINTS,
  PROVIDER_FILE_CHECKPOINTS,
  PROVIDER_REFUND_CHECKPOINTS,
  startProvider,
  type Provider,
  type ProviderOptions,
  type ProviderStartFailure,
} from './provider.ts';
export { MAX_WORST_SECONDS } from './quote.ts';
export {
  byLoad,
  fixedPrice,
  perUnit,
  proofOfWorkByLoad,
  undercut,
  type JobSize,
  type LoadPrice,
  type Price,
  type PricedUnit,
  type PriceFailureCode,
  type PriceSituation,
  type PricingPolicy,
  type ProofOfWorkPolicy,
  type RivalOffer,
  type Rivalry,
  type ServiceLoad,
  type UndercutPrice,
  type UnitPrice,
} from './pricing/index.ts';
export { owedMsatOf } from './refund/due.ts';
export type { RescueTerms } from './rescue/terms.ts';
export { service } from './service.ts';
export { withdrawServices } from './withdraw.ts';
export {
  CAREFUL_GRADES,
  gradedTrust,
  trustNobody,
  type TrustGrades,
  type TrustLimits,
  type TrustPolicy,
} from './trust-policy.ts';
