import type { Sentence } from './sentences.ts';

/** Beyond this many sentences only the most typical are compared with each other: the work is quadratic. */
const MAX_COMPARED = 1500;
const DAMPING = 0.85;
const ITERATIONS = 30;
/** Fewer words seldom stand alone, more seldom summarise. */
const GOOD_WORDS = { min: 6, max: 45 };

/** Term frequency times inverse sentence frequency, each vector of length one. */
export function sentenceVectors(sentences: readonly Sentence[]): ReadonlyMap<string, number>[] {
  const occursIn = new Map<string, number>();
  for (const { terms } of sentences)
    for (const term of terms.keys()) occursIn.set(term, (occursIn.get(term) ?? 0) + 1);
  return sentences.map(({ terms }) => {
    const weights = [...terms].map(([term, count]): [string, number] => [
      term,
      count * Math.log(1 + sentences.length / (occursIn.get(term) ?? 1)),
    ]);
    const norm = Math.hypot(...weights.map(([, weight]) => weight));
    return new Map(weights.map(([term, weight]) => [term, norm === 0 ? 0 : weight / norm]));
  });
}

/** How much two sentences say the same: 0 to 1. */
export function similarity(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [few, many] = a.size <= b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [term, weight] of few) sum += weight * (many.get(term) ?? 0);
  return sum;
}

/**
 * Indexes of the sentences, the most central first: TextRank (Mihalcea and Tarau, 2004) over cosine
 * similarity, with a bias to where writers put what matters: the beginning of the text and of paragraphs.
 */
export function rankSentences(
  sentences: readonly Sentence[],
  vectors: readonly ReadonlyMap<string, number>[],
): number[] {
  const compared = mostTypical(vectors);
  const bias = compared.map((index) => positionBias(sentences, index));
  const scores = pageRank(
    compared.map((index) => vectors[index] ?? new Map()),
    bias,
  );
  return compared
    .map((index, at) => ({ index, score: (scores[at] ?? 0) * lengthFactor(sentences[index]?.words ?? 0) }))
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .map(({ index }) => index);
}

/** In their order, at most `MAX_COMPARED` sentences, those closest to the centre of all. */
function mostTypical(vectors: readonly ReadonlyMap<string, number>[]): number[] {
  const indexes = vectors.map((_vector, index) => index);
  if (indexes.length <= MAX_COMPARED) return indexes;
  const centre = new Map<string, number>();
  for (const vector of vectors)
    for (const [term, weight] of vector) centre.set(term, (centre.get(term) ?? 0) + weight);
  const closeness = vectors.map((vector) => similarity(vector, centre));
  return indexes
    .toSorted((a, b) => (closeness[b] ?? 0) - (closeness[a] ?? 0) || a - b)
    .slice(0, MAX_COMPARED)
    .toSorted((a, b) => a - b);
}

function positionBias(sentences: readonly Sentence[], index: number): number {
  return 1 + 2 / (1 + index) + (sentences[index]?.leads ? 0.5 : 0);
}

function lengthFactor(words: number): number {
  return words < GOOD_WORDS.min || words > GOOD_WORDS.max ? 0.4 : 1;
}

/** Personalised PageRank over the similarity graph. */
function pageRank(vectors: readonly ReadonlyMap<string, number>[], bias: readonly number[]): Float64Array {
  const { size, edges, strength } = similarityGraph(vectors);
  const totalBias = bias.reduce((sum, each) => sum + each, 0);
  const home = Float64Array.from(bias, (each) => each / totalBias);
  let scores = home.slice();
  for (let round = 0; round < ITERATIONS; round++) {
    const next = home.map((each) => each * (1 - DAMPING));
    for (let from = 0; from < size; from++) {
      const score = scores[from] ?? 0;
      const outgoing = strength[from] ?? 0;
      if (outgoing === 0) continue;
      for (let to = 0; to < size; to++)
        next[to] = (next[to] ?? 0) + (DAMPING * score * (edges[from * size + to] ?? 0)) / outgoing;
    }
    scores = next;
  }
  return scores;
}

function similarityGraph(vectors: readonly ReadonlyMap<string, number>[]) {
  const size = vectors.length;
  const edges = new Float32Array(size * size);
  const strength = new Float64Array(size);
  vectors.forEach((a, from) => {
    for (let to = from + 1; to < size; to++) {
      const b = vectors[to];
      const weight = b ? similarity(a, b) : 0;
      edges[from * size + to] = weight;
      edges[to * size + from] = weight;
      strength[from] = (strength[from] ?? 0) + weight;
      strength[to] = (strength[to] ?? 0) + weight;
    }
  });
  return { size, edges, strength };
}
