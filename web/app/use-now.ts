import { useSyncExternalStore } from 'react';

/** Tells the time every so often while somebody listens. */
interface Clock {
  readonly listen: (listener: () => void) => () => void;
  readonly now: () => number;
}

/** One for everybody who wants the time as often: a thousand rows cost one timer, and say the same. */
const clocks = new Map<number, Clock>();

/** The time in milliseconds, told anew every so often while `running`. */
export function useNow(everyMs: number, running = true): number {
  const clock = clocks.get(everyMs) ?? clockOf(everyMs);
  clocks.set(everyMs, clock);
  return useSyncExternalStore(running ? clock.listen : hearNothing, clock.now);
}

function clockOf(everyMs: number): Clock {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let now = Date.now();
  const tick = () => {
    now = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    listen(listener) {
      timer ??= setInterval(tick, everyMs);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    now() {
      // A clock that stood still is set when somebody looks at it again.
      if (timer === undefined && Date.now() - now >= everyMs) now = Date.now();
      return now;
    },
  };
}

function hearNothing(): () => void {
  return () => undefined;
}
