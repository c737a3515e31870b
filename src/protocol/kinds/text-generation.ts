import type { KindContract } from './contract.ts';

/** Kind 5050: let a language model write. The spec's prose says `top_k`, its examples `top-k`. */
export const textGeneration: KindContract = {
  kind: 5050,
  name: 'Text generation',
  status: 'spec',
  source: 'data-vending-machines kinds/5050',
  inputs: [
    { types: ['text'], min: 0, max: null, marker: null, description: 'Prompt or text to go on from.' },
  ],
  params: [
    { name: 'model', description: 'Model as the provider calls it.', required: false, arity: 1 },
    {
      name: 'max_tokens',
      description: 'Most tokens to generate.',
      required: false,
      arity: 1,
      valueType: 'integer',
    },
    {
      name: 'temperature',
      description: 'Randomness of sampling; 1.0 is neutral.',
      required: false,
      arity: 1,
      valueType: 'number',
    },
    {
      name: 'top_k',
      aliases: ['top-k'],
      description: 'Choose among this many likeliest tokens.',
      required: false,
      arity: 1,
      valueType: 'integer',
    },
    {
      name: 'top_p',
      aliases: ['top-p'],
      description: 'Choose among tokens up to this total likelihood.',
      required: false,
      arity: 1,
      valueType: 'number',
    },
    {
      name: 'frequency_penalty',
      description: 'Discourages repetition; above 1 discourages.',
      required: false,
      arity: 1,
      valueType: 'number',
    },
  ],
  outputs: ['text/plain', 'text/markdown'],
};
