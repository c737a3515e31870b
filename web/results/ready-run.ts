import { useEffect, useState } from 'react';
import type { RunResult, RunState } from '../engine/contract.ts';
import { knownSize, statedSize } from './image-size.ts';
import { isMarkdownLoaded, loadMarkdown } from './lazy-markdown.tsx';
import { mediaSortOf } from './remote-media.tsx';

type Told = RunState | null | undefined;

/** What is not ready then is shown as it is. */
const PATIENCE_MS = 2000;

/**
 * The latest run whose result can be laid out at once: what formats it is loaded, and how large its picture is, is
 * known. Until then the one before stays, so that nothing on the page has to make room a second time.
 */
export function useReadyRun(told: Told): Told {
  const [shown, setShown] = useState<Told>(undefined);
  const [patient, setPatient] = useState(true);
  const result = told?.result ?? null;
  const isReady = shown === told || !patient || result === null || isPrepared(result);
  if (isReady && shown !== told) setShown(told);
  useEffect(() => {
    if (isReady || result === null) return undefined;
    let gone = false;
    const show = () => gone || setShown(told);
    void prepare(result).then(show, show);
    return () => {
      gone = true;
    };
  }, [isReady, result, told]);
  useEffect(() => {
    if (isReady) return undefined;
    const timer = setTimeout(() => setPatient(false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isReady]);
  return isReady ? told : shown;
}

function isPrepared({ file, mediaType }: RunResult): boolean {
  if (file === null) return !mediaType.includes('markdown') || isMarkdownLoaded();
  return mediaSortOf(file.blob.type || mediaType) !== 'image' || knownSize(file.blob) !== undefined;
}

async function prepare({ file }: RunResult): Promise<void> {
  await (file === null ? loadMarkdown() : statedSize(file.blob));
}
