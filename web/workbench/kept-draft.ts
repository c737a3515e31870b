import { useEffect, useRef, useState } from 'react';
import { useEngine } from '../app/index.ts';
import type { Draft } from '../engine/index.ts';

const EMPTY: Draft = { content: '', mediaType: 'text/plain', file: null };
/** A pause in the writing after which the draft is kept. */
const PAUSE_MS = 600;

/** The draft of a job, kept by the engine whenever the writing pauses and when the page is left; and whether it is kept. */
export function useKeptDraft(
  requestId: string,
  kept: Draft | null,
): readonly [draft: Draft, change: (draft: Draft) => void, isSaved: boolean] {
  const engine = useEngine();
  const [draft, setDraft] = useState(kept ?? EMPTY);
  const [saved, setSaved] = useState(draft);
  const unsaved = useRef<Draft | null>(null);
  useEffect(() => {
    if (draft === saved) return undefined;
    unsaved.current = draft;
    const save = () => {
      if (unsaved.current !== draft) return;
      unsaved.current = null;
      void engine.call('work.save-draft', { requestId, draft }).then(
        (done) => done.ok && setSaved(draft),
        () => undefined, // the next change tries again
      );
    };
    const timer = setTimeout(save, PAUSE_MS);
    addEventListener('pagehide', save);
    return () => {
      clearTimeout(timer);
      removeEventListener('pagehide', save);
    };
  }, [engine, requestId, draft, saved]);
  useEffect(
    () => () => {
      if (unsaved.current !== null)
        void engine.call('work.save-draft', { requestId, draft: unsaved.current });
    },
    [engine, requestId],
  );
  return [draft, setDraft, draft === saved];
}
