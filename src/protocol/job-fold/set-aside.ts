import type { NostrEvent } from '../event.ts';

/**
 * Why an event does not count. `other-job`: it is about another request. `unrelated-kind`: no event of a job.
 * `by-customer`: feedback or a result by the customer. `not-the-author`: a cancellation by somebody else.
 * `not-the-customer`: a review by somebody else. `repeated-cancellation`: an earlier one counts.
 * `request-unseen`: cannot be judged before the request is known. `target-unseen`: pays for or reviews an event
 * that is not here, or that does not count. `wrong-payee`: pays somebody else than whose work it names.
 * `malformed`: cannot be read as what its kind says it is. `wrong-result-kind`: a result of another kind of job. `after-expiry`, `after-cancellation`: later than the job was wanted. `too-many`: beyond what is
 * listed of things that anybody can publish. The rest are parser codes.
 */
export type SetAsideReason =
  | 'other-job'
  | 'unrelated-kind'
  | 'by-customer'
  | 'not-the-author'
  | 'not-the-customer'
  | 'repeated-cancellation'
  | 'request-unseen'
  | 'target-unseen'
  | 'wrong-payee'
  | 'malformed'
  | 'wrong-result-kind'
  | 'after-expiry'
  | 'after-cancellation'
  | 'too-many'
  | 'missing-input-data'
  | 'missing-request-id';

/** An event that does not count, and why. */
export interface SetAside {
  readonly event: NostrEvent;
  readonly reason: SetAsideReason;
}
