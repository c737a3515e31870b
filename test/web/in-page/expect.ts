/** The few assertions of vitest that the contracts use, for a page that has no vitest. */

/** Why an assertion does not hold. */
class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

type Check = (actual: unknown, ...expected: never[]) => boolean;

const CHECKS = {
  toBe: (actual, expected) => Object.is(actual, expected),
  toEqual: (actual, expected) => matches(actual, expected, 'all'),
  toMatchObject: (actual, expected) => matches(actual, expected, 'named'),
  toBeNull: (actual) => actual === null,
  toBeUndefined: (actual) => actual === undefined,
  toHaveLength: (actual, length) => (actual as ArrayLike<unknown>).length === length,
  toBeLessThanOrEqual: (actual, most: number | bigint) => (actual as number | bigint) <= most,
  toBeGreaterThanOrEqual: (actual, least: number | bigint) => (actual as number | bigint) >= least,
  toBeGreaterThan: (actual, least: number | bigint) => (actual as number | bigint) > least,
} as const satisfies Record<string, Check>;

type Assertions = { readonly [Name in keyof typeof CHECKS]: (expected?: unknown) => void };

/** Asserts like vitest does; throws when it does not hold. */
export function expect(actual: unknown) {
  return {
    ...assertions(actual, true),
    not: assertions(actual, false),
    rejects: {
      async toThrow(words = '') {
        const error: unknown = await (actual as Promise<unknown>).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof Error) || !error.message.includes(words))
          throw new AssertionFailed(`rejects with ${String(error)}, not with ${words}`);
      },
    },
  };
}

function assertions(actual: unknown, holds: boolean): Assertions {
  const named = Object.entries(CHECKS).map(([name, check]) => [
    name,
    (expected?: unknown) => {
      if (check(actual, expected as never) !== holds)
        throw new AssertionFailed(`${shown(actual)} ${holds ? '' : 'not '}${name} ${shown(expected)}`);
    },
  ]);
  return Object.fromEntries(named) as Assertions;
}

/** Whether both say the same; what is `undefined` counts as left out, and with `named` only what is expected counts. */
function matches(actual: unknown, expected: unknown, which: 'all' | 'named'): boolean {
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  if (Array.isArray(expected) !== Array.isArray(actual)) return false;
  if (actual instanceof Map && expected instanceof Map) return matches([...actual], [...expected], which);
  if (actual instanceof Set && expected instanceof Set) return matches([...actual], [...expected], which);
  if (Array.isArray(expected) && expected.length !== Object.keys(actual).length) return false;
  const keys = new Set([...Object.keys(expected), ...(which === 'all' ? Object.keys(actual) : [])]);
  return [...keys].every((key) => matches(actual[key], expected[key], which));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)) ?? 'undefined'
  );
}
