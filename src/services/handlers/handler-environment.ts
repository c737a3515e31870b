import process from 'node:process';

/** What a program gets of an environment beside PATH, HOME and LANG. */
export interface GivenEnvironment {
  /** Variables and their values. May hold secrets where a program calls this; a configuration file may not. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of our own variables that are passed on, read when the program starts. */
  readonly passEnv?: readonly string[];
}

const INHERITED = ['PATH', 'HOME', 'LANG'];

/** A scrubbed environment: nothing of ours but what is named. */
export function scrubbedEnvironment({ env = {}, passEnv = [] }: GivenEnvironment): Record<string, string> {
  const inherited = [...INHERITED, ...passEnv].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...env };
}

/** The values among these that nobody else may read. */
export function secretsOf({ env = {}, passEnv = [] }: GivenEnvironment): readonly string[] {
  return [...Object.values(env), ...passEnv.map((name) => process.env[name] ?? '')];
}
