import type { JobRequest } from '../job.ts';
import { success, type Outcome } from '../outcome.ts';
import type { ParamContract } from './contract.ts';
import { clip, violation, type SchemaRule } from './violation.ts';

/** The request's parameters by the contract's names with defaults filled in, or the rule that one of them breaks. */
export function checkParams(
  known: readonly ParamContract[],
  request: JobRequest,
): Outcome<Map<string, readonly string[]>, 'schema-violation'> {
  const params = canonicalParams(known, request);
  for (const param of known) {
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
function canonicalParams(
  known: readonly ParamContract[],
  request: JobRequest,
): Map<string, readonly string[]> {
  const names = new Map(known.flatMap(({ name, aliases = [] }) => aliases.map((alias) => [alias, name])));
  const params = new Map<string, readonly string[]>();
  for (const [written, values] of request.params) {
    const name = names.get(written) ?? written;
    params.set(name, [...(params.get(name) ?? []), ...values]);
  }
  for (const { name, alsoTag } of known) {
    const tag = alsoTag === true ? request.event.tags.find(([tagName]) => tagName === name) : undefined;
    if (tag !== undefined && !params.has(name)) params.set(name, tag.slice(1));
  }
  return params;
}

/** The values that a parameter stands for as written, or the rule that they break. */
export function checkParam(
  param: ParamContract,
  written: readonly string[],
): Outcome<readonly string[], 'schema-violation'> {
  const broken = (rule: SchemaRule, wants: string) =>
    violation(
      rule,
      `Parameter "${param.name}" ("param" tag) must be ${wants}, not "${clip(written.join('", "'))}".`,
      {
        tag: 'param',
        name: param.name,
      },
    );
  const { arity, values: allowed, pattern, valueType, min = -Infinity, max = Infinity } = param;
  const values = asMeant(param, written);
  const adds = arity === null || param.repeatable === true;
  const fits = adds ? values.length > 0 && values.length % (arity ?? 1) === 0 : values.length === arity;
  if (!fits) return broken('param-arity', describeArity(arity));
  if (allowed !== undefined && !values.every((value) => allowed.includes(value)))
    return broken('param-values', `one of ${allowed.join(', ')}`);
  if (valueType !== undefined && !values.every((value) => NUMERALS[valueType].test(value)))
    return broken('param-type', valueType === 'integer' ? 'a whole number' : 'a number');
  if (!values.every((value) => valueType === undefined || (Number(value) >= min && Number(value) <= max)))
    return broken('param-range', describeRange(param));
  if (pattern !== undefined && !values.every((value) => new RegExp(pattern, 'u').test(value)))
    return broken('param-pattern', `like ${pattern}`);
  return success(values);
}

const NUMERALS = { integer: /^-?\d{1,15}$/, number: /^-?\d{1,15}(\.\d{1,15})?$/ };

/**
 * Drops further tags that say the same as the first, and joins a single value that came in pieces, such as
 * `100`, `words`: some clients send that.
 */
function asMeant(param: ParamContract, written: readonly string[]): readonly string[] {
  const { arity, pattern } = param;
  if (param.repeatable === true || arity === null || written.length <= arity) return written;
  if (written.length % arity === 0 && written.every((value, index) => value === written[index % arity]))
    return written.slice(0, arity);
  const joined = written.join(' ');
  return arity === 1 && pattern !== undefined && new RegExp(pattern, 'u').test(joined) ? [joined] : written;
}

function describeArity(arity: number | null): string {
  if (arity === null) return 'one value or more';
  return arity === 1 ? 'one value' : `${arity} values`;
}

function describeRange({ min, max }: ParamContract): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
}
