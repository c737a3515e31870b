import {
  KIND_CONTRACTS,
  kindContract,
  type JobContract,
  type KindContract,
} from '../../../src/protocol/index.ts';
import { roomStrings, type Translate } from '../strings.ts';
import { useAppText } from '../strings.en.ts';

/** What the contracts of kinds say to people: their English is the key. */
const useWords = roomStrings('kinds', wordsOf(KIND_CONTRACTS), {
  de: () => import('./kinds.strings.de.ts'),
});

/** The contracts of kinds in the language of the page. */
interface Kinds {
  readonly all: () => readonly KindContract[];
  /** One that takes everything where nothing is known of the kind. */
  readonly of: (kind: number) => KindContract;
  /** What the parameter of that name is called: `negative_prompt` as people would say it. */
  readonly paramName: (name: string) => string;
  /** What a value means, where a parameter has only certain ones. */
  readonly paramValue: (value: string) => string;
}

/** Gives the contracts of kinds as they are said on the page. */
export function useKinds(): Kinds {
  const words = useWords();
  const text = useAppText();
  // Both change when another language is spoken, and only then.
  const kept = KINDS.get(words) ?? kindsIn(words, text);
  KINDS.set(words, kept);
  return kept;
}

/** What was translated once is not translated for each row of a list. */
const KINDS = new WeakMap<ReturnType<typeof useWords>, Kinds>();

function kindsIn(words: Translate<string>, text: ReturnType<typeof useAppText>): Kinds {
  const said = (contract: KindContract): KindContract => ({
    ...saidJob(contract, words),
    ...(contract.variants === undefined
      ? {}
      : { variants: contract.variants.map((variant) => saidJob(variant, words)) }),
  });
  const known = new Map(KIND_CONTRACTS.map((contract) => [contract.kind, said(contract)]));
  return {
    all: () => [...known.values()],
    of: (kind) =>
      known.get(kind) ?? {
        ...kindContract(kind),
        name: text('unknown-kind', { kind: String(kind) }),
        about: text('unknown-kind-about'),
      },
    paramName: (name) => words(readable(name)),
    paramValue: (value) => words(value),
  };
}

function saidJob<Contract extends JobContract & Named>(
  contract: Contract,
  words: Translate<string>,
): Contract {
  return {
    ...contract,
    name: words(contract.name),
    about: words(contract.about),
    inputs: contract.inputs.map((group) => ({ ...group, description: words(group.description) })),
    params: contract.params.map((param) => ({ ...param, description: words(param.description) })),
  };
}

interface Named {
  readonly name: string;
  readonly about: string;
}

function wordsOf(contracts: readonly KindContract[]): Readonly<Record<string, string>> {
  const jobs = contracts.flatMap((contract) => [contract, ...(contract.variants ?? [])]);
  const words = jobs.flatMap(({ name, about, inputs, params }) => [
    name,
    about,
    ...[...inputs, ...params].map(({ description }) => description),
    ...params.map((param) => readable(param.name)),
    ...params.flatMap(({ values = [] }) => values.filter((value) => /^[a-z]/i.test(value))),
  ]);
  return Object.fromEntries(words.map((each) => [each, each]));
}

function readable(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a kind of work is called. */
export function KindName({ kind }: { readonly kind: number }) {
  return <>{useKinds().of(kind).name}</>;
}
