import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const service = testsIn('test/money/nwc-service.test.ts');
const alby = testsIn('test/money/nwc-alby.test.ts');
const channel = testsIn('src/money/nwc-channel.test.ts');
const wallet = testsIn('src/money/nwc-wallet.test.ts');
const connection = testsIn('src/money/nwc-connection.test.ts');
const selling = testsIn('test/provider/selling.test.ts');
const IN_KIND = 'in %s is answered in kind';

/** Nostr Wallet Connect: our wallets as a client, and the play-money bank as a service. */
export const NIP_47 = nip({
  number: '47',
  commit: NIPS_COMMIT,
  keywords: { MUST: 9, SHOULD: 9, MAY: 1 },
  requirements: {
    'info-content': {
      level: 'should',
      at: 'Info Event, 2nd paragraph',
      says: 'The info event lists what the wallet can do, separated by spaces.',
      tests: [service('names methods, notifications and encryption, and stays the newest')],
    },
    'info-notifications': {
      level: 'SHOULD',
      at: 'Info Event, 3rd paragraph',
      says: 'A wallet that notifies says of what in a notifications tag.',
      tests: [service('names methods, notifications and encryption, and stays the newest')],
    },
    'p-tag': {
      level: 'SHOULD',
      at: 'Request and Response Events, 1st sentence',
      says: 'Requests and responses each name the other side in one p tag.',
    },
    'e-tag': {
      level: 'SHOULD',
      at: 'Request and Response Events, 2nd sentence',
      says: 'A response names the request it answers.',
      tests: [service(IN_KIND)],
    },
    'expired-request': {
      level: 'should',
      at: 'Request and Response Events, 4th sentence',
      says: 'A request that comes after its expiration is ignored.',
      tests: [service('%s is passed over')],
    },
    'legacy-nip04': {
      level: 'should',
      at: 'Request and Response Events, note for backwards compatibility',
      says: 'Without an encryption tag the other side speaks NIP-04.',
      tests: [service('without an encryption tag is read as NIP-04'), channel('is %s')],
    },
    'result-type': {
      level: 'MUST',
      at: 'Request and Response Events, after the example of a response, 1st sentence',
      says: 'A response says which method it answers.',
      tests: [service(IN_KIND)],
    },
    'error-code-and-message': {
      level: 'MUST',
      at: 'Request and Response Events, after the example of a response, 2nd sentence',
      says: 'A failed request is answered with a code and words.',
    },
    'error-null': {
      level: 'must',
      at: 'Request and Response Events, after the example of a response, 3rd sentence',
      says: 'A successful request is answered with a null error.',
      tests: [service(IN_KIND)],
    },
    'notification-p-tag': {
      level: 'SHOULD',
      at: 'Notification Events, 1st sentence',
      says: 'A notification names its client in one p tag.',
    },
    'error-codes': {
      level: 'rule',
      at: 'Error codes, the list',
      says: 'Failures travel under the listed codes, and are understood by them.',
      tests: [
        service('%s %o is refused with %s'),
        service('may be narrowed to some methods'),
        service('ends when its time is up'),
        channel('of the wallet (%s) have our code (%s)'),
      ],
    },
    'key-per-client': {
      level: 'SHOULD',
      at: 'Nostr Wallet Connect URI, 3rd sentence',
      says: 'Every client gets a wallet key of its own.',
    },
    'client-uses-secret': {
      level: 'MUST',
      at: 'Nostr Wallet Connect URI, item on the secret, 2nd sentence',
      says: 'The client signs and encrypts with the secret of its connection.',
      tests: [
        connection('is made so that we and an independent client read the same keys and relays'),
        alby('pays an invoice and finds it on both sides'),
      ],
    },
    'service-uses-client-key': {
      level: 'MUST',
      at: 'Nostr Wallet Connect URI, item on the secret, 3rd sentence',
      says: 'The service talks to the public key of that secret, and to nobody else.',
      tests: [service('%s is passed over'), alby('pays an invoice and finds it on both sides')],
    },
    'forgets-secret': {
      level: 'SHOULD',
      at: 'Nostr Wallet Connect URI, item on encryption by the service, 2nd sentence, 1st half',
      says: 'The service does not keep the secret that it made for the client.',
    },
    'works-without-secret': {
      level: 'MUST',
      at: 'Nostr Wallet Connect URI, item on encryption by the service, 2nd sentence, 2nd half',
      says: 'The service needs no more than the client’s public key.',
    },
    'hold-decided-soon': {
      level: 'SHOULD',
      at: 'hold_invoice_accepted, 2nd sentence',
      says: 'Held money is settled or given back within minutes.',
      tests: [
        selling('a handler that hangs and ignores its signal'),
        selling('while the work goes on stops it and gives the money back'),
      ],
    },
    'prefers-nip44': {
      level: 'should',
      at: 'Encryption, negotiation, 2nd step',
      says: 'A client uses NIP-44 wherever the wallet offers it, and names its choice in each request.',
      tests: [channel('is %s')],
    },
    'scheme-supported': {
      level: 'MUST',
      at: 'Request events, 2nd sentence',
      says: 'A request uses a scheme that the info event offers.',
      tests: [channel('is %s')],
    },
    'unsupported-encryption': {
      level: 'rule',
      at: 'Request events, after the example, 1st sentence',
      says: 'A scheme that the service does not know is refused by name.',
      tests: [service('in an unknown encryption is told so')],
    },
    'both-notifications': {
      level: 'should',
      at: 'Notification events, 1st sentence',
      says: 'A service of both schemes sends every notification in both.',
      tests: [service('is told to its parties in both encryptions')],
    },
    'one-notification-heard': {
      level: 'should',
      at: 'Notification events, 3rd sentence',
      says: 'A client listens to the notification of the scheme that the wallet offers.',
      tests: [
        channel('are heard once, from the wallet alone, until the listener leaves'),
        channel('of a wallet that speaks NIP-04 only are opened as such'),
      ],
    },
    'stores-metadata': {
      level: 'MAY',
      at: 'Metadata, 1st sentence',
      says: 'A service can keep metadata with a payment.',
      exempt:
        'The play-money bank keeps none: what a payment was for stands in the ledgers of its parties, not at their bank.',
    },
    'metadata-limit': {
      level: 'MUST',
      at: 'Metadata, 2nd sentence, 1st half',
      says: 'No metadata above 4096 characters is kept.',
    },
    'metadata-dropped': {
      level: 'MUST',
      at: 'Metadata, 2nd sentence, 2nd half',
      says: 'Metadata above the limit is dropped, and the request carried out.',
    },
    'relay-payload': {
      level: 'SHOULD',
      at: 'Metadata, last sentence, 1st half',
      says: 'A relay for wallets takes messages of 64 KB.',
    },
    'small-pages': {
      level: 'SHOULD',
      at: 'Metadata, last sentence, 2nd half',
      says: 'Lists are fetched in pages of at most 20.',
      tests: [wallet('lists page by page, in both directions')],
    },
  },
  others: [
    {
      level: 'MUST',
      at: 'Deep-links, 2nd sentence',
      why: 'Concerns apps that open wallets by deep links; coinop is given a connection as text.',
    },
  ],
});
