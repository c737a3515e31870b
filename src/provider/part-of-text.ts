/** The beginning of a text, at most so many UTF-16 units, without half a character at its end. */
export function beginningOf(text: string, maxUnits: number): string {
  return text.slice(0, Math.max(0, maxUnits)).replace(/[\uD800-\uDBFF]$/, '');
}
