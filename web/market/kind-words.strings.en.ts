import { roomStrings } from '../app/index.ts';
import { KIND_WORDS } from './kind-words.en.ts';

/** Gives what people say for a kind of work in the language of the page, by kind. */
export const useKindWords = roomStrings('kind-words', KIND_WORDS, {
  de: () => import('./kind-words.strings.de.ts'),
});
