import { failure, type Failure } from '../outcome.ts';

/** Which rule of a contract a request breaks. */
export type SchemaRule =
  | 'kind'
  | 'input-type'
  | 'input-json'
  | 'input-size'
  | 'too-few-inputs'
  | 'param-required'
  | 'param-arity'
  | 'param-values'
  | 'param-type'
  | 'param-range'
  | 'param-pattern';

/** A broken rule as an outcome. */
export interface Violation {
  readonly ok: false;
  readonly failure: Failure<'schema-violation'>;
}

/** Fails with `schema-violation`: which rule, in which tag. */
export function violation(
  rule: SchemaRule,
  message: string,
  where: Readonly<Record<string, unknown>> = {},
): Violation {
  return failure('schema-violation', message, { rule, ...where });
}

/** Keeps strangers' text short inside messages. */
export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
