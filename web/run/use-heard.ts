import { useEffect, useState } from 'react';
import { useEngine } from '../app/index.ts';
import type { WrittenWords } from '../engine/index.ts';

/** What is written about these requests of one wish, the oldest first. Listening has the signer decrypt what comes. */
export function useHeard(requestIds: readonly string[]): readonly WrittenWords[] {
  const engine = useEngine();
  const [heard, setHeard] = useState<ReadonlyMap<string, readonly WrittenWords[]>>(new Map());
  const key = requestIds.join(' ');
  useEffect(() => {
    setHeard(new Map());
    const stops = key
      .split(' ')
      .map((requestId) =>
        engine.watch('words', { requestId }, (words) =>
          setHeard((before) => new Map([...before, [requestId, words]])),
        ),
      );
    return () => {
      for (const stop of stops) stop();
    };
  }, [engine, key]);
  return [...heard.values()].flat().toSorted((one, other) => one.at - other.at);
}
