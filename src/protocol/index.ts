export { failure, FailureError, orThrow, success, type Failure, type Outcome } from './outcome.ts';
export { addMsat, formatSats, MAX_MSAT, msat, parseMsat, satsToMsat, ZERO_MSAT, type Msat } from './msat.ts';
export {
  eventId,
  findTag,
  isHex32,
  parseEvent,
  tagValues,
  verifyEvent,
  type EventTemplate,
  type Filter,
  type NostrEvent,
} from './event.ts';
export {
  EXCHANGE_MODES,
  FIRST_DRAFT_REQUEST_KIND,
  FIRST_DRAFT_RESULT_KIND,
  INPUT_TYPES,
  isExchangeMode,
  isJobKind,
  isJobRequestKind,
  isJobResultKind,
  JOB_FEEDBACK_KIND,
  resultKindOf,
  type Condition,
  type Dialect,
  type ExchangeMode,
  type FeedbackStatus,
  type JobFeedback,
  type JobInput,
  type JobRequest,
  type JobResult,
  type WrittenAmount,
} from './job.ts';
export { FOLLOW_UP_STEPS, readFollowUp, type FollowUp, type FollowUpStep } from './follow-up.ts';
export {
  MAX_MILESTONES,
  MAX_REVISIONS,
  MAX_STEP_TITLE,
  planProblem,
  type JobPlan,
  type Milestone,
} from './job-plan.ts';
export { EXCHANGE_RISKS, EXPOSURES, riskOfOffer, type ExchangeRisk, type Exposure } from './exchange-risk.ts';
export {
  buildCancellation,
  buildJobRequest,
  parseJobRequest,
  type JobRequestFailureCode,
} from './job-request.ts';
export type { JobRequestDraft } from './request-tags.ts';
export { buildFirstDraftRequest, type FirstDraftRequestDraft } from './first-draft/write-request.ts';
export { jobTypesOf } from './first-draft/job-types.ts';
export { answerFilter, requestFilters } from './job-filters.ts';
export { jobRole, type JobRole } from './job-role.ts';
export { parseAnswer, type AnswerFailureCode } from './answer.ts';
export {
  buildFeedback,
  parseJobFeedback,
  type JobFeedbackDraft,
  type JobFeedbackFailureCode,
} from './job-feedback.ts';
export { buildResult, parseJobResult, type JobResultDraft, type JobResultFailureCode } from './job-result.ts';
export {
  fileTag,
  hiddenFileResult,
  readFileTag,
  readResultFile,
  type FileReference,
  type FileResult,
  type ReferenceKey,
} from './result-file.ts';
export type { Answer } from './answer-order.ts';
export type { RequestOrEvent } from './answer-tags.ts';
export {
  encryptionScheme,
  parseTagList,
  type EncryptionScheme,
  type PeerCiphers,
  type TextCipher,
} from './encryption.ts';
export { decryptContent, sealAnswer, sealRequest, type Sealing } from './sealing.ts';
export { paymentAddress } from './written-amount.ts';
export { isRecord, parseJson } from './untrusted-json.ts';
export { normalizeRelayUrl } from './relay-url.ts';
export {
  announcedContent,
  ANNOUNCEMENT_KIND,
  buildAnnouncement,
  parseAnnouncement,
  type AnnouncedAmount,
  type AnnouncedParam,
  type Announcement,
  type AnnouncementDraft,
  type AnnouncementFailureCode,
} from './announcement.ts';
export { changeAnnouncement } from './announcement-change.ts';
export {
  AGENT_HEARTBEAT_KIND,
  buildHeartbeat,
  HEARTBEAT_KIND,
  parseHeartbeat,
  type Heartbeat,
} from './heartbeat.ts';
export {
  buildOperatorStatement,
  OPERATOR_STATEMENT_KIND,
  operatorLinkFilters,
  parseOperatorStatement,
  verifyOperatorLink,
  type OperatorStatement,
} from './operator-link.ts';
export type { EventFailureCode } from './event-refusal.ts';
export { formatAddress, parseAddress, type EventAddress } from './event-address.ts';
export {
  buildProfile,
  isBuiltProfile,
  nameOfProfile,
  paymentAddressOfProfile,
  PROFILE_KIND,
  type ProfileDraft,
} from './profile.ts';
export { buildPing, buildPong, parsePing, parsePong, PING_KIND, type Ping, type Pong } from './ping.ts';
export { buildRelayList, parseRelayList, RELAY_LIST_KIND, type RelayList } from './relay-list.ts';
export {
  buildSubscription,
  buildSubscriptionReceipt,
  buildSubscriptionTier,
  buildUnsubscription,
  parseSubscription,
  parseSubscriptionReceipt,
  parseSubscriptionTier,
  parseUnsubscription,
  SUBSCRIPTION_KINDS,
  type RecurringPrice,
  type Subscription,
  type SubscriptionReceipt,
  type SubscriptionTier,
  type Unsubscription,
  type ZapSplit,
} from './subscription.ts';
export {
  buildZapRequest,
  parseZapRequest,
  ZAP_REQUEST_KIND,
  type ZapRequest,
  type ZapRequestDraft,
} from './payments/zap-request.ts';
export {
  buildZapReceipt,
  parseZapReceipt,
  ZAP_RECEIPT_KIND,
  type ZapReceipt,
} from './payments/zap-receipt.ts';
export {
  checkZapRequest,
  verifyZapReceipt,
  type CheckedZapRequest,
  type EventCheck,
  type VerifiedZap,
  type ZapEndpoint,
  type ZapReceiptRefusal,
  type ZapRequestRefusal,
} from './payments/verify-zap.ts';
export { isPreimageOf } from './payments/preimage.ts';
export {
  buildNutzapInfo,
  NUTZAP_INFO_KIND,
  parseNutzapInfo,
  type NutzapInfo,
  type TrustedMint,
} from './payments/nutzap-info.ts';
export type { EcashProof } from './payments/ecash-proof.ts';
export {
  buildEcashQuote,
  buildEcashToken,
  buildEcashTokenDeletion,
  buildEcashWallet,
  ECASH_TOKEN_KIND,
  ECASH_WALLET_KIND,
  parseEcashQuote,
  parseEcashToken,
  parseEcashWallet,
  type EcashQuoteNote,
  type EcashToken,
  type EcashWalletSettings,
} from './payments/ecash-wallet.ts';
export { buildNutzap, NUTZAP_KIND, parseNutzap, type Nutzap, type NutzapDraft } from './payments/nutzap.ts';
export {
  commonMints,
  isPaidInEcash,
  lockableUntil,
  LOCKED_PAST_DEADLINE_SECONDS,
  refundNotBefore,
  type EcashTerms,
} from './payments/ecash-terms.ts';
export { checkNutzap, type CheckedNutzap, type NutzapRefusal } from './payments/check-nutzap.ts';
export {
  buildNutzapRedemption,
  NUTZAP_REDEMPTION_KIND,
  parseNutzapRedemption,
  type BookedEcash,
  type NutzapRedemption,
} from './payments/nutzap-redemption.ts';
export {
  GIFT_WRAP_BACKDATE_SECONDS,
  GIFT_WRAP_KIND,
  type GiftWrapRefusal,
  type MessageSigner,
  type Wrapping,
} from './job-message/gift-wrap.ts';
export {
  areWords,
  jobMessageId,
  openJobMessage,
  wrapJobMessage,
  type JobMessage,
  type JobMessageBody,
  type JobMessageDraft,
  type JobMessageRefusal,
  type JobWords,
} from './job-message/job-message.ts';
export {
  isKeptOnceBegun,
  KEPT_ONCE_BEGUN,
  keepsOnceBegun,
  retryCondition,
  workAskedFor,
  workCondition,
} from './condition.ts';
export { RESCUE_REASONS, type Rescue, type RescueReason } from './rescue.ts';
export { addWork, committedWork, workOf } from './proof-of-work.ts';
export {
  parseTimestampProof,
  TIMESTAMP_KIND,
  type TimestampAttestation,
  type TimestampFailureCode,
  type TimestampProof,
} from './timestamps/timestamp-proof.ts';
export { lockReveal, openReveal, type RevealFailureCode } from './payments/reveal.ts';
export {
  AGENT_REVIEW_KIND,
  buildReview,
  parseReview,
  REVIEW_KIND,
  type Review,
  type ReviewDraft,
} from './reputation/review.ts';
export {
  verifyReview,
  verifyReviewPayment,
  type PaidReview,
  type ReviewRefusal,
} from './reputation/verify-review.ts';
export {
  buildFavourites,
  FAVOURITES_KIND,
  parseFavourites,
  type Favourites,
  type ServiceReference,
} from './reputation/favourites.ts';
export {
  buildRecommendation,
  parseRecommendation,
  RECOMMENDATION_KIND,
  type Recommendation,
  type RecommendedService,
} from './reputation/recommendation.ts';
export {
  buildLabelling,
  LABEL_KIND,
  parseLabelling,
  type Label,
  type Labelling,
  type LabelTarget,
} from './reputation/label.ts';
export {
  ASSERTION_KINDS,
  buildAssertion,
  parseAssertion,
  type AssertionSubject,
  type TrustedAssertion,
} from './reputation/assertion.ts';
export { parseInvoice, type Invoice, type InvoiceFailureCode, type LightningNetwork } from './bolt11.ts';
export {
  chainLinks,
  MAX_CHAIN_DEPTH,
  MAX_CHAIN_JOBS,
  orderChain,
  priorJobs,
  surveyChain,
  type ChainFailureCode,
  type ChainLinks,
  type ChainSurvey,
} from './job-chain.ts';
export { foldJob } from './job-fold/fold-job.ts';
export type {
  AcceptedResult,
  ChainedInput,
  DependentJob,
  JobPicture,
  JobState,
  Offer,
  ProviderPart,
  ProviderState,
  TimelineEntry,
} from './job-fold/picture.ts';
export type { Forger, Payment, PaymentEvidence, ProofStrength } from './job-fold/payment-evidence.ts';
export type { JobReview } from './job-fold/reviews.ts';
export type { SetAside, SetAsideReason } from './job-fold/set-aside.ts';
export { createKindCatalogue, type KindCatalogue } from './kinds/catalogue.ts';
export { KIND_CONTRACTS, kindContract } from './kinds/kind-contracts.ts';
export type { ContractFaultCode } from './kinds/check-contract.ts';
export { checkRequest, type CheckedRequest } from './kinds/check-request.ts';
export { lacksInput, variantOf } from './kinds/variant.ts';
export { inputsByGroup } from './kinds/check-inputs.ts';
export type { SchemaRule } from './kinds/violation.ts';
export type {
  InputContract,
  JobContract,
  KindContract,
  KindStatus,
  KindVariant,
  ParamContract,
  VariantSigns,
} from './kinds/contract.ts';
export { announcedParams } from './kinds/announced-params.ts';
export { kindJsonSchema, type JsonSchema } from './kinds/json-schema.ts';
