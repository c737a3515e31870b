import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const lyingMint = testsIn('test/ecash/lying-mint.test.ts');
const received = testsIn('test/ecash/nutzap.test.ts');
const nutzap = testsIn('test/protocol/nutzap-check.test.ts');
const payments = testsIn('test/protocol/payment-events.test.ts');
const foreign = testsIn('test/protocol/foreign-events.test.ts');
const FOREIGN = 'for somebody else, of another mint or in another unit';

/** Nutzaps: ecash sent in public. */
export const NIP_61 = nip({
  number: '61',
  commit: NIPS_COMMIT,
  keywords: { MUST: 4, SHOULD: 6, MAY: 0 },
  requirements: {
    'listed-mints-only': {
      level: 'SHOULD',
      at: 'Nutzap informational event, item on mint, 2nd sentence',
      says: 'Ecash of a mint that the recipient does not list does not count.',
      tests: [nutzap(FOREIGN)],
    },
    'own-lock-key': {
      level: 'MUST',
      at: 'Nutzap informational event, item on pubkey, 1st half of the 1st sentence',
      says: 'Ecash is locked to the key that the recipient names for it.',
      tests: [nutzap('locked to the recipient, of a mint it trusts, is worth swapping')],
    },
    'never-the-nostr-key': {
      level: 'MUST',
      at: 'Nutzap informational event, item on pubkey, 2nd half of the 1st sentence',
      says: 'The lock key is never the Nostr key.',
      tests: [foreign('kind %s, tag "%s": %j')],
    },
    'key-prefix': {
      level: 'MUST',
      at: 'Nutzap event, 2nd paragraph',
      says: 'The lock is 02 and the key.',
      tests: [nutzap('locked %s is refused')],
    },
    'unit-default': {
      level: 'rule',
      at: 'Nutzap event, list of tags, item on unit',
      says: 'Without a unit the ecash is in sat.',
    },
    'exact-mint': {
      level: 'rule',
      at: 'Nutzap event, list of tags, item on u',
      says: 'The mint is written exactly as the recipient writes it.',
      tests: [nutzap(FOREIGN)],
    },
    'redemption-event': {
      level: 'SHOULD',
      at: 'Updating nutzap-redemption history, 1st sentence',
      says: 'Whoever claims a nutzap says so in an event that names it.',
      tests: [
        payments('redemptions, whose private part only the recipient reads'),
        received('over a relay: announced, sent, redeemed, told; another device finds the ecash by its copy'),
      ],
    },
    'redemption-relays': {
      level: 'SHOULD',
      at: 'Updating nutzap-redemption history, last sentence',
      says: 'Redemptions are told on the sender’s relays.',
      exempt:
        'They are told on the relays where the nutzap was read, which its sender was told to write to; no stranger’s relay list decides where we connect.',
    },
    'mints-with-locks': {
      level: 'SHOULD',
      at: 'Final Considerations, 1st item',
      says: 'Recipients name mints that enforce locks and prove their signatures.',
      tests: [lyingMint('for locks, without NUT %i'), lyingMint('without NUT %i')],
    },
    'observers-check': {
      level: 'SHOULD',
      at: 'Verifying a Cashu Zap, the list',
      says: 'Mint, lock and address of the mint are checked against the recipient’s kind 10019.',
      tests: [nutzap(FOREIGN)],
    },
    'mint-urls': {
      level: 'SHOULD',
      at: 'Final Considerations, 2nd item',
      says: 'Mint addresses are normalised and kept once.',
      exempt:
        'The NIP asks nutzaps to repeat the address exactly as written, so it is compared and kept as written; the same text counts once.',
    },
    'proofs-of-listed-mint': {
      level: 'MUST',
      at: 'Final Considerations, 3rd item',
      says: 'A nutzap whose ecash is not of a listed mint is refused.',
      tests: [nutzap(FOREIGN)],
    },
  },
  others: [],
});
