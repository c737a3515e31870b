import type { KindContract } from './contract.ts';

/** Kind 5000: pull the text out of media or a document. */
export const textExtraction: KindContract = {
  kind: 5000,
  name: 'Text extraction',
  status: 'spec',
  source: 'data-vending-machines kinds/5000',
  inputs: [
    {
      types: ['url', 'event', 'job'],
      min: 1,
      max: null,
      marker: 'MIME type of the media or document',
      description: 'Audio, video, image or document to pull text out of.',
    },
  ],
  params: [
    {
      name: 'range',
      description: 'Start and end in seconds, for audio and video.',
      required: false,
      arity: 2,
      valueType: 'number',
    },
    {
      name: 'alignment',
      description: 'How finely times are given where the output format carries them.',
      required: false,
      arity: 1,
      values: ['raw', 'segment', 'word'],
      alsoTag: true,
    },
    {
      name: 'model',
      description: 'Speech model to use.',
      required: false,
      arity: 1,
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
    },
    { name: 'language', description: 'Spoken language.', required: false, arity: 1, suggested: ['en-US'] },
    {
      name: 'method',
      description: 'For images: recover a prompt or analyse the picture.',
      required: false,
      arity: 1,
      suggested: ['prompt', 'analysis'],
    },
    {
      name: 'mode',
      description: 'For images: speed against quality.',
      required: false,
      arity: 1,
      suggested: ['best', 'classic', 'fast', 'negative'],
    },
  ],
  outputs: ['text/plain', 'text/vtt', 'text/markdown'],
};
