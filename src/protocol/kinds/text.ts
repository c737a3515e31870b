import type { KindContract } from './contract.ts';
import { ANY_NUMBER, input, param, SOME } from './shorthand.ts';

/** Kinds 5000 to 5050: text out of something, and text out of text. */
export const textKinds: readonly KindContract[] = [
  {
    kind: 5000,
    name: 'Text extraction',
    category: 'text',
    status: 'spec',
    source: 'data-vending-machines kinds/5000',
    about: 'Pulls the text out of sound, pictures, films and documents.',
    inputs: [
      // The page names no types. Documents that are text themselves, such as HTML, also come as `text`.
      input('url|event|job|text', 'Sound, picture, film or document with text in it.', {
        ...SOME,
        marker: 'MIME type of what the input points to.',
      }),
    ],
    params: [
      param('range', 'First and last second of sound or film to work on.', {
        arity: 2,
        valueType: 'number',
      }),
      param('alignment', 'What gets a time of its own where the output format has times.', {
        values: ['raw', 'segment', 'word'],
        alsoTag: true,
      }),
      param('model', 'Speech model to use.', {
        suggested: [
          'tiny',
          'base',
          'small',
          'medium',
          'large-v1',
          'large-v2',
          'tiny.en',
          'base.en',
          'small.en',
          'medium.en',
        ],
        origin: 'nostrdvm',
      }),
      param('language', 'Language that is spoken.', { suggested: ['en-US'], origin: 'nostrdvm' }),
      param('method', 'For pictures: find a prompt that would make it, or analyse it.', {
        suggested: ['prompt', 'analysis'],
        origin: 'nostrdvm',
      }),
      param('mode', 'For pictures: speed against quality.', {
        suggested: ['best', 'classic', 'fast', 'negative'],
        origin: 'nostrdvm',
      }),
    ],
    outputs: ['text/plain', 'text/vtt', 'text/markdown'],
  },
  {
    kind: 5001,
    name: 'Summarization',
    category: 'text',
    status: 'spec',
    source: 'data-vending-machines kinds/5001',
    about: 'Condenses one or more texts into one summary.',
    inputs: [
      input('event|job|text', 'What to condense. Sound and web pages have to be made text first.', SOME),
    ],
    params: [
      param('length', 'Size to aim at: a count and "words", "sentences" or "paragraphs".', {
        pattern: '^\\d{1,6}\\s{1,3}(word|sentence|paragraph)s?$',
      }),
    ],
    outputs: ['text/plain', 'text/markdown'],
  },
  {
    kind: 5002,
    name: 'Translation',
    category: 'text',
    status: 'spec',
    source: 'data-vending-machines kinds/5002',
    about: 'Says texts in another language.',
    inputs: [input('event|job|text', 'What to translate; it has to be text already.', SOME)],
    params: [
      param('language', 'Language to translate into, as an ISO 639-1 or 639-2 code.', { expected: true }),
    ],
    outputs: ['text/plain'],
  },
  {
    kind: 5050,
    name: 'Text generation',
    category: 'text',
    status: 'spec',
    source: 'data-vending-machines kinds/5050',
    about: 'Lets a language model write. Providers have parameters of their own besides these.',
    // The page names no types but the `prompt` of its example.
    inputs: [input('text|url|event|job', 'A prompt, or a beginning to go on from.', ANY_NUMBER)],
    params: [
      param('model', 'Model, as the provider calls it.'),
      param('max_tokens', 'Most tokens to write.', { valueType: 'integer' }),
      param('temperature', 'How freely to choose: usually 0.1 to 2, and 1 is neutral.', {
        valueType: 'number',
      }),
      // The page's text says `top_k` and `top_p`, its examples say `top-k` and `top-p`.
      param('top_k', 'Choose among this many of the likeliest tokens; usually 20 to 50.', {
        aliases: ['top-k'],
        valueType: 'integer',
      }),
      param('top_p', 'Choose among the likeliest tokens that reach this share; usually 0.7 to 0.95.', {
        aliases: ['top-p'],
        valueType: 'number',
      }),
      param('frequency_penalty', 'Above 1 avoids repetition, below 1 invites it.', { valueType: 'number' }),
    ],
    outputs: ['text/plain', 'text/markdown'],
  },
];
