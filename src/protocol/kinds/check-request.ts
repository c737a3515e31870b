import type { JobInput, JobRequest } from '../job.ts';
import { success, type Outcome } from '../outcome.ts';
import { checkInputs } from './check-inputs.ts';
import { checkParams } from './check-params.ts';
import type { KindContract } from './contract.ts';
import { variantOf } from './variant.ts';
import { violation } from './violation.ts';

/** What a handler can rely on once a request fits its kind. */
export interface CheckedRequest {
  /** Those outside NIP-90 that mean text are `text`; content stands in where a needed text is not in a tag. */
  readonly inputs: readonly JobInput[];
  /** By the contract's names, defaults filled in; parameters it does not know under the name they came with. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** Which of an ambiguous kind's variants it is; `null` for the kind's own meaning. */
  readonly variant: string | null;
}

/**
 * Checks a readable request against its kind's contract, or against the variant whose signs it bears. Fails
 * with `schema-violation`; the message is meant for the customer, `data` has the tag's name (`i` or `param`),
 * which one it is and the `rule` it breaks.
 */
export function checkRequest(
  contract: KindContract,
  request: JobRequest,
): Outcome<CheckedRequest, 'schema-violation'> {
  if (request.kind !== contract.kind)
    return violation(
      'kind',
      `This is a kind ${request.kind} request; ${contract.name} is kind ${contract.kind}.`,
    );
  const variant = variantOf(contract, request);
  const reading = variant ?? contract;
  const inputs = checkInputs(reading, request);
  if (!inputs.ok) return inputs;
  const params = checkParams(reading.params, request);
  return params.ok
    ? success({ inputs: inputs.value, params: params.value, variant: variant?.id ?? null })
    : params;
}
