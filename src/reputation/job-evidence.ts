import {
  type JobPicture,
  type JobRequest,
  type JobResult,
  type Msat,
  type PaymentEvidence,
  type ProviderPart,
} from '../protocol/index.ts';

/** What the public events of one job say about one provider, as far as it counts. Dates are those of the authors. */
export interface JobEvidence {
  readonly requestId: string;
  readonly customerPubkey: string;
  /** The provider's newest word on the job. */
  readonly answer: Dated;
  /** Its first result that answers the request. */
  readonly delivery: Delivery | null;
  /** It gave up with an error and never delivered. */
  readonly failed: boolean;
  /** The best evidence that it was paid; `null` when there is none that counts. */
  readonly payment: PaymentShown | null;
  /** What the customer says of it last. */
  readonly verdict: Verdict | null;
}

/** An event and its date, unix seconds. */
export interface Dated {
  readonly eventId: string;
  readonly at: number;
}

/** A result that answers a request. */
export interface Delivery extends Dated {
  /** As the provider dated it, from the request. */
  readonly seconds: number;
  /** Another provider gave the same words, and the customer vouches for neither payment nor quality of this one. */
  readonly doubtful: boolean;
}

/** Evidence of a payment for a job, which the customer signed. */
export interface PaymentShown extends Dated {
  /** An invoice, or the id of a nutzap; each counts once for a provider. */
  readonly paymentKey: string;
  readonly amountMsat: Msat;
  /** How much of the amount counts, 0 to 1, by what it would take to make the evidence up. */
  readonly value: number;
}

/** A customer's newest rating of a job. */
export interface Verdict extends Dated {
  /** 0 to 1. */
  readonly rating: number;
  /** The payment that one of its reviews of the job proves; `null` when none does. */
  readonly paid: { readonly paymentKey: string; readonly amountMsat: Msat } | null;
}

/** Ratings below say that the result was not good enough. */
export const ACCEPTABLE_RATING = 0.5;

/** Clocks of customers and providers may differ by so much. */
const CLOCK_SLACK_SECONDS = 60;

/**
 * Draws from the picture of a job what counts for or against one of its providers; `null` when nothing does: the
 * request is unseen or was put to others by name, or every answer is dated before it.
 */
export function jobEvidenceOf(picture: JobPicture, part: ProviderPart): JobEvidence | null {
  const { request } = picture;
  if (request === null || !part.addressed) return null;
  const answer = newestAnswer(picture, part, request);
  if (answer === null) return null;
  const payment = bestPayment(part, request);
  const verdict = verdictOf(part, request);
  const vouchedFor = payment !== null || (verdict !== null && verdict.rating >= ACCEPTABLE_RATING);
  const delivery = deliveryOf(picture, part, request, vouchedFor);
  return {
    requestId: request.id,
    customerPubkey: request.customerPubkey,
    answer,
    delivery,
    failed: delivery === null && part.state === 'failed',
    payment,
    verdict,
  };
}

function newestAnswer({ timeline }: JobPicture, { pubkey }: ProviderPart, request: JobRequest): Dated | null {
  const own = timeline.findLast(
    (entry) => entry.pubkey === pubkey && ANSWERS.has(entry.what) && isAfter(entry.at, request),
  );
  return own === undefined ? null : { eventId: own.eventId, at: own.at };
}

const ANSWERS: ReadonlySet<string> = new Set([
  'payment-required',
  'processing',
  'partial',
  'error',
  'success',
  'other',
  'result',
]);

function isAfter(at: number, { createdAt }: JobRequest): boolean {
  return at >= createdAt - CLOCK_SLACK_SECONDS;
}

/**
 * The first result that counts. Nothing delivers nothing. Of results with the same words by several providers nobody
 * can say who copied, as everybody dates its own: each is a delivery, or a copy could erase one, but it weighs only for
 * whom the customer vouches.
 */
function deliveryOf(
  picture: JobPicture,
  part: ProviderPart,
  request: JobRequest,
  vouchedFor: boolean,
): Delivery | null {
  const counted = part.results.filter(
    (result) => isAfter(result.createdAt, request) && result.content.trim() !== '',
  );
  const original = counted.find((result) => vouchedFor || !isAlsoOfOthers(result, picture));
  const first = original ?? counted[0];
  if (first === undefined) return null;
  const seconds = Math.max(0, first.createdAt - request.createdAt);
  return { eventId: first.id, at: first.createdAt, seconds, doubtful: original === undefined };
}

function isAlsoOfOthers(result: JobResult, { providers }: JobPicture): boolean {
  return providers.some(
    ({ pubkey, addressed, results }) =>
      addressed &&
      pubkey !== result.providerPubkey &&
      results.some(({ content }) => content === result.content),
  );
}

/** The most valuable evidence of a payment, then the oldest. */
function bestPayment({ payments }: ProviderPart, { customerPubkey }: JobRequest): PaymentShown | null {
  const shown = payments.flatMap(({ bolt11, evidence }) =>
    evidence.flatMap((proof): PaymentShown[] => {
      const { eventId, amountMsat, at } = proof;
      const value = valueOf(proof, customerPubkey);
      if (eventId === null || at === null || amountMsat === null || value === 0) return [];
      return [{ eventId, at, paymentKey: bolt11 ?? eventId, amountMsat, value }];
    }),
  );
  return (
    shown.toSorted(
      (left, right) =>
        right.value - left.value || left.at - right.at || (left.eventId < right.eventId ? -1 : 1),
    )[0] ?? null
  );
}

/**
 * How much a payment counts: nothing where anybody can claim it or the provider alone can make it up, as it can a zap
 * receipt of an own pay server; more where its customer signed it as well.
 */
function valueOf({ type, strength, payerPubkey }: PaymentEvidence, customerPubkey: string): number {
  if (strength === 'claimed' || type === 'zap-receipt') return 0;
  if (payerPubkey !== customerPubkey) return 0;
  return type === 'nutzap' ? 0.6 : 0.5;
}

function verdictOf(part: ProviderPart, request: JobRequest): Verdict | null {
  const counted = part.reviews.filter(({ review, reviewedId }) => {
    const reviewed = part.results.find(({ id }) => id === reviewedId);
    return review.createdAt >= (reviewed?.createdAt ?? request.createdAt) - CLOCK_SLACK_SECONDS;
  });
  const last = counted.findLast(({ review }) => review.rating !== null)?.review;
  if (last === undefined || last.rating === null) return null;
  const proven = counted.flatMap(({ review, paymentRefusal }) => {
    const paymentKey = paymentRefusal === null ? review.payment?.bolt11 : undefined;
    const payment = part.payments.find(({ bolt11 }) => bolt11 === paymentKey);
    return paymentKey === undefined || !payment?.amountMsat
      ? []
      : [{ paymentKey, amountMsat: payment.amountMsat }];
  });
  return { eventId: last.id, at: last.createdAt, rating: last.rating, paid: proven[0] ?? null };
}
