/** The machine's clock in whole unix seconds, the unit of every time in Nostr events and in the books. */
export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** Resolves after the time, or as soon as the signal aborts; never rejects and leaves nothing behind. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}
