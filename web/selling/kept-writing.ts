import { useState } from 'react';

/** Makes a state that lasts while the app is open: what was written is there again after signing in meanwhile. */
export function keptWhileOpen<Value>(
  first: () => Value,
): () => readonly [value: Value, keep: (value: Value) => void] {
  let kept = first();
  return function useKept() {
    const [value, setValue] = useState(() => kept);
    const keep = (changed: Value) => {
      kept = changed;
      setValue(changed);
    };
    return [value, keep];
  };
}
