import type { KindContract } from './contract.ts';
import { ANY_NUMBER, AT_MOST_ONE, input, param } from './shorthand.ts';

/** The provider is addressed by the `p` tag, so clients write the person into a parameter instead. */
const person = param('p', 'Public key to choose for; the customer when left out.', {
  aliases: ['user'],
  pattern: '^[0-9a-f]{64}$',
});

const hint = input('text', 'A hint; each provider makes of it what it likes.', AT_MOST_ONE);

const mostResults = param('max_results', 'Most results to return.', { valueType: 'integer' });

/** Lists of notes or people: a JSON array of tags, or words for readers. */
const LISTS = ['application/json', 'text/plain'];

/** Kinds 5300 to 5401: finding and counting what is on Nostr. Kind 5300 is by far the most requested of all. */
export const discoveryKinds: readonly KindContract[] = [
  {
    kind: 5300,
    name: 'Nostr content discovery',
    category: 'discovery',
    status: 'spec',
    source: 'data-vending-machines kinds/5300',
    about: 'Chooses notes for somebody, as a feed. The result is a JSON array of "e" and "a" tags.',
    bare: true,
    inputs: [hint, input('event', 'Request whose feed to go on from, as noStrudel pages.', AT_MOST_ONE)],
    params: [
      person,
      { ...mostResults, default: ['100'], origin: 'nostrdvm' },
      param('search_list', 'Words to look for, separated by commas.', { origin: 'nostrdvm' }),
      param('must_list', 'Words that a note must have, separated by commas.', { origin: 'nostrdvm' }),
      param('avoid_list', 'Words that a note must not have, separated by commas.', { origin: 'nostrdvm' }),
    ],
    outputs: LISTS,
  },
  {
    kind: 5301,
    name: 'Nostr people discovery',
    category: 'discovery',
    status: 'spec',
    source: 'data-vending-machines kinds/5301',
    about: 'Suggests people to follow or to part from. The result is a JSON array of "p" tags.',
    bare: true,
    inputs: [hint],
    params: [
      person,
      param('since_days', 'After how many silent days somebody counts as inactive.', {
        valueType: 'integer',
        origin: 'nostrdvm',
      }),
      { ...mostResults, origin: 'nostrdvm' },
      param('topics', 'What the suggestions should be about.', { origin: 'dvm-references' }),
    ],
    outputs: LISTS,
  },
  {
    kind: 5302,
    name: 'Nostr content search',
    category: 'discovery',
    status: 'spec',
    source: 'data-vending-machines kinds/5302',
    about: 'Searches notes. The result is a JSON array of "e" and "a" tags.',
    inputs: [input('text', 'What to search for.')],
    params: [
      param('users', 'Only notes of these people: a JSON array of "p" tags.', { aliases: ['user'] }),
      param('since', 'Earliest time, in unix seconds. Some providers read days before now.', {
        valueType: 'integer',
      }),
      param('until', 'Latest time, in unix seconds. Some providers read days before now.', {
        valueType: 'integer',
      }),
      mostResults,
    ],
    outputs: LISTS,
  },
  {
    kind: 5303,
    name: 'Nostr people search',
    category: 'discovery',
    status: 'spec',
    source: 'data-vending-machines kinds/5303',
    about: 'Searches profiles. The result is a JSON array of "p" tags.',
    inputs: [input('text', 'Name or words to search for.')],
    params: [mostResults],
    outputs: LISTS,
  },
  {
    kind: 5304,
    name: 'Nostr visual discovery',
    category: 'discovery',
    status: 'implementation',
    source: 'nostrdvm definitions.py',
    about: 'Chooses pictures for somebody. The result is a JSON array of tags.',
    inputs: [],
    params: [
      param('user', 'Public key to choose for; the customer when left out.'),
      { ...mostResults, default: ['200'] },
    ],
    outputs: ['application/json'],
  },
  {
    kind: 5400,
    name: 'Nostr event count',
    category: 'analytics',
    status: 'spec',
    source: 'data-vending-machines kinds/5400',
    about:
      'Counts events that match. The result is a number, or JSON of counts by group. Filters also come as JSON in content.',
    bare: true,
    inputs: [input('text', 'Value of a tag to match.', ANY_NUMBER)],
    params: [
      // The page requires it, and both of its examples leave it out.
      param('relay', 'Relay to count on.', { expected: true, repeatable: true }),
      param('group', 'Field or tag to count by; several nest.', {
        repeatable: true,
        suggested: ['content', 'pubkey', 'reply', 'root'],
      }),
    ],
    outputs: ['text/plain', 'application/json'],
  },
  {
    kind: 5401,
    name: 'Extended network',
    category: 'discovery',
    status: 'implementation',
    source: 'pablof7z/dvm-references users-network.ts',
    about: 'Whom those follow whom somebody follows. The result is a JSON array of "p" tags.',
    bare: true,
    inputs: [input('text', 'Public key to begin with; the customer when left out.', ANY_NUMBER)],
    params: [],
    outputs: ['application/json'],
  },
];
