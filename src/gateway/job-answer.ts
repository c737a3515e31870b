import { failure, formatSats, type Failure } from '../protocol/index.ts';
import { isDecided, type GatewayJob } from './job.ts';
import { refundRange } from './pay-refund.ts';

/** JSON with a status, for any client: never cached, for it is one client's own. */
export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, {
    status,
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers },
  });
}

/** A coded refusal. */
export function refuse(
  status: number,
  { code, message, data }: Failure,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer(status, { code, message, ...(data === undefined ? {} : { data }) }, headers);
}

/** What a client may know of its job. The content is shown when it is paid for, and not before. */
export function describeJob(job: GatewayJob, jobUrl: string): Readonly<Record<string, unknown>> {
  const { quote, state, result, failure: why, payment } = job;
  return {
    job: jobUrl,
    events: `${jobUrl}/events`,
    kind: job.order.kind,
    state,
    payment,
    sats: Number(quote.priceMsat / 1_000n),
    mode: quote.exchange,
    refund_terms: quote.refundTerms,
    usual_seconds: quote.usualSeconds,
    worst_seconds: quote.worstSeconds,
    valid_until: quote.validUntil,
    ...(state === 'done' && result !== null
      ? {
          result: {
            content: result.content,
            provider: result.providerPubkey,
            request_id: result.requestId,
            result_id: result.resultId,
          },
        }
      : {}),
    ...(why === null ? {} : { failure: { code: why.code, message: why.message } }),
    ...(state === 'refund-due'
      ? { refund: `${jobUrl}/refund`, refund_sats: Number(refundRange(quote.priceMsat).leastMsat / 1_000n) }
      : {}),
  };
}

/** The job as the answer to whoever paid for it: its result, how it ended without one, or where to look for it. */
export function answerJob(job: GatewayJob, jobUrl: string): Response {
  const described = describeJob(job, jobUrl);
  if (job.state === 'done') return answer(200, described);
  if (!isDecided(job.state)) return answer(202, described, { location: jobUrl, 'retry-after': '2' });
  const { code, message } = job.failure ?? failure('job-failed', 'The job came to nothing.').failure;
  const { leastMsat } = refundRange(job.quote.priceMsat);
  const next =
    job.state === 'refund-due'
      ? ` Your payment is owed: POST an invoice over ${formatSats(leastMsat)} to ${jobUrl}/refund with the same Authorization; the rest is for its routing.`
      : '';
  return answer(502, { code, message: `${message}${next}`, ...described });
}
