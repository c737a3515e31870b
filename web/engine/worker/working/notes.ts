import type { Draft, WrittenWords } from '../../work-contract.ts';
import type { Vault } from '../vault.ts';

/** What a person notes about its jobs besides the books: drafts, and what was written to and fro. */
export interface Notes {
  draft(requestId: string): Promise<Draft | null>;
  saveDraft(requestId: string, draft: Draft): Promise<void>;
  /** From now on the draft counts as delivered; resolves when that is durable. */
  submit(requestId: string, draft: Draft): Promise<void>;
  /** The draft, if it was submitted. */
  submitted(requestId: string): Promise<Draft | null>;
  /** Once the result is in the books. */
  dropDraft(requestId: string): Promise<void>;
  words(requestId: string): Promise<readonly WrittenWords[]>;
  /** Adds what is not there yet. */
  addWords(requestId: string, words: WrittenWords): Promise<void>;
  /** How much of it the person has not looked at. */
  unread(requestId: string): Promise<number>;
  markRead(requestId: string): Promise<void>;
}

interface KeptDraft {
  readonly draft: Draft;
  readonly submitted: boolean;
}

interface KeptWords {
  readonly words: readonly WrittenWords[];
  readonly read: number;
}

/** Per job; the oldest go first. */
const MAX_WORDS = 500;
const NO_WORDS: KeptWords = { words: [], read: 0 };

/** Keeps notes in the vault. */
export function createNotes(vault: Vault): Notes {
  const draftKey = (requestId: string) => `draft:${requestId}`;
  const wordsKey = (requestId: string) => `words:${requestId}`;
  const kept = (requestId: string) => vault.read<KeptDraft>(draftKey(requestId));
  const keptWords = async (requestId: string) =>
    (await vault.read<KeptWords>(wordsKey(requestId))) ?? NO_WORDS;
  /** What is read and then written is done one after the other. */
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const done = tail.then(run);
    tail = done.catch(() => undefined);
    return done;
  };
  return {
    draft: async (requestId) => (await kept(requestId))?.draft ?? null,
    saveDraft: (requestId, draft) =>
      inTurn(async () => {
        if ((await kept(requestId))?.submitted === true) return; // what was delivered stays as it was
        await vault.write(draftKey(requestId), { draft, submitted: false } satisfies KeptDraft);
      }),
    submit: (requestId, draft) =>
      inTurn(() => vault.write(draftKey(requestId), { draft, submitted: true } satisfies KeptDraft)),
    submitted: async (requestId) => {
      const found = await kept(requestId);
      return found?.submitted === true ? found.draft : null;
    },
    dropDraft: (requestId) => inTurn(() => vault.remove(draftKey(requestId))),
    words: async (requestId) => (await keptWords(requestId)).words,
    addWords: (requestId, words) =>
      inTurn(async () => {
        const before = await keptWords(requestId);
        if (before.words.some(({ id }) => id === words.id)) return;
        const all = [...before.words, words].toSorted((one, other) => one.at - other.at);
        const read = before.read + (words.mine ? 1 : 0);
        const dropped = Math.max(0, all.length - MAX_WORDS);
        const next = { words: all.slice(dropped), read: Math.max(0, read - dropped) };
        await vault.write(wordsKey(requestId), next satisfies KeptWords);
      }),
    unread: async (requestId) => {
      const { words, read } = await keptWords(requestId);
      return Math.max(0, words.length - read);
    },
    markRead: (requestId) =>
      inTurn(async () => {
        const { words, read } = await keptWords(requestId);
        if (read !== words.length)
          await vault.write(wordsKey(requestId), { words, read: words.length } satisfies KeptWords);
      }),
  };
}
