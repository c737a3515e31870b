import { rankSentences, sentenceVectors, similarity } from './sentence-rank.ts';
import { sentencesOf, type Sentence } from './sentences.ts';
import type { SummaryLength } from './summary-length.ts';

/** Sentences more alike than this are not both told. */
const MAX_SIMILARITY = 0.5;
const SENTENCES_PER_PARAGRAPH = 3;

/**
 * Summarises by choosing: the most central sentences that do not repeat each other, word for word and in
 * their original order. The same text and length always give the same summary. A summary in words never
 * has more of them. Empty when there is nothing to choose from.
 */
export function summariseExtractively(text: string, length: SummaryLength): string {
  const sentences = sentencesOf(text);
  const vectors = sentenceVectors(sentences);
  const ranked = rankSentences(sentences, vectors);
  const distinct = withoutRepetition(ranked, vectors);
  const chosen =
    length.unit === 'words'
      ? fittingWords(sentences, distinct, length.count)
      : distinct.slice(0, sentenceCount(length));
  const told = chosen.toSorted((a, b) => a - b).flatMap((index) => sentences[index]?.text ?? []);
  if (told.length === 0) return firstWords(sentences, distinct, length.count);
  return length.unit === 'paragraphs' ? inParagraphs(told, length.count) : told.join(' ');
}

function sentenceCount({ count, unit }: SummaryLength): number {
  return unit === 'paragraphs' ? count * SENTENCES_PER_PARAGRAPH : count;
}

function withoutRepetition(
  ranked: readonly number[],
  vectors: readonly ReadonlyMap<string, number>[],
): number[] {
  const kept: number[] = [];
  for (const index of ranked) {
    const vector = vectors[index];
    if (!vector || vector.size === 0) continue;
    if (kept.every((other) => similarity(vector, vectors[other] ?? vector) <= MAX_SIMILARITY))
      kept.push(index);
  }
  // A text of nothing but stop words still has its sentences.
  return kept.length > 0 ? kept : ranked.slice();
}

/** The best sentences that fit together into so many words. */
function fittingWords(sentences: readonly Sentence[], ranked: readonly number[], maxWords: number): number[] {
  let left = maxWords;
  return ranked.filter((index) => {
    const words = sentences[index]?.words ?? 0;
    if (words > left) return false;
    left -= words;
    return true;
  });
}

/** When not even one sentence fits: the beginning of the best. */
function firstWords(sentences: readonly Sentence[], ranked: readonly number[], count: number): string {
  const best = sentences[ranked[0] ?? -1];
  return best ? `${best.text.split(/\s+/).slice(0, count).join(' ')}…` : '';
}

/** Neighbouring sentences together, in at most so many paragraphs of about the same size. */
function inParagraphs(told: readonly string[], count: number): string {
  const paragraphs = Math.min(count, told.length);
  return Array.from({ length: paragraphs }, (_, index) =>
    told
      .slice(
        Math.floor((index * told.length) / paragraphs),
        Math.floor(((index + 1) * told.length) / paragraphs),
      )
      .join(' '),
  ).join('\n\n');
}
