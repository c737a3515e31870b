/** Stands in for vitest in a page: collects the same suites, and runs them one test after another. */
export { expect } from './expect.ts';

type Body = (test: { readonly skip: () => never }) => unknown;

interface Suite {
  readonly name: string;
  readonly parent: Suite | null;
  readonly before: Body[];
  readonly after: Body[];
}

const tests: { readonly name: string; readonly suite: Suite; readonly body: Body }[] = [];
let suite: Suite = { name: '', parent: null, before: [], after: [] };

/** Collects what `define` declares under that name. */
export function describe(name: string, define: () => void): void {
  const outer = suite;
  suite = { name, parent: outer, before: [], after: [] };
  define();
  suite = outer;
}

/** Declares one test. */
export function test(name: string, body: Body): void {
  tests.push({ name, suite, body });
}

/** The same by its other name, and from a table. */
export const it = Object.assign((name: string, body: Body) => test(name, body), {
  each:
    (cases: readonly unknown[]) =>
    (name: string, body: (...values: never[]) => unknown): void => {
      for (const each of cases)
        test(`${name} ${String(each)}`, () => body(...((Array.isArray(each) ? each : [each]) as never[])));
    },
});

/** Runs before each test of the suite. */
export function beforeEach(body: Body): void {
  suite.before.push(body);
}

/** Runs after each test of the suite, whatever came of it. */
export function afterEach(body: Body): void {
  suite.after.push(body);
}

const { setTimeout: realTimeout, clearTimeout: realClear } = globalThis;

/** Timers that never fire are all that the contracts fake. */
export const vi = {
  useFakeTimers: (): void =>
    void Object.assign(globalThis, { setTimeout: () => 0, clearTimeout: () => undefined }),
  useRealTimers: (): void =>
    void Object.assign(globalThis, { setTimeout: realTimeout, clearTimeout: realClear }),
};

/** What came of the tests. */
export interface Report {
  readonly passed: number;
  /** Each with its name and why. */
  readonly failed: readonly string[];
}

/** Runs everything that was declared. */
export async function runTests(): Promise<Report> {
  const failed: string[] = [];
  for (const { name, suite: own, body } of tests) {
    const suites = lineage(own);
    try {
      for (const each of suites) for (const prepare of each.before) await prepare(context);
      await body(context);
    } catch (error) {
      failed.push(`${suites.map((each) => each.name).join(' > ')} > ${name}: ${reasonOf(error)}`);
    } finally {
      for (const each of suites.toReversed()) for (const clean of each.after) await clean(context);
    }
  }
  return { passed: tests.length - failed.length, failed };
}

const context = {
  skip: () => {
    throw new Error('nothing is skipped in a page');
  },
};

/** Properties that fail name their counterexample, and then why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} because ${error.cause.message}` : error.message;
}

/** The outermost first. */
function lineage(own: Suite): Suite[] {
  return own.parent === null ? [own] : [...lineage(own.parent), own];
}
