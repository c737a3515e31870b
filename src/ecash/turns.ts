/** Runs what has the same name one after the other, in the order of the calls. */
export type InTurn = <Value>(name: string, run: () => Promise<Value>) => Promise<Value>;

/** Makes turns of their own for one wallet; names that nobody waits for take no room. */
export function turns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (name, run) => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(run, run);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
