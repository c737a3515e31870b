import type { InputContract, KindContract, ParamContract } from './contract.ts';

/** Inputs of these types separated by `|`; exactly one of them unless said otherwise. */
export function input(
  types: string,
  description: string,
  more: Partial<Omit<InputContract, 'types' | 'description'>> = {},
): InputContract {
  return { types: types.split('|'), min: 1, max: 1, marker: null, ...more, description };
}

/** How many of an input: at most one, any number of them, or one and more. */
export const AT_MOST_ONE = { min: 0, max: 1 } as const;
/** Any number of inputs, even none. */
export const ANY_NUMBER = { min: 0, max: null } as const;
/** One input and more. */
export const SOME = { min: 1, max: null } as const;

/** A parameter with one value that may be left out, unless said otherwise. */
export function param(
  name: string,
  description: string,
  more: Partial<Omit<ParamContract, 'name' | 'description'>> = {},
): ParamContract {
  return { name, description, required: false, arity: 1, ...more };
}

/** What takes everything, where nothing is known of inputs and parameters. */
export const ANYTHING = {
  inputs: [{ types: null, ...ANY_NUMBER, marker: null, description: 'Whatever the job works on.' }],
  bare: true,
  params: [],
  outputs: [],
} as const;

/** A kind of which a name is all that is known: its requests are read generically. */
export function nameOnly(
  kind: Pick<KindContract, 'kind' | 'name' | 'category' | 'status' | 'source' | 'about'>,
): KindContract {
  return { ...kind, ...ANYTHING };
}

/** A contract that takes everything, for a kind of which nothing is known. */
export function unknownKind(kind: number): KindContract {
  return nameOnly({
    kind,
    name: `Job of kind ${kind}`,
    category: 'other',
    status: 'unknown',
    source: null,
    about: 'Nothing is known about this kind.',
  });
}
