/**
 * Answers from what was found at most `ms` ago, and lets those who ask meanwhile wait for the same look: however often a
 * page is asked for, wallet and books are asked seldom.
 */
export function onceIn<Value>(ms: number, look: () => Promise<Value>): () => Promise<Value> {
  let lookedAtMs = -Infinity;
  let found: Promise<Value> | null = null;
  return () => {
    if (found !== null && performance.now() - lookedAtMs < ms) return found;
    lookedAtMs = performance.now();
    const looking = look();
    found = looking;
    looking.catch(() => {
      if (found === looking) found = null;
    });
    return looking;
  };
}
