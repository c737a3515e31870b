import type { KindContract } from './contract.ts';

/** Kind 5300: a feed of notes, by far the most requested kind. Clients send `user` and `max_results` unasked. */
export const contentDiscovery: KindContract = {
  kind: 5300,
  name: 'Nostr content discovery',
  status: 'spec',
  source: 'data-vending-machines kinds/5300',
  inputs: [
    {
      types: ['text'],
      min: 0,
      max: 1,
      marker: null,
      description: 'A hint; the provider decides how to read it.',
    },
    {
      types: ['event'],
      min: 0,
      max: 1,
      marker: null,
      description: 'The request whose feed to go on from, as noStrudel pages.',
    },
  ],
  params: [
    {
      name: 'p',
      aliases: ['user'],
      description: 'Public key to choose for; the customer when absent.',
      required: false,
      arity: 1,
      pattern: '^[0-9a-f]{64}$',
    },
    {
      name: 'max_results',
      description: 'Most notes to return.',
      required: false,
      arity: 1,
      valueType: 'integer',
      default: ['100'],
    },
  ],
  outputs: ['application/json', 'text/plain'],
};
