import winkNLP, { type ItemSentence, type ItemToken, type WinkMethods } from 'wink-nlp';
import model from 'wink-eng-lite-web-model';

/** One sentence of a text with what it is about. */
export interface Sentence {
  readonly text: string;
  readonly words: number;
  /** Stem of each meaningful word → how often it occurs here. */
  readonly terms: ReadonlyMap<string, number>;
  /** It opens a paragraph. */
  readonly leads: boolean;
}

/** Longer paragraphs are cut: the tokenizer's memory grows with what it is given at once. */
const MAX_BLOCK_CHARACTERS = 50_000;
/** A block shorter than this and without a full stop is a heading, a label or a menu. */
const MIN_BLOCK_WORDS = 8;

const nlp: WinkMethods = winkNLP(model, ['sbd']);
// oxlint-disable-next-line typescript/unbound-method -- plain functions that are typed as methods
const { type, stopWordFlag, stem } = nlp.its;

/** Cuts a text into its sentences, in order. Headings and labels are left out unless there is nothing else. */
export function sentencesOf(text: string): Sentence[] {
  const blocks = text
    .split(/\n\s*\n/)
    .map((block) => block.replace(/\s+/g, ' ').trim())
    .filter((block) => block !== '');
  const prose = blocks.filter(isProse);
  return (prose.length > 0 ? prose : blocks).flatMap((block) => pieces(block).flatMap(blockSentences));
}

/** Words as a reader counts them: what stands between spaces. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

function isProse(block: string): boolean {
  return /[.!?…:"'”’)\]]$/.test(block) || countWords(block) >= MIN_BLOCK_WORDS;
}

function pieces(block: string): string[] {
  const cut: string[] = [];
  for (let at = 0; at < block.length; at += MAX_BLOCK_CHARACTERS)
    cut.push(block.slice(at, at + MAX_BLOCK_CHARACTERS));
  return cut;
}

function blockSentences(block: string): Sentence[] {
  const sentences: Sentence[] = [];
  nlp
    .readDoc(block)
    .sentences()
    .each((sentence: ItemSentence) => {
      const text = sentence.out().trim();
      if (text === '') return;
      const terms = new Map<string, number>();
      sentence
        .tokens()
        .filter((token: ItemToken) => token.out(type) === 'word' && !token.out(stopWordFlag))
        // Typed by what is used: wink's own type does not know that `stem` goes with a token.
        .each((token: { out(its: unknown): unknown }) => {
          const term = String(token.out(stem)).toLowerCase();
          terms.set(term, (terms.get(term) ?? 0) + 1);
        });
      sentences.push({ text, words: countWords(text), terms, leads: sentences.length === 0 });
    });
  return sentences;
}
