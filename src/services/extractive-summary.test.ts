import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summariseExtractively } from './extractive-summary.ts';
import { countWords, sentencesOf } from './sentences.ts';

const NOUNS = ['coin', 'relay', 'invoice', 'machine', 'wallet', 'river', 'teapot', 'channel'];
const sentence = fc
  .array(fc.constantFrom(...NOUNS, 'the', 'pays', 'of', 'sees'), { minLength: 1, maxLength: 25 })
  .map((words) => `A ${words.join(' ')} here.`);
const text = fc
  .array(fc.array(sentence, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 })
  .map((paragraphs) => paragraphs.map((sentences) => sentences.join(' ')).join('\n\n'));

describe('extractive summaries', () => {
  it('never have more words than wished, and never invent any', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 80 }), (source, count) => {
        const summary = summariseExtractively(source, { count, unit: 'words' });
        expect(summary).not.toBe('');
        expect(countWords(summary)).toBeLessThanOrEqual(count);
        const words = new Set(source.split(/\s+/));
        for (const word of summary.replace(/…$/, '').split(/\s+/)) expect(words).toContain(word);
      }),
    );
  });

  it('are sentences of the text in its order, as many as wished at most, the same every time', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 10 }), (source, count) => {
        const summary = summariseExtractively(source, { count, unit: 'sentences' });
        expect(summariseExtractively(source, { count, unit: 'sentences' })).toBe(summary);
        const told = sentencesOf(summary).map((each) => each.text);
        expect(told.length).toBeLessThanOrEqual(count);
        let at = 0;
        const flat = source.replace(/\s+/g, ' ');
        for (const each of told) {
          const found = flat.indexOf(each, at);
          expect(found).toBeGreaterThanOrEqual(at);
          at = found + each.length;
        }
      }),
    );
  });

  it('have as many paragraphs as wished where there are sentences enough', () => {
    const source = NOUNS.map(
      (noun) => `Every ${noun} has an old ${noun} maker and its own ${noun} owner.`,
    ).join(' ');
    for (const count of [1, 2, 5]) {
      const paragraphs = summariseExtractively(source, { count, unit: 'paragraphs' }).split('\n\n');
      expect(paragraphs).toHaveLength(count);
    }
  });

  it('say what is repeated only once', () => {
    const told = 'The relay stores signed events for everyone.';
    const source = `${told} ${told} ${told} The wallet keeps preimages of all settled invoices.`;
    const summary = summariseExtractively(source, { count: 4, unit: 'sentences' });
    expect(summary.split(told)).toHaveLength(2);
    expect(summary).toContain('wallet');
  });

  it('leave out headings and stray sentences', () => {
    const source = `Chapter one\n\nA relay stores events. Every relay checks the signature of events before the relay stores events. Bananas ripen quickly. Clients ask a relay for events by filter, and the relay sends stored events.`;
    const summary = summariseExtractively(source, { count: 2, unit: 'sentences' });
    expect(summary).not.toMatch(/Chapter|Bananas/);
  });

  it('take text without any sentence', () => {
    expect(summariseExtractively('just words', { count: 5, unit: 'words' })).toBe('just words');
    expect(summariseExtractively('the of and', { count: 5, unit: 'sentences' })).toBe('the of and');
    expect(summariseExtractively('一二三。四五六。', { count: 1, unit: 'sentences' })).not.toBe('');
    expect(summariseExtractively('', { count: 5, unit: 'words' })).toBe('');
  });
});
