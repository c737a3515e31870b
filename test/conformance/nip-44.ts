import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const event = testsIn('src/protocol/event.test.ts');
const hostile = testsIn('test/relays/hostile-relay.test.ts');
const keys = testsIn('src/keys/keys.test.ts');
const sealing = testsIn('test/protocol/sealing.test.ts');
const encrypted = testsIn('test/protocol/encrypted-jobs.test.ts');
const channel = testsIn('src/money/nwc-channel.test.ts');

/** Encryption between two keys: private jobs and wallet messages. */
export const NIP_44 = nip({
  number: '44',
  commit: NIPS_COMMIT,
  keywords: { MUST: 6, SHOULD: 2, MAY: 0 },
  requirements: {
    'in-signed-events': {
      level: 'MUST',
      at: 'Introduction, 3rd sentence',
      says: 'Ciphertext travels in signed events only.',
      tests: [encrypted('%s is bought and sold')],
    },
    'no-drop-in': {
      level: 'SHOULD',
      at: 'Introduction, note, 2nd sentence',
      says: 'NIP-44 text is not put where NIP-04 text is meant: answers use the scheme of the request.',
      tests: [encrypted('encrypted by an older client with NIP-04 is answered in NIP-04')],
    },
    'signature-first': {
      level: 'MUST',
      at: 'Version 2, 1st item',
      says: 'The signature of the event is checked before anything in it is decrypted.',
      tests: [hostile('that are forged, unasked for or malformed are never handed on')],
    },
    'payload-signed': {
      level: 'MUST',
      at: 'Encryption, last sentence',
      says: 'The ciphertext is part of what is hashed and signed.',
      tests: [
        event('fails when the %s is changed'),
        encrypted('hears the provider that answers as nostrdvm does, and nobody who copies it'),
      ],
    },
    'author-checked': {
      level: 'MUST',
      at: 'Decryption, 1st sentence',
      says: 'Author and signature are checked as NIP-01 says before decrypting.',
      tests: [
        hostile('that are forged, unasked for or malformed are never handed on'),
        event('fails when the %s is changed'),
      ],
    },
    'point-on-curve': {
      level: 'MUST',
      at: 'Decryption, 2nd sentence',
      says: 'The author’s key must be a point on the curve.',
      tests: [event('fails for a key that is no point of the curve')],
    },
    'unknown-version': {
      level: 'MUST',
      at: 'Decryption, step 1, 2nd item',
      says: 'Text that begins with # is refused as a version that is not supported yet.',
    },
    'unknown-version-byte': {
      level: 'must',
      at: 'Decryption, step 2, 2nd item',
      says: 'Another version byte than 2 is refused as not supported.',
    },
    'own-limit': {
      level: 'SHOULD',
      at: 'Implementation considerations, 2nd sentence',
      says: 'What is too long is refused before it is decoded.',
      tests: [keys('%s text is for the peer only'), channel('too long to be one is passed over')],
    },
    damaged: {
      level: 'rule',
      at: 'Decryption, steps 2, 5 and 7',
      says: 'Short, damaged, wrongly padded or empty ciphertext is refused.',
      tests: [sealing('for another key, damaged, or no ciphertext at all')],
    },
    vectors: {
      level: 'rule',
      at: 'Tests and code, the example and the table of long texts',
      says: 'The published vectors come out, also beyond 65535 bytes, where the length takes six bytes.',
    },
    'own-nonce': {
      level: 'rule',
      at: 'Encryption, step 2',
      says: 'Every message has a nonce of its own, so equal texts look different.',
    },
  },
  others: [],
});
