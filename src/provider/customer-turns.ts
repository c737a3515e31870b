/** Runs tasks of one customer one after the other, those of different customers side by side. */
export type CustomerTurns = <Value>(customerPubkey: string, task: () => Promise<Value>) => Promise<Value>;

/** Makes the turns: requests that arrive at once must not all be weighed against the same trust. */
export function createCustomerTurns(): CustomerTurns {
  const last = new Map<string, Promise<unknown>>();
  return (customerPubkey, task) => {
    const turn = (last.get(customerPubkey) ?? Promise.resolve()).then(task);
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (last.get(customerPubkey) === settled) last.delete(customerPubkey);
      });
    last.set(customerPubkey, settled);
    return turn;
  };
}
