/** A value that changes, and those who want to know. */
export interface Cell<Value> {
  readonly value: Value;
  set(value: Value): void;
  /** Tells the value now and after each change, until the signal aborts. */
  watch(tell: (value: Value) => void, signal: AbortSignal): void;
}

/** Makes a cell. */
export function createCell<Value>(first: Value): Cell<Value> {
  const watchers = new Set<(value: Value) => void>();
  let value = first;
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const tell of watchers) tell(next);
    },
    watch(tell, signal) {
      if (signal.aborted) return;
      watchers.add(tell);
      signal.addEventListener('abort', () => watchers.delete(tell), { once: true });
      tell(value);
    },
  };
}
