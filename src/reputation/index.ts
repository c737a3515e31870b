export { Evidence, type EvidenceLimits, type EvidenceOptions } from './evidence.ts';
export {
  ownPurchaseOf,
  type BookedPayment,
  type BookedPurchase,
  type OwnOutcome,
  type OwnPurchase,
} from './own-purchase.ts';
export type { OthersRecord, OwnRecord, ProviderRecord, Ratings, Reliability, Sighting } from './record.ts';
