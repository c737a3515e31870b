import { nip, NIPS_COMMIT } from './requirement.ts';

const NOT_ROUTED =
  'Parties meet on the relays of their configuration, and a request names in its own relays tag where answers go, as NIP-90 asks. Relay lists are read and written by the protocol room, and no part of coinop routes by them.';

/** Relay lists: where somebody reads and writes. */
export const NIP_65 = nip({
  number: '65',
  commit: NIPS_COMMIT,
  keywords: { MUST: 1, SHOULD: 5, MAY: 0 },
  requirements: {
    'relay-tags': {
      level: 'MUST',
      at: 'Introduction, 2nd paragraph, 1st sentence',
      says: 'A relay list names relays in r tags, with read or write where only one is meant.',
    },
    'no-marker-is-both': {
      level: 'rule',
      at: 'Introduction, 2nd paragraph, 2nd sentence',
      says: 'A relay without a marker is for both.',
    },
    'reads-from-write-relays': {
      level: 'SHOULD',
      at: 'After the example, 1st sentence',
      says: 'What somebody wrote is fetched from that key’s write relays.',
      exempt: NOT_ROUTED,
    },
    'reads-about-from-read-relays': {
      level: 'SHOULD',
      at: 'After the example, 2nd sentence',
      says: 'What is about somebody is fetched from that key’s read relays.',
      exempt: NOT_ROUTED,
    },
    'publishes-by-lists': {
      level: 'SHOULD',
      at: 'After the example, the list of where to publish',
      says: 'Events go to the author’s write relays and the read relays of those they name.',
      exempt: NOT_ROUTED,
    },
  },
  others: [
    {
      level: 'SHOULD',
      at: 'Size, only sentence',
      why: 'Concerns clients in which people keep their lists; coinop edits nobody’s list.',
    },
    {
      level: 'SHOULD',
      at: 'Discoverability, only sentence',
      why: 'Concerns clients that publish their users’ lists; coinop publishes none over a person’s own.',
    },
  ],
});
