/**
 * Expected failures are values. An `Outcome` is either the value or a coded failure that carries
 * what the caller needs to act; thrown errors mean bugs or broken I/O.
 */

/** Why something expected did not work: a stable `code`, a sentence for people, and the facts behind it. */
export interface Failure<Code extends string = string> {
  readonly code: Code;
  /** What went wrong and what to do about it, in one sentence without secrets. */
  readonly message: string;
  /** Machine-readable facts, JSON-safe. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The value, or the coded reason why there is none. */
export type Outcome<Value, Code extends string = string> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Failure<Code> };

/** Wraps a value as a successful outcome. */
export function success<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

/** Makes a failed outcome from a stable code, a sentence and optional facts. */
export function failure<Code extends string>(
  code: Code,
  message: string,
  data?: Readonly<Record<string, unknown>>,
): { readonly ok: false; readonly failure: Failure<Code> } {
  return { ok: false, failure: data === undefined ? { code, message } : { code, message, data } };
}

/** A failure thrown by `orThrow`, for scripts that have nothing better to do with it. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(reason: Failure) {
    super(reason.message);
    this.code = reason.code;
    this.data = reason.data;
  }
}

/** The value of an outcome; throws a `FailureError` with the code when there is none. */
export function orThrow<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new FailureError(outcome.failure);
}
