import { msat } from '../../../src/protocol/index.ts';
import { formatMoment } from '../kit/dates.ts';
import { useSats } from '../kit/money.tsx';
import { Untrusted } from '../kit/untrusted.tsx';
import { useLanguage, type Strings, type Translate } from '../strings.ts';
import { ACCOUNT, useAccountFailures } from './account.strings.en.ts';
import { BUYING, useBuyingFailures } from './buying.strings.en.ts';
import { MONEY, useMoneyFailures } from './money.strings.en.ts';
import { REFUSALS, useRefusals } from './refusals.strings.en.ts';
import { SELLING, useSellingFailures } from './selling.strings.en.ts';

/** Why something did not work, as the engine or a provider says it. */
export interface SaidFailure {
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Says a failure of the engine in the language of the page, by its code. What no language has words for is left in the
 * engine's own, which are English.
 */
export function FailureWords({ failure }: { readonly failure: SaidFailure }) {
  const words = useWords();
  return words(failure, 'engine') ?? <InEnglish>{failure.message}</InEnglish>;
}

/** Says a provider's refusal by its code, and then with what it says itself, in whatever language. */
export function RefusalWords({ failure }: { readonly failure: SaidFailure }) {
  const words = useWords();
  return (
    <>
      {words(failure, 'provider')}{' '}
      {failure.message.trim() !== '' && <Untrusted max={300}>{failure.message}</Untrusted>}
    </>
  );
}

/** Words that the page has no translation for. */
function InEnglish({ children }: { readonly children: string }) {
  return (
    <span lang="en">
      <Untrusted max={500}>{children}</Untrusted>
    </span>
  );
}

/** The same code can mean one thing of the engine and another of a provider: each is asked for its own first. */
function useWords(): (failure: SaidFailure, by: 'engine' | 'provider') => string | null {
  const own: readonly (readonly [Strings, Translate<string>])[] = [
    [ACCOUNT, useAccountFailures()],
    [MONEY, useMoneyFailures()],
    [BUYING, useBuyingFailures()],
    [SELLING, useSellingFailures()],
  ];
  const refusals = [REFUSALS, useRefusals()] as const;
  const fill = useFilling();
  return ({ code, data = {} }, by) => {
    const values = fill(data);
    const found = (by === 'engine' ? [...own, refusals] : [refusals, ...own]).find(
      ([english]) =>
        Object.hasOwn(english, code) && gapsOf(english[code] ?? '').every((gap) => gap in values),
    );
    return found === undefined ? null : found[1](code, values);
  };
}

function gapsOf(words: string): string[] {
  return [...words.matchAll(/\{\{(\w+)\}\}/g)].map(([, gap = '']) => gap);
}

/** The facts of a failure as they stand in a sentence: amounts in sats, `until` as a time. */
function useFilling(): (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> {
  const sats = useSats();
  const language = useLanguage();
  return (data) =>
    Object.fromEntries(
      Object.entries(data).flatMap(([name, fact]): (readonly [string, string | number])[] => {
        if (name.endsWith('Msat') && typeof fact === 'string' && /^\d{1,18}$/.test(fact))
          return [[name, sats(msat(BigInt(fact)))]];
        if (name === 'until' && typeof fact === 'number') return [[name, formatMoment(fact, language)]];
        return typeof fact === 'number' ? [[name, fact]] : [];
      }),
    );
}
