import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const relay = testsIn('test/relay-server/nip-others.test.ts');
const fold = testsIn('test/protocol/job-fold.test.ts');
const properties = testsIn('test/protocol/job-fold-properties.test.ts');
const buying = testsIn('test/customer/buying.test.ts');
const selling = testsIn('test/provider/selling.test.ts');

/** Event deletion requests: how a job request is withdrawn, and what the relay does with them. */
export const NIP_09 = nip({
  number: '09',
  commit: NIPS_COMMIT,
  keywords: { MUST: 1, SHOULD: 6, MAY: 6 },
  requirements: {
    'kind-tag': {
      level: 'SHOULD',
      at: 'Introduction, 1st paragraph, last sentence',
      says: 'A deletion request names the kind of what it deletes in a k tag.',
    },
    reason: {
      level: 'MAY',
      at: 'Introduction, sentence after the definition',
      says: 'The content of a deletion request can say why.',
      tests: [buying('before paying ends the purchase and tells the provider')],
    },
    'relay-deletes-own': {
      level: 'SHOULD',
      at: 'Introduction, 1st sentence after the example',
      says: 'A relay stops serving what its author asks to delete.',
      tests: [
        relay(
          'NIP-09 a deletion removes own events by id, is itself stored and passed on, and keeps them away',
        ),
        relay('NIP-09 a deletion that comes before the event keeps it away'),
      ],
    },
    'client-shows-deletion': {
      level: 'SHOULD',
      at: 'Introduction, 2nd sentence after the example',
      says: 'A client hides or marks what was deleted: the picture of a withdrawn job says so.',
      tests: [
        fold('only the customer cancels; what comes later is set aside, what came before stays'),
        selling('while the work goes on stops it and gives the money back'),
      ],
    },
    'relay-keeps-deletion': {
      level: 'SHOULD',
      at: 'Introduction, paragraph on relays that go on sharing, 1st sentence',
      says: 'A relay keeps and passes on the deletion request itself.',
      tests: [
        relay(
          'NIP-09 a deletion removes own events by id, is itself stored and passed on, and keeps them away',
        ),
      ],
    },
    'client-spreads-deletion': {
      level: 'SHOULD',
      at: 'Introduction, paragraph on relays that go on sharing, 2nd sentence',
      says: 'A client sends the deletion request to the other relays as well.',
    },
    'address-up-to-time': {
      level: 'SHOULD',
      at: 'Introduction, last sentence',
      says: 'Deleting an address removes the versions up to the time of the deletion request, and no later one.',
      tests: [
        relay('NIP-09 an address is deleted up to the time of the request'),
        relay('NIP-09 replaceable kinds are deleted by address, regular ones are not'),
      ],
    },
    'client-hides': {
      level: 'MAY',
      at: 'Client Usage, 1st sentence',
      says: 'A client can hide deleted events altogether.',
      exempt:
        'A withdrawn job stays in view: what was offered, paid and delivered before is evidence for both parties.',
    },
    'client-marks': {
      level: 'MAY',
      at: 'Client Usage, 3rd sentence',
      says: 'A client can show a deleted event with a mark instead.',
      tests: [fold('only the customer cancels; what comes later is set aside, what came before stays')],
    },
    'client-shows-reason': {
      level: 'MAY',
      at: 'Client Usage, 4th sentence',
      says: 'A client can show the reason in place of the event, told apart from its content.',
      tests: [fold('only the customer cancels; what comes later is set aside, what came before stays')],
    },
    'author-only': {
      level: 'MUST',
      at: 'Client Usage, 2nd paragraph, 1st sentence',
      says: 'A client obeys a deletion request only for events of the same author.',
      tests: [
        properties('strangers cannot cancel, and customers cannot answer'),
        fold('before the request is seen answers count, cancellations cannot'),
      ],
    },
    'no-guarantee': {
      level: 'MAY',
      at: 'Client Usage, last sentence',
      says: 'A client can tell its user that deletion is no guarantee.',
      exempt:
        'The answer to a cancellation says what it achieved for the purchase; that others keep the event changes nothing for it.',
    },
    'relay-checks-author': {
      level: 'MAY',
      at: 'Relay Usage, only sentence',
      says: 'A relay can check that a deletion request names events of its own author.',
      tests: [relay('NIP-09 nobody deletes the events of others, neither stored ones nor those to come')],
    },
    'deletion-of-deletion': {
      level: 'rule',
      at: 'Deletion Request of a Deletion Request, 1st sentence',
      says: 'Deleting a deletion request has no effect.',
      tests: [relay('NIP-09 deleting a deletion has no effect')],
    },
  },
  others: [],
});
