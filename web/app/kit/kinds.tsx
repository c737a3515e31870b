import { useMemo } from 'react';
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
}

const KNOWN = new Set(KIND_CONTRACTS.map(({ kind }) => kind));

/** Gives the contracts of kinds as they are said on the page. */
export function useKinds(): Kinds {
  const words = useWords();
  const text = useAppText();
  return useMemo(() => {
    const said = (contract: KindContract): KindContract => ({
      ...saidJob(contract, words),
      ...(contract.variants === undefined
        ? {}
        : { variants: contract.variants.map((variant) => saidJob(variant, words)) }),
    });
    return {
      all: () => KIND_CONTRACTS.map(said),
      of: (kind) =>
        KNOWN.has(kind)
          ? said(kindContract(kind))
          : {
              ...kindContract(kind),
              name: text('unknown-kind', { kind: String(kind) }),
              about: text('unknown-kind-about'),
            },
    };
  }, [words, text]);
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
  ]);
  return Object.fromEntries(words.map((each) => [each, each]));
}

/** What a kind of work is called. */
export function KindName({ kind }: { readonly kind: number }) {
  return <>{useKinds().of(kind).name}</>;
}
