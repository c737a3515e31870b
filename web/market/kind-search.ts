import { kindContract, type KindContract } from '../../src/protocol/index.ts';
import { KIND_WORDS } from './kind-words.en.ts';

const WEIGHTS = { name: 6, words: 5, category: 2, about: 1 };

/** Words that say nothing about the task, in all languages that are spoken here. */
const FILLERS = new Set(
  (
    'a an the to for of my me i in into and this it ' +
    'ein eine einen einem einer eines der die das den dem des ich mir mich mein meine meinen meinem für von zu zum zur ' +
    'im ins und mit auf aus bitte diese diesen dieses dieser es'
  ).split(' '),
);

const MAX_WORDS = 40;

/**
 * The kinds that fit a task described in words, the best first; none when no word is known. `wordsFor` tells what
 * people say for a kind in the language of the page; English is understood beside every other.
 */
export function kindsForTask(
  task: string,
  kinds: readonly KindContract[],
  wordsFor: (kind: number) => string = () => '',
): KindContract[] {
  const words = wordsOf(task)
    .filter((word) => word.length > 1 && !FILLERS.has(word))
    .slice(0, MAX_WORDS);
  return kinds
    .map((kind) => ({
      kind,
      score: words.reduce((sum, word) => sum + fit(word, kind, wordsFor(kind.kind)), 0),
    }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score || left.kind.kind - right.kind.kind)
    .map(({ kind }) => kind);
}

function fit(word: string, kind: KindContract, wordsOfLanguage: string): number {
  if (word === String(kind.kind)) return 2 * WEIGHTS.name;
  const places = [
    [`${kind.name} ${kindContract(kind.kind).name}`, WEIGHTS.name],
    [`${KIND_WORDS[kind.kind] ?? ''} ${wordsOfLanguage}`, WEIGHTS.words],
    [kind.category, WEIGHTS.category],
    [kind.about, WEIGHTS.about],
  ] as const;
  return Math.max(...places.map(([text, weight]) => closest(word, wordsOf(text)) * weight));
}

/** 1 for the same word, less for one that begins alike, 0 for others. */
function closest(word: string, others: readonly string[]): number {
  if (others.includes(word)) return 1;
  const stem = word.slice(0, Math.max(4, word.length - 3));
  return word.length >= 4 && others.some((other) => other.startsWith(stem)) ? 0.6 : 0;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
