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
