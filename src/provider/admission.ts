import {
  checkRequest,
  failure,
  kindContract,
  lacksInput,
  success,
  type ExchangeMode,
  type Failure,
  type JobRequest,
} from '../protocol/index.ts';
import type { ProviderLimits } from './context.ts';
import { chooseExchange, sellableBy, type ExchangeRules } from './exchange.ts';
import type { Service } from './handler.ts';

/** A request this provider will quote, by which service and by which mode of exchange. */
export interface Admitted {
  readonly request: JobRequest;
  readonly service: Service;
  readonly exchange: ExchangeMode;
}

/**
 * A request that will be quoted, or why it is not served. `answer` says whether the customer is told; what was
 * never meant for us is not answered.
 */
export type Admission =
  | { readonly ok: true; readonly value: Admitted }
  | { readonly ok: false; readonly failure: Failure; readonly answer: boolean };

/** What admission needs to know of the provider. */
export interface AdmissionRules extends ExchangeRules {
  readonly pubkey: string;
  readonly services: readonly Service[];
  readonly limits: Pick<ProviderLimits, 'maxRequestAgeSeconds' | 'holdSeconds'>;
  readonly now: number;
}

/** A clock that runs ahead by more than this is not believed. */
const MAX_CLOCK_AHEAD_SECONDS = 900;

/**
 * Decides, before any cost, whether the request of a verified event is a job for us. What is still encrypted is
 * refused only after everything that can be judged from outside, so that no other request is worth decrypting.
 * Refusal codes: `not-for-us`, `unknown-kind`, `expired`, `stale`, `from-future`, `undecryptable`,
 * `missing-input`, `schema-violation` (`data` as `checkRequest` gives it), `bid-too-low`, `no-common-exchange`.
 */
export function admit(request: JobRequest, rules: AdmissionRules): Admission {
  const targeted = request.targets.includes(rules.pubkey);
  if (request.targets.length > 0 && !targeted)
    return refuse(false, 'not-for-us', 'The request names other providers.');
  const service = rules.services.find((candidate) => candidate.kind === request.kind);
  if (!service) return refuse(targeted, 'unknown-kind', `Kind ${request.kind} is not sold here.`);
  if (request.expiresAt !== null && request.expiresAt <= rules.now)
    return refuse(false, 'expired', 'The request has expired.');
  if (rules.now - request.createdAt > rules.limits.maxRequestAgeSeconds)
    return refuse(false, 'stale', 'The request is too old; sign a new one.');
  if (request.createdAt - rules.now > MAX_CLOCK_AHEAD_SECONDS)
    return refuse(targeted, 'from-future', 'The request is dated in the future; check the clock.');
  if (request.encrypted && request.scheme === null)
    return refuse(
      targeted,
      'undecryptable',
      'The request cannot be decrypted here; encrypt a JSON list of its tags for this key (NIP-90).',
    );
  const contract = service.contract ?? kindContract(service.kind);
  if (lacksInput(contract, request))
    return refuse(true, 'missing-input', 'The request needs an `i` tag to work on.');
  const checked = checkRequest(contract, request);
  if (!checked.ok) return { ...checked, answer: true };
  const bid = request.bid?.msat ?? null;
  if (bid !== null && bid < service.priceMsat)
    return refuse(targeted, 'bid-too-low', `The price is ${service.priceMsat} msat.`, {
      amountMsat: service.priceMsat.toString(),
    });
  const exchange = chooseExchange(request, service, rules);
  if (exchange === null)
    return refuse(targeted, 'no-common-exchange', 'No way of payment suits both sides.', {
      offered: [...sellableBy(service)].filter((mode) => rules.payable.has(mode)),
    });
  return success({ request, service, exchange });
}

function refuse(answer: boolean, code: string, message: string, data?: Readonly<Record<string, unknown>>) {
  return { ...failure(code, message, data), answer };
}
