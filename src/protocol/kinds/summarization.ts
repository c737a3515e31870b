import type { KindContract } from './contract.ts';

/** Kind 5001: condense texts into one summary. */
export const summarization: KindContract = {
  kind: 5001,
  name: 'Summarization',
  status: 'spec',
  source: 'data-vending-machines kinds/5001',
  inputs: [
    {
      types: ['event', 'job', 'text'],
      min: 1,
      max: null,
      marker: null,
      description: 'Text to condense; it must be text already, not audio or a web page.',
    },
  ],
  params: [
    {
      name: 'length',
      description: 'Size to aim at: a count and "words" or "paragraphs".',
      required: false,
      arity: 1,
      pattern: '^\\d{1,6} (words|paragraphs)$',
    },
  ],
  outputs: ['text/plain', 'text/markdown'],
};
