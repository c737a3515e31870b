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

/** Shorter values are too likely to stand in harmless words. */
const MIN_SECRET_CHARACTERS = 4;

/**
 * What a program said, without the values that it was given and our home directory. Where the end is cut off, so much
 * goes with it as could be half a value.
 */
export function withoutSecrets(said: Uint8Array, given: GivenEnvironment, isCut = false): string {
  const { env = {}, passEnv = [] } = given;
  const values = [...Object.values(env), ...[...passEnv, 'HOME'].map((name) => process.env[name] ?? '')];
  // Line by line, for what is said is judged so too and keys in PEM have many.
  const secrets = values
    .flatMap((value) => value.split(/\r?\n/))
    .filter((value) => value.length >= MIN_SECRET_CHARACTERS)
    .toSorted((a, b) => b.length - a.length);
  const words = secrets.reduce(
    (text, secret) => text.replaceAll(secret, '…'),
    new TextDecoder().decode(said),
  );
  return isCut ? words.slice(0, Math.max(words.length - (secrets[0]?.length ?? 0), 0)) : words;
}
