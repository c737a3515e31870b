import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const relay = testsIn('test/relay-server/nip-others.test.ts');
const pool = testsIn('test/relays/pool.test.ts');
const embedded = testsIn('test/relays/embedded-relay.test.ts');
const RULES =
  'NIP-42 AUTH wants kind, time, challenge, relay and signature right, under any name of this machine';
const PRIVATE = 'NIP-42 private kinds: auth-required, then restricted, then one’s own only';

/** Authentication: relays show private messages to their parties only, and our pool proves who asks. */
export const NIP_42 = nip({
  number: '42',
  commit: NIPS_COMMIT,
  keywords: { MUST: 3, SHOULD: 0, MAY: 2 },
  requirements: {
    'several-keys': {
      level: 'MAY',
      at: 'New client-relay protocol messages, paragraph after the two forms, 1st sentence',
      says: 'A client can prove several keys on one connection.',
      exempt:
        'A pool acts for one key, whose answers nobody should be able to link to another; a second key opens a pool of its own.',
    },
    'all-keys-count': {
      level: 'MUST',
      at: 'New client-relay protocol messages, paragraph after the two forms, 2nd sentence',
      says: 'Every key that was proven on a connection counts.',
    },
    'answered-with-ok': {
      level: 'MUST',
      at: 'New client-relay protocol messages, last sentence',
      says: 'An AUTH message gets an OK message.',
      tests: [relay(RULES)],
    },
    'client-event': {
      level: 'must',
      at: 'Canonical authentication event, 1st sentence',
      says: 'The proof is an event of kind 22242 that names the relay and its challenge.',
      tests: [embedded('what only its addressee may read is served after NIP-42')],
    },
    'never-passed-on': {
      level: 'MUST',
      at: 'Canonical authentication event, 2nd sentence',
      says: 'A relay sends events of kind 22242 to nobody.',
      tests: [relay('NIP-42 AUTH events are never stored or passed on')],
    },
    'current-time': {
      level: 'should',
      at: 'Canonical authentication event, 3rd sentence',
      says: 'The proof is dated now.',
      tests: [embedded('what only its addressee may read is served after NIP-42')],
    },
    'auth-required': {
      level: 'rule',
      at: 'OK and CLOSED machine-readable prefixes, 1st item',
      says: 'Who has proven nothing is refused with auth-required.',
      tests: [
        relay(PRIVATE),
        relay('NIP-70 a protected event is accepted from its authenticated author only'),
      ],
    },
    restricted: {
      level: 'rule',
      at: 'OK and CLOSED machine-readable prefixes, 2nd item',
      says: 'Whose proven key is not enough is refused with restricted.',
      tests: [
        relay(PRIVATE),
        relay('NIP-70 a protected event is accepted from its authenticated author only'),
      ],
    },
    'at-any-time': {
      level: 'MAY',
      at: 'Protocol flow, 3rd sentence',
      says: 'A client can prove its key whenever it wants, and it counts as long as the connection lasts.',
      tests: [relay(PRIVATE)],
    },
    'keeps-challenge': {
      level: 'must',
      at: 'auth-required in response to a REQ message, last sentence',
      says: 'A client remembers the challenge, so that it can answer a refusal.',
      tests: [pool('a relay that insists is told who asks, once, and then serves')],
    },
    'fresh-challenge': {
      level: 'rule',
      at: 'Protocol flow, 2nd sentence',
      says: 'A challenge belongs to one connection.',
      tests: [relay('NIP-42 every connection is challenged differently')],
    },
    verification: {
      level: 'must',
      at: 'Signed Event Verification, the list',
      says: 'A relay checks kind, time, challenge and its own name in the proof.',
      tests: [relay(RULES), relay('NIP-42 where a public URL is told, it counts as well, with any path')],
    },
  },
  others: [],
});
