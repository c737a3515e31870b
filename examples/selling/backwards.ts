/** A handler in TypeScript. Yield progress or partial results, return the result; plain functions will do as well. */
export async function* handler(job: { readonly text: string; readonly signal: AbortSignal }) {
  const letters = Array.from(job.text).toReversed();
  for (let done = 8; done < letters.length && !job.signal.aborted; done += 8)
    yield { type: 'partial', content: letters.slice(0, done).join('') };
  return letters.join('');
}
