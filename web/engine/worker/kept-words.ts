import type { WrittenWords } from '../work-contract.ts';
import type { Vault } from './vault.ts';

/** What the two sides of jobs wrote to each other, kept in this browser: relays forget, and own words cannot be read back. */
export interface KeptWords {
  list(requestId: string): Promise<readonly WrittenWords[]>;
  /** Adds what is not there yet. */
  add(requestId: string, words: WrittenWords): Promise<void>;
  /** How much of it the person has not looked at. */
  unread(requestId: string): Promise<number>;
  /** Says whether there was anything that the person had not looked at. */
  markRead(requestId: string): Promise<boolean>;
}

/** What was written about one job, and how much of it was looked at. */
export interface KeptWordsOfJob {
  readonly words: readonly WrittenWords[];
  readonly read: number;
}

/** With what the names begin under which words are kept. */
export const WORDS_PREFIX = 'words:';

/** Under which name the words about a job are kept. */
export function wordsName(side: 'bought' | 'sold', requestId: string): string {
  return `${WORDS_PREFIX}${side}:${requestId}`;
}

/** What is kept about a job. */
export async function readWordsOf(
  vault: Vault,
  side: 'bought' | 'sold',
  requestId: string,
): Promise<KeptWordsOfJob> {
  return (await vault.read<KeptWordsOfJob>(wordsName(side, requestId))) ?? NONE;
}

/** Per job; the oldest go first. */
const MAX_WORDS = 500;
const NONE: KeptWordsOfJob = { words: [], read: 0 };

/** Keeps words in the vault; `side` tells those of a customer from those of a worker. */
export function keepWords(vault: Vault, side: 'bought' | 'sold'): KeptWords {
  const kept = (requestId: string) => readWordsOf(vault, side, requestId);
  const keep = (requestId: string, words: KeptWordsOfJob) => vault.write(wordsName(side, requestId), words);
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
        await keep(requestId, { words: all.slice(dropped), read });
      }),
    unread: async (requestId) => {
      const { words, read } = await kept(requestId);
      return Math.max(0, words.length - read);
    },
    async markRead(requestId) {
      let isNews = false;
      await inTurn(async () => {
        const { words, read } = await kept(requestId);
        isNews = read !== words.length;
        if (isNews) await keep(requestId, { words, read: words.length });
      });
      return isNews;
    },
  };
}
