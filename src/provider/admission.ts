import {
  failure,
  success,
  type Condition,
  type Failure,
  type JobPlan,
  type JobRequest,
  type Rescue,
} from '../protocol/index.ts';
import type { Access } from './access.ts';
import { chooseService, lackingWork, type ChosenService, type ServiceRules } from './choose-service.ts';
import type { ProviderLimits } from './context.ts';
import type { Service } from './handler.ts';

/** A request this provider will quote: by which service, at what price and by which mode of exchange. */
export interface Admitted extends ChosenService {
  readonly request: JobRequest;
  /** For whom the offer steps in, and why. */
  readonly rescue?: Rescue;
  /** What may follow the job. */
  readonly plan?: JobPlan;
}

/**
 * A request that will be quoted, or why it is not served. `answer` says whether the customer is told; what was
 * never meant for us is not answered. `conditions` say machine-readably what it would take besides money.
 */
export type Admission =
  | { readonly ok: true; readonly value: Admitted }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly answer: boolean;
      readonly conditions?: readonly Condition[];
    };

/** What admission needs to know of the provider. */
export interface AdmissionRules extends ServiceRules {
  readonly pubkey: string;
  readonly access: Access;
  readonly services: readonly Service[];
  readonly limits: Pick<ProviderLimits, 'maxRequestAgeSeconds' | 'holdSeconds' | 'offerSeconds'>;
  /** The request is for others, who have abandoned it. */
  readonly stepsIn?: true;
}

/** A clock that runs ahead by more than this is not believed. */
const MAX_CLOCK_AHEAD_SECONDS = 900;

/**
 * Decides, before any cost, whether the request of a verified event is a job for us. What is still encrypted is
 * refused only after everything that can be judged from outside, so that no other request is worth decrypting.
 * Refusal codes: `blocked`, `not-for-us`, `unknown-kind`, `expired`, `stale`, `from-future`, `not-allowed`,
 * `pow-needed`, `undecryptable`, and of the services that might do it `not-served`, `missing-input`, `schema-violation`
 * (`data` as `checkRequest` gives it), `over-capacity`, `price-unknown`, `bid-too-low`, `balance-too-low`,
 * `no-common-exchange`.
 */
export function admit(request: JobRequest, rules: AdmissionRules): Admission {
  if (rules.access === 'blocked') return refuse(false, 'blocked', 'This key is not served here.');
  const targeted = request.targets.includes(rules.pubkey);
  const isForOthers = request.targets.length > 0 && !targeted;
  const isAgreedElsewhere = rules.stepsIn === true && request.followUp !== null;
  if ((isForOthers && rules.stepsIn !== true) || isAgreedElsewhere)
    return refuse(false, 'not-for-us', 'The request names other providers.');
  const services = rules.services.filter((candidate) => candidate.kind === request.kind);
  if (services.length === 0)
    return refuse(targeted, 'unknown-kind', `Kind ${request.kind} is not sold here.`);
  if (request.expiresAt !== null && request.expiresAt <= rules.now)
    return refuse(false, 'expired', 'The request has expired.');
  if (rules.now - request.createdAt > rules.limits.maxRequestAgeSeconds)
    return refuse(false, 'stale', 'The request is too old; sign a new one.');
  if (request.createdAt - rules.now > MAX_CLOCK_AHEAD_SECONDS)
    return refuse(targeted, 'from-future', 'The request is dated in the future; check the clock.');
  if (rules.access === 'not-allowed')
    return refuse(targeted, 'not-allowed', 'Only customers that its operator has listed are served here.');
  const unworked = lackingWork(request, services, rules);
  if (unworked !== null) return unworked;
  if (request.encrypted && request.scheme === null)
    return refuse(
      targeted,
      'undecryptable',
      'The request cannot be decrypted here; encrypt a JSON list of its tags for this key (NIP-90).',
    );
  const choice = chooseService(request, services, rules);
  if (choice.ok) return success({ request, ...choice.value });
  return { ...choice, answer: choice.answer || targeted };
}

function refuse(answer: boolean, code: string, message: string) {
  return { ...failure(code, message), answer };
}
