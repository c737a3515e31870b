import { useCallback, useEffect, useReducer, useRef } from 'react';
import { useEngine } from '../app/index.ts';
import type { Draft, KeptDraftState } from '../engine/index.ts';
import { draftAfter, draftBegun, isUnsaved, madeOf, type EditedDraft } from './draft-merge.ts';

/** A pause in the writing after which the draft is kept. */
const PAUSE_MS = 600;

/** The draft of a job on this page. */
export interface DraftHere {
  readonly edited: EditedDraft;
  readonly change: (draft: Draft) => void;
  /** Where another tab wrote something else meanwhile: which of the two it is to be. */
  readonly choose: (side: 'own' | 'other') => void;
}

/**
 * The draft of a job, kept by the engine whenever the writing pauses and when the page is left. What another tab writes
 * is taken over while nothing is unsaved here.
 */
export function useKeptDraft(requestId: string, kept: KeptDraftState): DraftHere {
  const engine = useEngine();
  const [edited, tell] = useReducer(draftAfter, kept, draftBegun);
  const { draft, isSaved, sending, hasFailed, other } = edited;
  const latest = useRef(edited);
  useEffect(() => {
    latest.current = edited;
  }, [edited]);
  useEffect(() => tell({ type: 'told', kept }), [kept]);
  const save = useCallback(() => {
    const now = latest.current;
    if (!isUnsaved(now) || now.sending === now.draft) return;
    const sent = now.draft;
    const over = madeOf(now);
    tell({ type: 'sent', draft: sent });
    void engine.call('work.save-draft', { requestId, draft: sent, over }).then(
      (done) => tell({ type: 'answered', draft: sent, version: done.ok ? done.value : null }),
      () => tell({ type: 'answered', draft: sent, version: null }),
    );
  }, [engine, requestId]);
  const isDue = !isSaved && !hasFailed && sending === null && other === null;
  useEffect(() => {
    if (!isDue) return undefined;
    const timer = setTimeout(save, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [isDue, draft, save]);
  useEffect(() => {
    addEventListener('pagehide', save);
    return () => {
      removeEventListener('pagehide', save);
      save();
    };
  }, [save]);
  return {
    edited,
    change: useCallback((changed) => tell({ type: 'edited', draft: changed }), []),
    choose: useCallback((side) => tell({ type: 'chosen', side }), []),
  };
}
