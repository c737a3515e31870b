import type { NostrEvent } from '../protocol/index.ts';

/** Events handled side by side. */
const AT_ONCE = 256;

/** Events that wait for that; beyond it they are dropped. */
const MAX_WAITING = 10_000;

/** A queue of events with a bounded number under way: a relay may hand over everything it stores in one moment. */
export interface IntakeLane {
  add(event: NostrEvent): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Makes a lane; once the signal has aborted it forgets what waits. */
export function createIntakeLane(lane: {
  readonly handle: (event: NostrEvent) => Promise<void>;
  readonly onError: (error: unknown, event: NostrEvent) => void;
  /** Told when the lane begins to drop events. */
  readonly onOverflow: () => void;
  readonly signal: AbortSignal;
}): IntakeLane {
  const waiting: NostrEvent[] = [];
  const underWay = new Set<Promise<void>>();
  let isDropping = false;

  const takeNext = () => {
    while (underWay.size < AT_ONCE && !lane.signal.aborted) {
      const event = waiting.shift();
      if (event === undefined) {
        isDropping = false;
        return;
      }
      const handled = lane
        .handle(event)
        .catch((error: unknown) => lane.onError(error, event))
        .finally(() => {
          underWay.delete(handled);
          takeNext();
        });
      underWay.add(handled);
    }
  };

  return {
    add(event) {
      if (waiting.length >= MAX_WAITING) {
        if (!isDropping) lane.onOverflow();
        isDropping = true;
        return;
      }
      waiting.push(event);
      takeNext();
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
