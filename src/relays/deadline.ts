/** Calls `onEnd` once, with the reason, when the time is up or the signal aborts. Returns what disarms it. */
export function armDeadline(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  onEnd: (reason: string) => void,
): () => void {
  const end = (reason: string) => {
    disarm();
    onEnd(reason);
  };
  const onAbort = () => end('aborted');
  const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  const disarm = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  if (signal?.aborted) end('aborted');
  return disarm;
}
