/**
 * A language as its shortest code: `eng`, `en-US` and `EN` are `en`, `ger` and `deu` are `de` (ISO 639-1, or 639-2
 * where there is none). `null` for what is no code.
 */
export function languageCode(text: string): string | null {
  try {
    return new Intl.Locale(text.trim().replaceAll('_', '-')).language;
  } catch {
    return null;
  }
}

/**
 * A language as it is written and where (`pt-BR`, `zh-Hant-TW`), in canonical form. Variants and extensions are left
 * out: there strangers can write whole sentences. `null` for what is no code.
 */
export function languageTag(text: string): string | null {
  try {
    const { language, script, region } = new Intl.Locale(text.trim().replaceAll('_', '-'));
    return [language, script, region].filter((part) => part !== undefined).join('-');
  } catch {
    return null;
  }
}
