export { failure, success, type Failure, type Outcome } from './outcome.ts';
export {
  addMsat,
  formatSats,
  MAX_MSAT,
  msat,
  parseMsat,
  satsToMsat,
  ZERO_MSAT,
  type Msat,
} from './msat.ts';
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
  isJobRequestKind,
  isJobResultKind,
  JOB_FEEDBACK_KIND,
  type ExchangeMode,
  type FeedbackStatus,
  type JobFeedback,
  type JobInput,
  type JobRequest,
  type JobResult,
  type WrittenAmount,
} from './job.ts';
