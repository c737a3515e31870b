/** Languages that everything can be said in, the first one where nobody wishes for any other. */
export const LANGUAGES = ['en', 'de'] as const;

/** One of `LANGUAGES`. */
export type Language = (typeof LANGUAGES)[number];

/** Which language is wished for; `auto` follows the browser. */
export type LanguageWish = Language | 'auto';

const KEPT_AS = 'coinop-language';

/** The language that comes closest to that wish, as people who read these locales would have it. */
export function languageFor(wish: LanguageWish, locales: readonly string[]): Language {
  if (wish !== 'auto') return wish;
  return locales.map(languageOf).find((language) => language !== null) ?? 'en';
}

/** How numbers, dates and plurals are written in a language: in the reader's own way of it, where they name one. */
export function localeFor(language: Language, locales: readonly string[]): string {
  return locales.find((locale) => languageOf(locale) === language) ?? language;
}

function languageOf(locale: string): Language | null {
  const primary = locale.toLowerCase().split('-')[0];
  return LANGUAGES.find((language) => language === primary) ?? null;
}

/** The wish that this browser keeps. */
export function keptLanguageWish(): LanguageWish {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return LANGUAGES.find((language) => language === kept) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** Keeps a wish for the next visit. */
export function keepLanguageWish(wish: LanguageWish): void {
  try {
    localStorage.setItem(KEPT_AS, wish);
  } catch {
    // A browser that keeps nothing forgets it with the tab.
  }
}
