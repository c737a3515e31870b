import { testsIn } from './cited-test.ts';
import { nip } from './requirement.ts';

const work = testsIn('src/protocol/proof-of-work.test.ts');
const selling = testsIn('test/provider/admission.test.ts');
const proven = testsIn('src/provider/proven-work.test.ts');
const delegated = testsIn('src/customer/verify-result/verify-result.test.ts');

/** Proof of work: what strangers show in their requests, and how much of it counts. */
export const NIP_13 = nip({
  number: '13',
  commit: '02e9aec1a6a80e394e04e5ffd39716cf4f4201d0',
  keywords: { MUST: 0, SHOULD: 1, MAY: 1 },
  requirements: {
    difficulty: {
      level: 'rule',
      at: 'Introduction, 2nd paragraph',
      says: 'The difficulty of an event is the number of leading zero bits of its id.',
      tests: [work('work is the number of leading zero bits of the id')],
    },
    'nonce-tag': {
      level: 'rule',
      at: 'Mining, 1st and 2nd sentence',
      says: 'Who works changes the second entry of a nonce tag until the id has the bits.',
      tests: [
        work('is found where others have found it, and commits to what was sought'),
        work('leaves the event as it was but for its nonce, and comes out the same in pieces'),
      ],
    },
    'renew-time': {
      level: 'may',
      at: 'Mining, last sentence',
      says: 'It is recommended to update created_at while working.',
      exempt:
        'The deadline of a request is counted from its created_at and booked with it; at most a minute of work is done for one request, which leaves it fresh.',
    },
    'target-committed': {
      level: 'SHOULD',
      at: 'Mining, on the third entry',
      says: 'The third entry of the nonce tag says which difficulty was sought.',
      tests: [work('the nonce says for which difficulty it was sought')],
    },
    'lower-target': {
      level: 'rule',
      at: 'Mining, on bulk spammers',
      says: 'An event that commits to less than is asked can be refused whatever its id shows.',
      tests: [proven('what is proven is what an id shows, and no more than its nonce says was sought')],
    },
    'no-target': {
      level: 'MAY',
      at: 'Mining, last half sentence',
      says: 'Clients can refuse an event that shows the bits and commits to no difficulty.',
      tests: [selling('that an id shows by luck counts for nothing')],
    },
    delegated: {
      level: 'rule',
      at: 'Delegated Proof of Work',
      says: 'The id does not commit to a signature, so somebody else can do the work before it is signed.',
      tests: [delegated('that was done proves itself')],
    },
  },
  others: [],
});
