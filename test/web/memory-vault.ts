import type { Vault } from '../../web/engine/worker/vault.ts';

/** What a browser keeps, in memory. */
export function memoryVault(): Vault {
  const kept = new Map<string, unknown>();
  return {
    read: <Value>(name: string) => Promise.resolve((kept.get(name) ?? null) as Value | null),
    write: async (name, value) => void kept.set(name, value),
    remove: async (name) => void kept.delete(name),
    names: async (prefix) => [...kept.keys()].filter((name) => name.startsWith(prefix)),
    writeSecret: async (name, text) => void kept.set(name, text),
    readSecret: async (name) => (kept.get(name) as string | undefined) ?? null,
    close: () => undefined,
  };
}
