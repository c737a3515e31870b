import type { JobInput, JobRequest } from '../job.ts';
import { failure, success, type Failure, type Outcome } from '../outcome.ts';
import type { InputContract, KindContract, ParamContract } from './contract.ts';

/** What a handler can rely on once a request fits its kind. */
export interface CheckedRequest {
  readonly inputs: readonly JobInput[];
  /** By the contract's names, defaults filled in; parameters it does not know under the name they came with. */
  readonly params: ReadonlyMap<string, readonly string[]>;
}

/** Which rule of a contract a request breaks. */
export type SchemaRule =
  | 'kind'
  | 'input-type'
  | 'too-few-inputs'
  | 'param-required'
  | 'param-arity'
  | 'param-values'
  | 'param-type'
  | 'param-pattern';

type Violation = { readonly ok: false; readonly failure: Failure<'schema-violation'> };

/** Input types outside NIP-90 that clients send where they mean text. */
const MEANS_TEXT = new Set(['prompt', 'data']);

/**
 * Checks a readable request against its kind's contract. Fails with `schema-violation`; the message is meant
 * for the customer, `data` has the tag's name (`i` or `param`), which one it is and the `rule` it breaks.
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
  const inputs = checkInputs(contract, request.inputs);
  if (!inputs.ok) return inputs;
  const params = checkParams(contract, request);
  return params.ok ? success({ inputs: inputs.value, params: params.value }) : params;
}

function checkInputs(
  contract: KindContract,
  written: readonly JobInput[],
): Outcome<JobInput[], 'schema-violation'> {
  const inputs = written.map((input) => (MEANS_TEXT.has(input.type) ? { ...input, type: 'text' } : input));
  const taken = contract.inputs.map(() => 0);
  for (const [position, { type }] of inputs.entries()) {
    const group = contract.inputs.findIndex((input, index) => takes(input, type, taken[index] ?? 0));
    if (group === -1)
      return violation(
        'input-type',
        `Input ${position + 1} of type "${clip(type)}" does not fit: ${contract.name} takes ${describeInputs(contract.inputs)}.`,
        { tag: 'i', position },
      );
    taken[group] = (taken[group] ?? 0) + 1;
  }
  const missing = contract.inputs.findIndex(({ min }, index) => (taken[index] ?? 0) < min);
  return missing === -1
    ? success(inputs)
    : violation(
        'too-few-inputs',
        `An "i" tag is missing: ${contract.name} takes ${describeInputs(contract.inputs)}.`,
        { tag: 'i' },
      );
}

function takes(input: InputContract, type: string, taken: number): boolean {
  return (input.types === null || input.types.includes(type)) && (input.max === null || taken < input.max);
}

function describeInputs(inputs: readonly InputContract[]): string {
  if (inputs.length === 0) return 'no input';
  return inputs
    .map(({ types, min, max }) => {
      const count = max === null ? `${min} or more` : min === max ? `${min}` : `${min} to ${max}`;
      return `${count} of type ${types?.join(', ') ?? 'any'}`;
    })
    .join('; ');
}

function checkParams(
  contract: KindContract,
  request: JobRequest,
): Outcome<Map<string, readonly string[]>, 'schema-violation'> {
  const params = canonicalParams(contract, request);
  for (const param of contract.params) {
    const values = params.get(param.name);
    if (values === undefined) {
      if (param.required)
        return violation('param-required', `Add ["param", "${param.name}", …]: ${param.description}`, {
          tag: 'param',
          name: param.name,
        });
      if (param.default !== undefined) params.set(param.name, param.default);
      continue;
    }
    const checked = checkParam(param, values);
    if (!checked.ok) return checked;
    params.set(param.name, checked.value);
  }
  return success(params);
}

/** Parameters by the contract's names; values under several spellings come together. */
function canonicalParams(contract: KindContract, request: JobRequest): Map<string, readonly string[]> {
  const names = new Map(
    contract.params.flatMap(({ name, aliases = [] }) => aliases.map((alias) => [alias, name])),
  );
  const params = new Map<string, readonly string[]>();
  for (const [written, values] of request.params) {
    const name = names.get(written) ?? written;
    params.set(name, [...(params.get(name) ?? []), ...values]);
  }
  for (const { name, alsoTag } of contract.params) {
    const tag = alsoTag === true ? request.event.tags.find(([tagName]) => tagName === name) : undefined;
    if (tag !== undefined && !params.has(name)) params.set(name, tag.slice(1));
  }
  return params;
}

function checkParam(
  param: ParamContract,
  written: readonly string[],
): Outcome<readonly string[], 'schema-violation'> {
  const broken = (rule: SchemaRule, wants: string) =>
    violation(rule, `Parameter "${param.name}" must be ${wants}, not "${clip(written.join('", "'))}".`, {
      tag: 'param',
      name: param.name,
    });
  const values = param.repeatable === true ? written : withoutRepetition(written, param.arity);
  const fits =
    param.repeatable === true
      ? values.length > 0 && values.length % param.arity === 0
      : values.length === param.arity;
  if (!fits) return broken('param-arity', param.arity === 1 ? 'one value' : `${param.arity} values`);
  const { values: allowed, pattern, valueType } = param;
  if (allowed !== undefined && !values.every((value) => allowed.includes(value)))
    return broken('param-values', `one of ${allowed.join(', ')}`);
  if (valueType !== undefined && !values.every((value) => NUMERALS[valueType].test(value)))
    return broken('param-type', valueType === 'integer' ? 'a whole number' : 'a number');
  if (pattern !== undefined && !values.every((value) => new RegExp(pattern, 'u').test(value)))
    return broken('param-pattern', `like ${pattern}`);
  return success(values);
}

const NUMERALS = { integer: /^-?\d{1,15}$/, number: /^-?\d{1,15}(\.\d{1,15})?$/ };

/** Drops further tags that say the same as the first, as some clients send. */
function withoutRepetition(values: readonly string[], arity: number): readonly string[] {
  const repeats = values.length > arity && values.length % arity === 0;
  return repeats && values.every((value, index) => value === values[index % arity])
    ? values.slice(0, arity)
    : values;
}

function violation(
  rule: SchemaRule,
  message: string,
  where: Readonly<Record<string, unknown>> = {},
): Violation {
  return failure('schema-violation', message, { rule, ...where });
}

/** Keeps strangers' text short inside messages. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
