export { hasUrls, sizeOfInputs, sizeOfRequest, type JobSize } from './job-size.ts';
export { createMeasureDesk, type MeasureDesk } from './measure.ts';
export {
  byLoad,
  fixedPrice,
  perUnit,
  undercut,
  type LoadPrice,
  type PricedUnit,
  type UndercutPrice,
  type UnitPrice,
} from './policies.ts';
export {
  proofOfWorkByLoad,
  waitingSeconds,
  type Price,
  type PriceFailureCode,
  type PriceSituation,
  type PricingPolicy,
  type ProofOfWorkPolicy,
  type RivalOffer,
  type Rivalry,
  type ServiceLoad,
} from './pricing.ts';
export { RivalBook } from './rivals.ts';
