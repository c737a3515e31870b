/**
 * A bounded place for files that must survive: what a provider made and has not delivered yet, what a customer bought.
 * Names are chosen by us: letters, digits, dots and dashes. When there is no room the oldest files go first.
 */
export interface KeptFiles {
  /** Resolves when the file is durable. A file of that name is replaced. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** `null` when there is none (any more). */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

/** Keeps files in memory, for a process that has no disk: a browser, a test. Nothing outlives it. */
export function createMemoryFiles(maxBytes: number): KeptFiles {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let total = 0;
  const remove = (name: string) => {
    total -= files.get(name)?.length ?? 0;
    files.delete(name);
  };
  return {
    write(name, bytes) {
      remove(name);
      files.set(name, new Uint8Array(bytes));
      total += bytes.length;
      for (const oldest of files.keys()) {
        if (total <= maxBytes) break;
        if (oldest !== name) remove(oldest);
      }
      return Promise.resolve();
    },
    read: (name) => Promise.resolve(files.get(name) ?? null),
  };
}
