import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  findRefusal,
  issueToken,
  readAuthorization,
  verifyToken,
  type GenuineToken,
  type L402Terms,
  type TermsRefusal,
} from '../l402/index.ts';
import { failure, success, ZERO_MSAT, type Outcome } from '../protocol/index.ts';
import type { GatewayContext } from './context.ts';
import type { GatewayJob } from './job.ts';
import { hashOfOrder, type JobOrder } from './job-order.ts';

/** Names the gateway in its tokens. */
export const TOKEN_SERVICE = 'gateway';

/** Finished jobs are kept for so long, and so are the tokens that show them. */
export const KEEP_SECONDS = 7 * 86_400;

/** The macaroon of a quote (base64): it opens this job alone, for the same order, to whoever has the preimage. */
export function issueJobToken({ tokenKey }: GatewayContext, job: GatewayJob): string | null {
  const { invoice } = job.quote;
  if (invoice === null) return null;
  const tokenId = bytesToHex(sha256(utf8ToBytes(job.id)));
  return issueToken(tokenKey, { paymentHash: invoice.paymentHash, tokenId }, termsOf(job, job.order));
}

function termsOf({ quote }: GatewayJob, order: JobOrder): L402Terms {
  return {
    service: TOKEN_SERVICE,
    method: 'POST',
    path: pathOf(order.kind),
    validUntil: quote.validUntil + KEEP_SECONDS,
    priceMsat: quote.priceMsat,
    bound: {
      request: quote.requestId,
      offer: quote.offerId,
      pay_until: String(quote.validUntil),
      order: hashOfOrder(order),
    },
  };
}

/**
 * Why a token opens nothing. `credential-invalid`: it is none of ours, or comes without its preimage. `job-forgotten`:
 * what it paid for was a while ago. The rest says which of its terms does not hold; `other-request`: it was sold for
 * another order.
 */
export type TokenFailureCode = 'credential-invalid' | 'job-forgotten' | TermsRefusal;

/** The job that an `Authorization` header pays for, where it was sold for this very order. */
export async function readJobToken(
  context: GatewayContext,
  header: string,
  order: JobOrder,
): Promise<Outcome<GatewayJob, TokenFailureCode>> {
  const genuine = readGenuine(context, header);
  if (genuine === null) return NOT_GENUINE;
  const job = await context.jobs.byPaymentHash(genuine.identifier.paymentHash);
  if (job === null) return forgotten(context, genuine, order);
  return refuseOr(job, findRefusal(genuine.caveats, { ...termsOf(job, order), now: context.now() }));
}

/** Whether an `Authorization` header shows who paid for that job, however long ago. Narrower terms of a token hold still. */
export function readOwner(
  context: GatewayContext,
  header: string,
  job: GatewayJob,
): Outcome<GatewayJob, TokenFailureCode> {
  const genuine = readGenuine(context, header);
  if (genuine === null || genuine.identifier.paymentHash !== job.quote.invoice?.paymentHash)
    return NOT_GENUINE;
  const terms = termsOf(job, job.order);
  const now = Math.min(context.now(), terms.validUntil - 1);
  return refuseOr(job, findRefusal(genuine.caveats, { ...terms, now }));
}

const NOT_GENUINE = failure('credential-invalid', 'This is no token of this job with its preimage.');

function readGenuine({ tokenKey }: GatewayContext, header: string): GenuineToken | null {
  const credential = readAuthorization(header);
  return credential && verifyToken(tokenKey, credential.token, credential.preimage);
}

function refuseOr(job: GatewayJob, refusal: TermsRefusal | null): Outcome<GatewayJob, TermsRefusal> {
  return refusal === null
    ? success(job)
    : failure(refusal, 'The token was sold for another order: repeat the request that it was sold for.');
}

/** Jobs outlive their tokens: one that does not was paid, and nothing is known of it here. */
function forgotten(
  { now, onTrouble }: GatewayContext,
  { identifier, caveats }: GenuineToken,
  order: JobOrder,
) {
  const shown = { service: TOKEN_SERVICE, method: 'POST', path: pathOf(order.kind), priceMsat: ZERO_MSAT };
  if (findRefusal(caveats, { ...shown, now: now() }) === null)
    onTrouble({
      code: 'payment-unknown',
      message: `A client has paid for a job that is not in the books (payment ${identifier.paymentHash}): look into it.`,
    });
  return failure('job-forgotten', 'The job of this token was forgotten.');
}

function pathOf(kind: number): string {
  return `/v1/jobs/${kind}`;
}
