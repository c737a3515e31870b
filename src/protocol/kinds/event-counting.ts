import type { KindContract } from './contract.ts';

/** Kind 5400: count events. Filters also come as JSON in `content`; the examples leave `relay` out. */
export const eventCounting: KindContract = {
  kind: 5400,
  name: 'Nostr event count',
  status: 'spec',
  source: 'data-vending-machines kinds/5400',
  inputs: [{ types: ['text'], min: 0, max: null, marker: null, description: 'A tag value to match.' }],
  params: [
    { name: 'relay', description: 'Relay to count on.', required: false, arity: 1, repeatable: true },
    {
      name: 'group',
      description: 'Field or tag to group by; repeat to nest groups.',
      required: false,
      arity: 1,
      repeatable: true,
      suggested: ['content', 'pubkey', 'reply', 'root'],
    },
  ],
  outputs: ['text/plain', 'application/json'],
};
