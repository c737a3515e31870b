import type { Purchase } from '../../ledger/index.ts';
import type { NostrEvent, Outcome } from '../../protocol/index.ts';
import type { ReceivedFile } from '../received-file.ts';

/** What a customer can do about a purchase that has come to its end, or should have. */
export interface Aftercare {
  /**
   * Says in public how good it was (kind 7), with the proof of payment where others can check it. A later review
   * replaces an earlier one.
   */
  review(requestId: string, judgement: Judgement): Promise<Outcome<PublishedReview, ReviewFailureCode>>;
  /** Complains to the provider in private, and claims the money back where it can be claimed. */
  dispute(
    requestId: string,
    complaint: { readonly reason: string },
  ): Promise<Outcome<Dispute, DisputeFailureCode>>;
  /** Finds a result again that was delivered: in the books, on the relays, or by asking its provider. */
  resend(requestId: string, options?: ResendOptions): Promise<Outcome<ResentResult, ResendFailureCode>>;
}

/** What a customer has to say about a purchase. */
export interface Judgement {
  /** 0 to 1, kept to three decimals: from 0.5 up it was good enough. */
  readonly rating: number;
  /** Words for everybody to read. */
  readonly content?: string;
  /**
   * Says that an encrypted job may be reviewed all the same. A review is public: it shows that this key bought
   * from that provider, when, and how it liked it.
   */
  readonly publicly?: true;
}

/** A review that is on its way to the relays. */
export interface PublishedReview {
  /** The signed kind 7; the outbox publishes it. */
  readonly event: NostrEvent;
  /** Whether it shows that the job was paid. */
  readonly showsPayment: boolean;
  readonly purchase: Purchase;
}

/**
 * Why there is no review.
 *
 * - `not-found`: this key has no such purchase. `closed`: the customer was closed.
 * - `invalid-review`: `data.field` is `rating` (not from 0 to 1) or `content` (too long).
 * - `too-early`: the purchase may still come to something (`data.state`).
 * - `nothing-bought`: it ended without an offer that was taken up, so there is nobody to review (`data.state`).
 * - `payment-open`: the result is here, and its payment is neither settled nor back yet.
 * - `private-job`: the job was encrypted; say `publicly` to review it all the same.
 */
export type ReviewFailureCode =
  'not-found' | 'closed' | 'invalid-review' | 'too-early' | 'nothing-bought' | 'payment-open' | 'private-job';

/**
 * What can be done about a purchase that goes wrong.
 *
 * - `wait`: it may still end well by itself. `cancel`: withdraw it; what is locked or paid may come back.
 * - `lock-ends`: the money is locked, and comes back by itself if the provider does not deliver.
 * - `refund-claim`: the money is claimed back, and the claim is followed until the wallet shows the money.
 * - `provider-decides`: the money is the provider's. It was told, and nothing but its good will gives money back.
 * - `resend`: the provider may have delivered to relays that do not reach us; it can be asked to publish again.
 * - `review`: tell everybody, with the proof of payment where there is one.
 */
export type Remedy =
  'wait' | 'cancel' | 'lock-ends' | 'refund-claim' | 'provider-decides' | 'resend' | 'review';

/** A complaint that is on its way to the provider. */
export interface Dispute {
  readonly purchase: Purchase;
  /** What is under way by now, and what else can be done. */
  readonly possible: readonly Remedy[];
}

/**
 * Why there is nothing to dispute; `data.possible` says what can be done instead.
 *
 * - `not-found`: this key has no such purchase. `closed`: the customer was closed.
 * - `invalid-reason`: no words, or too many.
 * - `nothing-paid`: no money was given for it.
 * - `payment-unknown`: the wallet has not said yet what became of the payment.
 * - `too-early`: the provider has time until the deadline (`data.deadlineAt`), and has not given up.
 * - `nothing-owed`: the money is back.
 */
export type DisputeFailureCode =
  | 'not-found'
  | 'closed'
  | 'invalid-reason'
  | 'nothing-paid'
  | 'payment-unknown'
  | 'too-early'
  | 'nothing-owed';

/** A result that was asked for again. */
export interface ResentResult {
  /** Decrypted and opened; where the result is a text file, that text. Untrusted. */
  readonly content: string;
  /** The file that the result is; `null` for one that is all content. */
  readonly file: ReceivedFile | null;
  readonly resultEvent: NostrEvent;
  /** Where it was found: in the own books, on the relays, or only after its provider published it again. */
  readonly source: 'ledger' | 'relays' | 'provider';
}

/**
 * Why there is no result to hand over again.
 *
 * - `not-found`: this key has no such purchase. `closed`: the customer was closed.
 * - `nothing-bought`: it ended, or stands, without anything that a provider owes (`data.state`).
 * - `unreadable`: the result is in the books, and the key that was paid for does not open it; or its file is nowhere
 *   to be had (`data.reason`), and its provider, which was asked, did not store it again in time.
 * - `no-answer`: it is on no relay, and the provider did not publish it in time. It was asked: while the purchase is
 *   followed, a result that comes later is taken.
 * - `resend-refused`: the provider says why it does not publish it again: `data.reason` is `not-delivered`, `not-paid`,
 *   `too-soon`, or a code of its own.
 */
export type ResendFailureCode =
  'not-found' | 'closed' | 'nothing-bought' | 'unreadable' | 'no-answer' | 'resend-refused';

/** How long a provider is waited for. */
export interface ResendOptions {
  /** 30,000 unless told. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
