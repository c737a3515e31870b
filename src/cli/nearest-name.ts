/** Beyond so many edits a name is another word, not a slip of the finger. */
const MAX_EDITS = 3;

/** The known name that somebody who wrote this one probably meant; `null` when none is near. */
export function nearestName(written: string, known: readonly string[]): string | null {
  const ranked = known
    .map((name) => ({ name, edits: editsBetween(written.toLowerCase(), name.toLowerCase()) }))
    .toSorted((left, right) => left.edits - right.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.min(MAX_EDITS, Math.ceil(written.length / 2))
    ? best.name
    : null;
}

/** Insertions, deletions and replacements that turn one into the other (Levenshtein). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of from.split('').entries()) {
    const next = [index + 1];
    for (const [at, other] of to.split('').entries())
      next.push(
        Math.min((row[at] ?? 0) + (letter === other ? 0 : 1), (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1),
      );
    row = next;
  }
  return row[to.length] ?? 0;
}
