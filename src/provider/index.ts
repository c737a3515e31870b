export type { FetchInput, ProviderLimits, ResolveRefundInvoice } from './context.ts';
export type { EcashDesk, TokenLock } from './ecash-desk.ts';
export {
  JobFailure,
  type ChainedInputPolicy,
  type JobContext,
  type JobHandler,
  type JobOutput,
  type JobProgress,
  type ResolvedInput,
  type Service,
} from './handler.ts';
export type { FetchPaid, OpenPaidFetch, PaidAnswer } from './paid-fetch.ts';
export {
  PROVIDER_CHECKPOINTS,
  PROVIDER_REFUND_CHECKPOINTS,
  startProvider,
  type Provider,
  type ProviderOptions,
  type ProviderStartFailure,
} from './provider.ts';
export { service } from './service.ts';
export type { TrustLimits, TrustPolicy } from './trust-policy.ts';
