import type { KindContract } from './contract.ts';
import { param } from './shorthand.ts';

const SOURCE = 'vertexlab.io docs';

const sort = param('sort', 'How to rank.', {
  values: ['followerCount', 'globalPagerank', 'personalizedPagerank'],
  default: ['globalPagerank'],
});
const source = param('source', 'Whose view personal ranks take, as hex or npub; the customer when left out.');
const limit = param('limit', 'Most results to return.', {
  valueType: 'integer',
  default: ['5'],
  min: 1,
  max: 100,
});

/** Kinds 5312 to 5315: ranks in the web of trust, as Vertex sells them for credits. */
export const reputationKinds: readonly KindContract[] = [
  {
    kind: 5312,
    name: 'Verify reputation',
    category: 'reputation',
    status: 'implementation',
    source: SOURCE,
    about: 'Ranks somebody and their foremost followers. The result is a JSON array of keys and ranks.',
    inputs: [],
    params: [param('target', 'Whom to rank, as hex or npub.', { required: true }), sort, source, limit],
    outputs: ['application/json'],
  },
  {
    kind: 5313,
    name: 'Recommend follows',
    category: 'reputation',
    status: 'implementation',
    source: SOURCE,
    about:
      'Names people worth following who are not followed yet. The result is a JSON array of keys and ranks.',
    inputs: [],
    params: [sort, source, limit],
    outputs: ['application/json'],
  },
  {
    kind: 5314,
    name: 'Rank profiles',
    category: 'reputation',
    status: 'implementation',
    source: SOURCE,
    about: 'Puts people in order of rank. The result is a JSON array of keys and ranks.',
    inputs: [],
    params: [
      param('target', 'Whom to rank, as hex or npub; up to 1000 of them.', {
        required: true,
        repeatable: true,
      }),
      sort,
      source,
      { ...limit, max: 1000 },
    ],
    outputs: ['application/json'],
  },
  {
    kind: 5315,
    name: 'Search profiles',
    category: 'reputation',
    status: 'implementation',
    source: SOURCE,
    about: 'Searches people, well reputed ones first. The result is a JSON array of keys and ranks.',
    inputs: [],
    params: [
      param('search', 'What to search for: four letters or more.', { required: true, pattern: '.{4}' }),
      sort,
      source,
      limit,
    ],
    outputs: ['application/json'],
  },
];
