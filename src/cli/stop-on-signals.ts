import process from 'node:process';
import { EXIT } from './exit-codes.ts';

/** How a command that stays up is asked to end. */
export interface Stopping {
  /** Aborts at the first SIGINT or SIGTERM: nothing new is begun, and what runs is finished. */
  readonly signal: AbortSignal;
  /**
   * Ends the process by force when it is still here so many seconds after the first signal, and a few more for closing.
   * Without it a command takes the time that it needs.
   */
  readonly endWithin: (graceSeconds: number) => void;
}

/** After the grace: for giving work back, closing books and connections. */
const CLOSING_SECONDS = 10;

/** Listens for the two signals. A second one ends the process at once, as shells count it: 130 or 143. */
export function stopOnSignals(): Stopping {
  const stopping = new AbortController();
  let graceSeconds: number | null = null;
  for (const [name, code] of [
    ['SIGINT', EXIT.interrupted],
    ['SIGTERM', EXIT.terminated],
  ] as const)
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(code); // asked twice: at once
      stopping.abort();
      if (graceSeconds === null) return;
      setTimeout(endByForce, (graceSeconds + CLOSING_SECONDS) * 1000).unref();
    });
  return {
    signal: stopping.signal,
    endWithin: (seconds) => {
      graceSeconds = seconds;
    },
  };
}

function endByForce(): never {
  process.stderr.write(
    '! Something did not end in time and was left; the next start takes it up. (stop-forced)\n',
  );
  process.exit(EXIT.failed);
}
