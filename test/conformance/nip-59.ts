import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const message = testsIn('test/protocol/job-message.test.ts');
const relay = testsIn('test/relay-server/nip-others.test.ts');
const embedded = testsIn('test/relays/embedded-relay.test.ts');
const pool = testsIn('test/relays/pool.test.ts');
const BAD_WRAPS = 'is not believed when the wrap holds %s';
const SHOWS_NOTHING = 'shows neither its author nor its words nor its time to others';
const PRIVATE = 'NIP-42 private kinds: auth-required, then restricted, then one’s own only';

/** Gift wraps: private messages about a job, and the relay that keeps them. */
export const NIP_59 = nip({
  number: '59',
  commit: NIPS_COMMIT,
  keywords: { MUST: 3, SHOULD: 8, MAY: 1 },
  requirements: {
    'seal-without-tags': {
      level: 'MUST',
      at: 'The Seal Event Kind, last paragraph, 1st sentence',
      says: 'A seal has no tags: one is not written with any, and one that has some is not believed.',
      tests: [message(BAD_WRAPS)],
    },
    'unsigned-inside': {
      level: 'MUST',
      at: 'The Seal Event Kind, last paragraph, 2nd sentence',
      says: 'What a seal holds is unsigned: a signed event in a seal is not believed.',
      tests: [message(BAD_WRAPS)],
    },
    'seal-proves-author': {
      level: 'rule',
      at: 'Overview, 2nd item of the last list',
      says: 'The author of a message is the key that signed the seal, and no other.',
      tests: [message(BAD_WRAPS), message('is not believed when somebody else signed the seal')],
    },
    'routed-by-p': {
      level: 'SHOULD',
      at: 'Gift Wrap Event Kind, 2nd sentence',
      says: 'A wrap names its receiver in a p tag.',
      tests: [message(SHOWS_NOTHING)],
    },
    'ephemeral-not-stored': {
      level: 'MUST',
      at: 'Ephemeral Gift Wrap Event Kind, 2nd sentence',
      says: 'A relay does not store wraps of kind 21059.',
      tests: [
        testsIn('test/relay-server/nip-01.test.ts')(
          'NIP-01 ephemeral events reach subscribers and are not stored',
        ),
      ],
    },
    'nip-44-inside': {
      level: 'rule',
      at: 'Encrypting Payloads, 1st sentence',
      says: 'Both layers are the event as JSON, encrypted as NIP-44 says; the example of the NIP opens.',
    },
    'clients-authenticate': {
      level: 'SHOULD',
      at: 'Spam Protection, 3rd sentence',
      says: 'Our pool authenticates with the user’s key where a relay asks for it.',
      tests: [embedded('what only its addressee may read is served after NIP-42')],
    },
    'dates-drawn': {
      level: 'SHOULD',
      at: 'Other Considerations, 2nd paragraph, 1st and 2nd sentence',
      says: 'Seal and wrap are dated by independent draws, and the true time is in the rumor.',
    },
    'dates-in-the-past': {
      level: 'SHOULD',
      at: 'Other Considerations, 2nd paragraph, last sentence',
      says: 'No layer is dated in the future.',
      tests: [message(SHOWS_NOTHING)],
    },
    'late-dates-found': {
      level: 'rule',
      at: 'Code Samples, randomNow',
      says: 'Whoever resumes listening asks for wraps that are dated up to two days back.',
      tests: [
        pool('after an outage gift wraps and answers to an event are found however old they claim to be'),
      ],
    },
    'relay-guards-access': {
      level: 'SHOULD',
      at: 'Other Considerations, 4th paragraph, 1st sentence',
      says: 'Our relay can show wraps to authenticated keys only.',
      tests: [relay(PRIVATE)],
    },
    'relay-serves-receiver': {
      level: 'SHOULD',
      at: 'Other Considerations, 5th paragraph, 1st sentence',
      says: 'It then shows each wrap to its receiver only.',
      tests: [relay('NIP-42 live private events reach only whom they name')],
    },
    'independent-expirations': {
      level: 'SHOULD',
      at: 'Other Considerations, 6th paragraph, 1st sentence',
      says: 'Expiration tags of seal and wrap differ.',
      exempt:
        'No layer gets an expiration tag: a claim must be found as long as the money is owed, and what is no longer worth sending is dropped by the outbox.',
    },
    'receiver-deletes': {
      level: 'SHOULD',
      at: 'Other Considerations, last sentence',
      says: 'The receiver of a wrap can delete it from our relay.',
      tests: [relay('NIP-59 a gift wrap is deleted by its receiver, not by others')],
    },
  },
  others: [
    {
      level: 'MAY',
      at: 'Other Considerations, 3rd paragraph, 2nd sentence',
      why: 'Concerns proof of work on wraps; coinop attaches none, and its relays ask for none.',
    },
  ],
});
