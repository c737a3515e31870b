import { failure, type Outcome } from '../../../src/protocol/index.ts';
import type { PageAnswer, PageQuestion } from '../wire.ts';

/** The pages, asked for what only they can find out. */
export interface PageLine {
  /** Asks the page that a person looks at; rejects with what an extension refused, or when there is none. */
  ask(question: PageQuestion): Promise<unknown>;
  /** Which methods an extension offers. Fails with `no-extension`. */
  methodsOf(tool: PageQuestion['tool']): Promise<Outcome<readonly unknown[], 'no-extension'>>;
  /** Hears an answer. */
  found(id: number, found: PageAnswer): void;
}

/** No extension needs as long for a person to decide; a page that was closed meanwhile never answers. */
const PATIENCE_MS = 150_000;

/** Makes the line; `send` brings a question to the page that shall answer it. */
export function openPageLine(send: (id: number, question: PageQuestion) => void): PageLine {
  const waiting = new Map<number, (found: PageAnswer) => void>();
  let last = 0;
  const ask = (question: PageQuestion): Promise<PageAnswer> => {
    const id = ++last;
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => settle({ type: 'refused', message: 'The page did not answer.' }),
        PATIENCE_MS,
      );
      const settle = (found: PageAnswer) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(found);
      };
      waiting.set(id, settle);
      send(id, question);
    });
  };
  return {
    async ask(question) {
      const found = await ask(question);
      if (found.type === 'value') return found.value;
      throw new Error(
        found.type === 'refused' ? found.message : 'There is no such extension in this browser.',
      );
    },
    async methodsOf(tool) {
      const found = await ask({ tool, method: '', params: [] });
      return found.type === 'value' && Array.isArray(found.value)
        ? { ok: true, value: found.value }
        : failure('no-extension', 'This browser has no such extension, or it is not allowed on this page.');
    },
    found: (id, found) => waiting.get(id)?.(found),
  };
}
