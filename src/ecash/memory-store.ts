import type { EcashOperation, EcashStore, NewProof, ProofFilter, StoredProof } from './store.ts';

/** Books that end with the process: for tests, and for wallets that can be restored from their seed. */
export function memoryEcashStore(): EcashStore {
  const counters = new Map<string, number>();
  const operations = new Map<string, EcashOperation>();
  const proofs = new Map<string, StoredProof>();
  const notes = new Map<string, string>();

  const store = (fresh: NewProof, more: Pick<StoredProof, 'state' | 'heldBy'>) => {
    if (proofs.has(fresh.y)) throw new Error('This piece of ecash is stored already.');
    proofs.set(fresh.y, { ...fresh, ...more });
  };

  const books = {
    takeCounters(keysetId: string, count: number) {
      const first = counters.get(keysetId) ?? 0;
      counters.set(keysetId, first + count);
      return first;
    },
    raiseCounter(keysetId: string, next: number) {
      counters.set(keysetId, Math.max(counters.get(keysetId) ?? 0, next));
    },
    begin(...[operation, { ownYs, received }]: Parameters<EcashStore['begin']>) {
      if ((operations.get(operation.id)?.state ?? 'failed') !== 'failed') return 'known';
      const own = ownYs.map((y) => proofs.get(y));
      const isTaken = own.some((proof) => proof?.state !== 'free') || received.some(({ y }) => proofs.has(y));
      if (isTaken) return 'inputs-taken';
      operations.set(operation.id, operation);
      for (const proof of own)
        if (proof) proofs.set(proof.y, { ...proof, state: 'held', heldBy: operation.id });
      for (const proof of received) store(proof, { state: 'held', heldBy: operation.id });
      return 'begun';
    },
    end(...[operationId, end]: Parameters<EcashStore['end']>) {
      const operation = operations.get(operationId);
      if (operation?.state !== 'open') return false;
      const {
        state,
        preimage = operation.preimage,
        feeSat = null,
        routingFeeMsat = null,
        failure = null,
      } = end;
      for (const proof of end.made) store(proof, { state: 'free', heldBy: null });
      operations.set(operationId, { ...operation, state, preimage, feeSat, routingFeeMsat, failure });
      for (const proof of proofs.values()) {
        if (proof.heldBy !== operationId || proof.state !== 'held') continue;
        if (end.spentYs.includes(proof.y)) proofs.set(proof.y, { ...proof, state: 'spent' });
        else if (proof.role === 'received') proofs.delete(proof.y);
        else proofs.set(proof.y, { ...proof, state: 'free', heldBy: null });
      }
      return true;
    },
    addRestored(restored: readonly NewProof[]) {
      const fresh = restored.filter(({ y }) => !proofs.has(y));
      for (const proof of fresh) store(proof, { state: 'free', heldBy: null });
      return fresh.length;
    },
  } as const;

  return {
    takeCounters: async (keysetId, count) => books.takeCounters(keysetId, count),
    raiseCounter: async (keysetId, next) => books.raiseCounter(keysetId, next),
    begin: async (operation, inputs) => books.begin(operation, inputs),
    end: async (operationId, end) => books.end(operationId, end),
    operation: async (id) => operations.get(id) ?? null,
    openOperations: async () => [...operations.values()].filter(({ state }) => state === 'open'),
    operations: async ({ limit, after = '', about }) =>
      [...operations.values()]
        .filter((operation) => operation.id > after && (about === undefined || operation.about === about))
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
        .slice(0, limit),
    proofs: async (filter) => [...proofs.values()].filter((proof) => fits(proof, filter)),
    addRestored: async (restored) => books.addRestored(restored),
    note: async (name) => notes.get(name) ?? null,
    saveNote: async (name, text) => void notes.set(name, text),
    close: async () => undefined,
  };
}

function fits(proof: StoredProof, filter: ProofFilter): boolean {
  return (
    (filter.mintUrl === undefined || proof.mintUrl === filter.mintUrl) &&
    (filter.role === undefined || proof.role === filter.role) &&
    (filter.state === undefined || proof.state === filter.state) &&
    (filter.madeBy === undefined || proof.madeBy === filter.madeBy) &&
    (filter.heldBy === undefined || proof.heldBy === filter.heldBy)
  );
}
