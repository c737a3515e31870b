import { isJobKind } from '../job.ts';
import { failure, type Failure } from '../outcome.ts';
import { checkParam } from './check-params.ts';
import type { InputContract, JobContract, KindContract, ParamContract } from './contract.ts';

/**
 * What is wrong with a contract. `kind-out-of-range`: not 5000–5999. `name-missing`: something has no name.
 * `name-clash`: two parameters or variants of one name. `bounds-invalid`: a least above the most, or counts
 * that are none. `pattern-invalid`: no regular expression. `default-invalid`: a default that breaks the
 * parameter's own rules, or of a required one. `signs-missing`: a variant that no request can be told by.
 */
export type ContractFaultCode =
  | 'kind-out-of-range'
  | 'name-missing'
  | 'name-clash'
  | 'bounds-invalid'
  | 'pattern-invalid'
  | 'default-invalid'
  | 'signs-missing';

/** The first fault of a contract, `null` when there is none; `data` says of which kind, variant and part. */
export function contractFault(contract: KindContract): Failure<ContractFaultCode> | null {
  const { kind, variants = [] } = contract;
  const fault = faultIn({ kind });
  if (!Number.isInteger(kind) || !isJobKind(kind))
    return fault('kind-out-of-range', `Kind ${kind} is not a job request; choose one from 5000 to 5999.`);
  if (contract.name.trim() === '') return fault('name-missing', `Give kind ${kind} a name.`);
  const twin = firstTwin(variants.map(({ id }) => id));
  if (twin !== undefined)
    return fault('name-clash', `Kind ${kind} has two variants "${twin}"; rename one.`, { variant: twin });
  for (const variant of variants) {
    const { params = [], tags = [], firstInput } = variant.signs;
    const where = { variant: variant.id };
    if (variant.id.trim() === '') return fault('name-missing', `Give each variant of kind ${kind} an id.`);
    if (params.length + tags.length === 0 && firstInput === undefined)
      return fault('signs-missing', `Say what tells variant "${variant.id}" of kind ${kind} apart.`, where);
    if (firstInput !== undefined && !isPattern(firstInput))
      return fault('pattern-invalid', `"${firstInput}" is not a regular expression.`, where);
    const inVariant = jobFault(variant, faultIn({ kind, ...where }));
    if (inVariant !== null) return inVariant;
  }
  return jobFault(contract, fault);
}

type Fault = (
  code: ContractFaultCode,
  message: string,
  where?: Readonly<Record<string, unknown>>,
) => Failure<ContractFaultCode>;

function faultIn(place: Readonly<Record<string, unknown>>): Fault {
  return (code, message, where) => failure(code, message, { ...place, ...where }).failure;
}

function jobFault({ inputs, params }: JobContract, fault: Fault): Failure<ContractFaultCode> | null {
  const unbounded = inputs.findIndex(hasBadBounds);
  if (unbounded !== -1)
    return fault('bounds-invalid', 'An input needs whole counts with its least below its most.', {
      input: unbounded,
    });
  const twin = firstTwin(params.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  if (twin !== undefined)
    return fault('name-clash', `Two parameters are called "${twin}"; rename one.`, { param: twin });
  for (const param of params) {
    const found = paramFault(param, fault);
    if (found !== null) return found;
  }
  return null;
}

function hasBadBounds({ min, max, maxBytes }: InputContract): boolean {
  return !isCount(min, 0) || (max !== null && !isCount(max, Math.max(min, 1))) || !isCount(maxBytes ?? 1, 1);
}

function paramFault(param: ParamContract, fault: Fault): Failure<ContractFaultCode> | null {
  const { name, aliases = [], arity, min = -Infinity, max = Infinity, pattern, values } = param;
  const where = { param: name };
  if ([name, ...aliases].some((each) => each.trim() === ''))
    return fault('name-missing', 'Give each parameter and alias a name.', where);
  if ((arity !== null && !isCount(arity, 1)) || !(min <= max) || values?.length === 0)
    return fault('bounds-invalid', `"${name}" allows nothing: check arity, min, max and values.`, where);
  if (pattern !== undefined && !isPattern(pattern))
    return fault('pattern-invalid', `The pattern of "${name}" is not a regular expression.`, where);
  if (param.default === undefined) return null;
  if (param.required)
    return fault('default-invalid', `"${name}" is required, so its default is never used.`, where);
  const checked = checkParam(param, param.default);
  return checked.ok
    ? null
    : fault('default-invalid', `The default does not fit. ${checked.failure.message}`, where);
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function firstTwin(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
