/** Words of one question; what is beyond is left out. */
const MAX_WORDS = 16;
const MAX_WORD_CHARS = 64;

/**
 * Writes what somebody typed as a question to SQLite's full text search: every word in quotes, so that nothing in it is
 * an operator, and the last one as a beginning. `null` when there are no words.
 */
export function ftsQuery(texts: readonly string[], join: 'AND' | 'OR'): string | null {
  const words = texts
    .flatMap((text) => text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [])
    .slice(0, MAX_WORDS)
    .map((word) => `"${word.slice(0, MAX_WORD_CHARS)}"`);
  return words.length === 0 ? null : `${words.join(` ${join} `)}*`;
}
