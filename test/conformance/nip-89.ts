import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const facts = testsIn('test/protocol/wire-facts.test.ts');
const roundTrips = testsIn('test/protocol/round-trips.test.ts');
const relay = testsIn('test/relay-server/nip-01.test.ts');

const NO_SITE = 'Concerns web apps that publish their site on Nostr; a provider is no site.';
const NO_OPENING = 'Concerns clients that open events in other apps; coinop opens none.';

/** Handlers: how providers are announced and recommended. */
export const NIP_89 = nip({
  number: '89',
  commit: NIPS_COMMIT,
  keywords: { MUST: 1, SHOULD: 9, MAY: 1 },
  requirements: {
    'recommendation-kind': {
      level: 'rule',
      at: 'Recommendation event, 1st sentence after the example',
      says: 'The d tag of a recommendation is the kind that is handled, and several services can be named.',
    },
    'relay-hint': {
      level: 'SHOULD',
      at: 'Recommendation event, 3rd sentence after the example',
      says: 'A recommendation names a relay for each service.',
    },
    platform: {
      level: 'SHOULD',
      at: 'Recommendation event, last sentence',
      says: 'A recommendation names where each service applies.',
    },
    'empty-content': {
      level: 'should',
      at: 'Handler information, item on content, last sentence',
      says: 'Without content the profile of the key describes the service: nothing is made up.',
      tests: [facts('fact $fact: $says')],
    },
    'several-kinds': {
      level: 'rule',
      at: 'Handler information, item on k, list',
      says: 'An announcement names its kinds in k tags, and a key can have several announcements.',
      tests: [
        roundTrips('announcements, with both spellings of the fields that have two'),
        relay(
          'NIP-01 addressable events are kept for each author, kind and d tag; a missing d is an empty one',
        ),
      ],
    },
    'client-tag': {
      level: 'MAY',
      at: 'Client tag, 1st sentence',
      says: 'A client can name itself in what it publishes.',
      exempt: 'It would tell everybody which software a buyer uses, for no use to the buyer or the seller.',
    },
    'client-tag-opt-out': {
      level: 'SHOULD',
      at: 'Client tag, last sentence',
      says: 'Users can leave the client tag out.',
    },
    'careful-queries': {
      level: 'SHOULD',
      at: 'Alternative query bypassing kind:31989, 2nd sentence',
      says: 'Whoever asks for announcements directly guards against malicious ones.',
      exempt:
        'A customer chooses by offers, not by announcements: it asks everybody or whom it names, and pays by a hold that a provider earns only by delivering.',
    },
  },
  others: [
    { level: 'SHOULD', at: 'Handler information, item on app descriptors', why: NO_SITE },
    { level: 'SHOULD', at: 'Handler information, item on web applications, 1st sentence', why: NO_SITE },
    {
      level: 'SHOULD',
      at: 'Handler information, item on web applications, last sentence, 1st half',
      why: NO_SITE,
    },
    {
      level: 'SHOULD',
      at: 'Handler information, item on web applications, last sentence, 2nd half',
      why: NO_SITE,
    },
    { level: 'MUST', at: 'Handler information, item on bech32', why: NO_OPENING },
    { level: 'SHOULD', at: 'Handler information, last sentence', why: NO_OPENING },
  ],
});
