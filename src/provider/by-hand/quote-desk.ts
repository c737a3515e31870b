import type { Sale } from '../../ledger/index.ts';
import {
  failure,
  planProblem,
  success,
  type ExchangeMode,
  type JobRequest,
  type Outcome,
} from '../../protocol/index.ts';
import type { AdmissionDesk } from '../admission-desk.ts';
import { move, type ProviderContext } from '../context.ts';
import { openToAnswer } from '../open-request.ts';
import { MAX_WORST_SECONDS, needsNoInvoiceYet, quote } from '../quote.ts';
import { endWithError } from '../refuse.ts';
import type { SaleLoop } from '../sale-loop.ts';
import type { TermsByHand } from './terms.ts';
import { writeToCustomer, type WordsFailureCode } from './words.ts';

/**
 * Why a person's decision changes nothing.
 *
 * - `no-such-sale`: nothing was asked here by that request. `not-by-hand`: its service quotes by itself.
 * - `already-answered`: the sale has moved on (`data.work`), or was agreed on with an earlier one.
 * - `invalid-terms`: the times are not 1 s to 30 days with the usual one first, the amount is negative, or the plan is
 *   none that an offer can carry.
 * - `unreadable`: the signer cannot decrypt the request now.
 * - `not-sellable`: the request is no longer one that can be served so; `data.code` is the code of admission, such as
 *   `no-common-exchange`: the customer and the wallet here have no way of payment for that price and time.
 * - `no-invoice`: the wallet made no invoice; try again.
 */
export type ByHandFailureCode =
  | 'no-such-sale'
  | 'not-by-hand'
  | 'already-answered'
  | 'invalid-terms'
  | 'unreadable'
  | 'not-sellable'
  | 'no-invoice';

/** Where a person answers requests for services that are `quotedByHand`: they wait in the books as `received`. */
export interface QuoteDesk {
  /** Makes the customer an offer, as every other offer is made: committed first, published then. */
  offer(requestId: string, terms: TermsByHand): Promise<Outcome<Sale, ByHandFailureCode>>;
  /** Turns a request down. The customer is told why, or with `null` nothing at all. */
  decline(requestId: string, reason: DeclineReason | null): Promise<Outcome<Sale, ByHandFailureCode>>;
  /** Writes to the customer in private, before or after it decided; `ProviderOptions.onWords` tells what comes back. */
  write(
    requestId: string,
    words: { readonly type: 'question' | 'note'; readonly text: string },
  ): Promise<Outcome<void, WordsFailureCode>>;
}

/** Why a person does not do a job: a code in kebab-case and words, both for the customer to read. */
export interface DeclineReason {
  readonly code: string;
  readonly message: string;
}

/** Makes the desk of one provider. */
export function createQuoteDesk(
  context: ProviderContext,
  { loop, admission }: { readonly loop: SaleLoop; readonly admission: AdmissionDesk },
): QuoteDesk {
  /** Runs one decision at a time for each sale, on the sale as it then stands. */
  const decide = async (
    requestId: string,
    attempt: (sale: Sale, request: JobRequest) => Promise<Outcome<Sale, ByHandFailureCode>>,
  ): Promise<Outcome<Sale, ByHandFailureCode>> => {
    let decided: Outcome<Sale, ByHandFailureCode> = NO_SUCH_SALE;
    await loop.exclusive(requestId, async () => {
      const waiting = await waitingSale(context, requestId);
      if (!waiting.ok) return void (decided = waiting);
      const request = await openToAnswer(context, waiting.value.request);
      if (!request.ok) return void (decided = failure('unreadable', request.failure.message));
      if (request.value.followUp !== null) return void (decided = AGREED);
      decided = await attempt(waiting.value, request.value);
    });
    return decided;
  };
  return {
    offer(requestId, terms) {
      const problem = problemOf(terms);
      if (problem !== null) return Promise.resolve(failure('invalid-terms', problem));
      return decide(requestId, async (sale, request) => {
        const admitted = await admission.judge(request, { serviceId: sale.serviceId, terms });
        if (!admitted.ok)
          return failure('not-sellable', admitted.failure.message, { code: admitted.failure.code });
        if (terms.plan !== undefined && !mayHavePlan(admitted.value.exchange)) return PLAN_NEEDS_PAYMENT;
        const plan = terms.plan === undefined ? {} : { plan: terms.plan };
        const quoted = await quote(context, sale, { ...admitted.value, ...plan });
        return quoted === null ? NO_INVOICE : success(quoted);
      });
    },
    write: (requestId, words) => writeToCustomer(context, requestId, words),
    decline: (requestId, reason) =>
      decide(requestId, async (sale, request) => {
        const ended =
          reason === null
            ? await move(context, sale, { work: 'refused', failure: PASSED_OVER })
            : await endWithError(context, sale, request, { work: 'refused', failure: reason });
        return ended === null ? ANSWERED : success(ended);
      }),
  };
}

/** The sale, while it waits for a person. */
async function waitingSale(
  { ledger, signer, services }: ProviderContext,
  requestId: string,
): Promise<Outcome<Sale, ByHandFailureCode>> {
  const sale = await ledger.sales.get(signer.pubkey, requestId);
  if (sale === null) return NO_SUCH_SALE;
  if (services.find(({ id }) => id === sale.serviceId)?.quotedByHand !== true) return NOT_BY_HAND;
  return sale.work === 'received'
    ? success(sale)
    : { ...ANSWERED, failure: { ...ANSWERED.failure, data: { work: sale.work } } };
}

function problemOf({ amountMsat, usualSeconds, worstSeconds, plan }: TermsByHand): string | null {
  if (amountMsat < 0n) return 'The price must be zero or more.';
  const areSeconds = Number.isInteger(usualSeconds) && Number.isInteger(worstSeconds);
  if (!areSeconds || usualSeconds < 1 || usualSeconds > worstSeconds || worstSeconds > MAX_WORST_SECONDS)
    return `The times must be whole seconds: 1 ≤ usual ≤ worst ≤ ${MAX_WORST_SECONDS}.`;
  return plan === undefined ? null : planProblem(plan);
}

/** The plan is part of the offer that is taken, which must be there before the work is. */
function mayHavePlan(exchange: ExchangeMode): boolean {
  return exchange === 'free' || !needsNoInvoiceYet(exchange);
}

/** In the books of requests that a person did not want to answer. */
const PASSED_OVER = { code: 'passed-over', message: 'Nobody here wanted to do it.' };
const NO_SUCH_SALE = failure('no-such-sale', 'Nothing was asked here by that request.');
const NOT_BY_HAND = failure('not-by-hand', 'This service answers requests by itself.');
const ANSWERED = failure('already-answered', 'The request was answered, withdrawn or has expired.');
const AGREED = failure('already-answered', 'What continues a job was agreed with its first step.');
const PLAN_NEEDS_PAYMENT = failure(
  'not-sellable',
  'Milestones and revisions go with work that is free or paid first.',
  {
    code: 'no-common-exchange',
  },
);
const NO_INVOICE = failure('no-invoice', 'The wallet made no invoice for the offer: try again.');
