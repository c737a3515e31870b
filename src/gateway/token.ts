import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  findRefusal,
  issueToken,
  readAuthorization,
  verifyToken,
  type L402Terms,
  type TermsRefusal,
} from '../l402/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { GatewayContext } from './context.ts';
import type { GatewayJob } from './job.ts';
import { hashOfOrder, type JobOrder } from './job-order.ts';

/** Names the gateway in its tokens. */
export const TOKEN_SERVICE = 'gateway';

/** Finished jobs are kept for so long, and so are the tokens that show them. */
export const KEEP_SECONDS = 7 * 86_400;

/** The macaroon of a quote (base64): it opens this job alone, for the same order, to whoever has the preimage. */
export function issueJobToken({ tokenKey }: GatewayContext, job: GatewayJob, path: string): string | null {
  const { invoice } = job.quote;
  if (invoice === null) return null;
  const tokenId = bytesToHex(sha256(utf8ToBytes(job.id)));
  return issueToken(tokenKey, { paymentHash: invoice.paymentHash, tokenId }, termsOf(job, job.order, path));
}

function termsOf({ quote }: GatewayJob, order: JobOrder, path: string): L402Terms {
  return {
    service: TOKEN_SERVICE,
    method: 'POST',
    path,
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
 * another order, path or method.
 */
export type TokenFailureCode = 'credential-invalid' | 'job-forgotten' | TermsRefusal;

/** The job that an `Authorization` header pays for, where it was sold for this very order and path. */
export async function readJobToken(
  { tokenKey, jobs, now }: GatewayContext,
  header: string,
  shown: { readonly order: JobOrder; readonly path: string },
): Promise<Outcome<GatewayJob, TokenFailureCode>> {
  const credential = readAuthorization(header);
  const genuine = credential && verifyToken(tokenKey, credential.token, credential.preimage);
  if (genuine === null)
    return failure('credential-invalid', 'This is no token of this gateway with its preimage.');
  const job = await jobs.byPaymentHash(genuine.identifier.paymentHash);
  if (job === null) return failure('job-forgotten', 'The job of this token was forgotten.');
  const { validUntil: _, ...terms } = termsOf(job, shown.order, shown.path);
  const refusal = findRefusal(genuine.caveats, { ...terms, now: now() });
  return refusal === null
    ? success(job)
    : failure(refusal, 'The token was sold for another order: repeat the request that it was sold for.');
}
