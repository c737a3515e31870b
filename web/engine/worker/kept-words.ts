import type { WrittenWords } from '../work-contract.ts';
import type { Vault } from './vault.ts';

/** What the two sides of jobs wrote to each other, kept in this browser: relays forget, and own words cannot be read back. */
export interface KeptWords {
  list(requestId: string): Promise<readonly WrittenWords[]>;
  /** Adds what is not there yet. */
  add(requestId: string, words: WrittenWords): Promise<void>;
  /** How much of it the person has not looked at. */
  unread(requestId: string): Promise<number>;
  markRead(requestId: string): Promise<void>;
}

interface Kept {
  readonly words: readonly WrittenWords[];
  readonly read: number;
}

/** Per job; the oldest go first. */
const MAX_WORDS = 500;
const NONE: Kept = { words: [], read: 0 };

/** Keeps words in the vault; `side` tells those of a customer from those of a worker. */
export function keepWords(vault: Vault, side: 'bought' | 'sold'): KeptWords {
  const keyOf = (requestId: string) => `words:${side}:${requestId}`;
  const kept = async (requestId: string) => (await vault.read<Kept>(keyOf(requestId))) ?? NONE;
  /** What is read and then written is done one after the other. */
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const done = tail.then(run);
    tail = done.catch(() => undefined);
    return done;
  };
  return {
    list: async (requestId) => (await kept(requestId)).words,
    add: (requestId, words) =>
      inTurn(async () => {
        const before = await kept(requestId);
        if (before.words.some(({ id }) => id === words.id)) return;
        const all = [...before.words, words].toSorted((one, other) => one.at - other.at);
        const dropped = Math.max(0, all.length - MAX_WORDS);
        const read = Math.max(0, before.read + (words.mine ? 1 : 0) - dropped);
        await vault.write(keyOf(requestId), { words: all.slice(dropped), read } satisfies Kept);
      }),
    unread: async (requestId) => {
      const { words, read } = await kept(requestId);
      return Math.max(0, words.length - read);
    },
    markRead: (requestId) =>
      inTurn(async () => {
        const { words, read } = await kept(requestId);
        if (read !== words.length)
          await vault.write(keyOf(requestId), { words, read: words.length } satisfies Kept);
      }),
  };
}
