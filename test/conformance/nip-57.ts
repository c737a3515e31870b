import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const zapping = testsIn('test/zaps/zapping.test.ts');
const sold = testsIn('test/provider/zaps.test.ts');
const zap = testsIn('test/protocol/zap-verification.test.ts');
const foreign = testsIn('test/protocol/foreign-events.test.ts');
const BROKEN = 'is refused for every rule that it breaks';

/** Zaps: how a request for an invoice is judged, and when a receipt is believed. */
export const NIP_57 = nip({
  number: '57',
  commit: NIPS_COMMIT,
  keywords: { MUST: 20, SHOULD: 7, MAY: 6 },
  requirements: {
    'endpoint-asked': {
      level: 'MUST',
      at: 'Protocol flow, step 1, 2nd sentence',
      says: 'The recipient’s pay address is asked by GET how it is paid.',
      tests: [zapping('pays the author of an event, and the receipt says so once')],
    },
    'zaps-preferred': {
      level: 'SHOULD',
      at: 'Protocol flow, step 2, 2nd sentence',
      says: 'An address that knows zaps is asked for one.',
      tests: [zapping('pays a person by LNURL, without waiting for a receipt')],
    },
    'invoice-paid': {
      level: 'MAY',
      at: 'Protocol flow, step 7',
      says: 'Who asked for the invoice can pay it.',
      tests: [zapping('pays the author of an event, and the receipt says so once')],
    },
    'receipt-published': {
      level: 'MUST',
      at: 'Protocol flow, step 8',
      says: 'A paid zap has its receipt, on the relays of the zap request.',
      tests: [zapping('is published after a crash between payment and receipt')],
    },
    'receipts-fetched': {
      level: 'MAY',
      at: 'Protocol flow, step 9, 1st half of the 1st sentence',
      says: 'Who sells for zaps looks for receipts.',
      tests: [sold('is worked on when the zap of its offer is in our wallet')],
    },
    'request-stored': {
      level: 'MUST',
      at: 'Appendix D, sentence after the list',
      says: 'The zap request is kept until its invoice is paid, also through a crash.',
      tests: [zapping('is published after a crash between payment and receipt')],
    },
    'zap-tags': {
      level: 'SHOULD',
      at: 'Appendix G, 1st sentence',
      says: 'A zap of an event goes to whom its zap tags name.',
      exempt:
        'A job pays the provider who answered it, whatever tags are on its events; other events are zapped by the address that the caller gives.',
    },
    'receipts-checked': {
      level: 'MUST',
      at: 'Protocol flow, step 9, 2nd half of the 1st sentence',
      says: 'No receipt counts before it is checked.',
      tests: [zap('that keeps every rule is believed as far as its signer is')],
    },
    'request-content': {
      level: 'MAY',
      at: 'Appendix A, 2nd sentence',
      says: 'A zap request can carry words.',
    },
    'request-tags': {
      level: 'MUST',
      at: 'Appendix A, 1st list',
      says: 'A zap request names relays, amount, pay address and recipient.',
    },
    'request-more-tags': {
      level: 'MAY',
      at: 'Appendix A, 2nd list',
      says: 'A zap request can name an event, an address and a kind.',
    },
    'request-names-event': {
      level: 'MUST',
      at: 'Appendix A, 2nd list, item on e',
      says: 'A zap of an event names the event.',
    },
    'server-signature': {
      level: 'MUST',
      at: 'Appendix D, 1st item',
      says: 'A zap request with a wrong signature is refused.',
      tests: [zap(BROKEN)],
    },
    'server-tags': {
      level: 'MUST',
      at: 'Appendix D, 2nd item',
      says: 'A zap request without tags is refused.',
      tests: [zap(BROKEN)],
    },
    'server-one-p': {
      level: 'MUST',
      at: 'Appendix D, 3rd item',
      says: 'A zap request has exactly one p tag.',
      tests: [foreign('kind %s, tag "%s": %j')],
    },
    'server-one-e': {
      level: 'MUST',
      at: 'Appendix D, 4th item',
      says: 'A zap request has at most one e tag.',
      tests: [zap('names the tag that breaks NIP-57')],
    },
    'server-relays': {
      level: 'should',
      at: 'Appendix D, 5th item',
      says: 'A zap request names relays, and is served without.',
    },
    'server-amount': {
      level: 'MUST',
      at: 'Appendix D, 6th item',
      says: 'An amount in the zap request is that of the query.',
      tests: [zap(BROKEN)],
    },
    'server-a': {
      level: 'MUST',
      at: 'Appendix D, 7th item',
      says: 'An a tag is a valid address.',
      tests: [foreign('kind %s, tag "%s": %j')],
    },
    'server-one-P': {
      level: 'MUST',
      at: 'Appendix D, 8th item, 1st sentence',
      says: 'A zap request has at most one P tag.',
      tests: [foreign('kind %s, tag "%s": %j')],
    },
    'server-P-is-signer': {
      level: 'MUST',
      at: 'Appendix D, 8th item, 2nd sentence',
      says: 'A P tag names who will sign the receipt.',
      tests: [zap(BROKEN)],
    },
    'description-validated': {
      level: 'SHOULD',
      at: 'Appendix E, 2nd step',
      says: 'The zap request in the invoice’s description keeps the rules of appendix D.',
      tests: [zap('that cannot be read'), zap('around a zap request that its sender did not sign')],
    },
    'receipt-empty': {
      level: 'SHOULD',
      at: 'Appendix E, list on the receipt, 1st item',
      says: 'A receipt has no content.',
    },
    'receipt-time': {
      level: 'SHOULD',
      at: 'Appendix E, list on the receipt, 2nd item',
      says: 'A receipt is dated when the invoice was paid.',
    },
    'receipt-tags': {
      level: 'MUST',
      at: 'Appendix E, list on the receipt, 3rd item',
      says: 'A receipt repeats p, e and a, and names the sender in P.',
    },
    'receipt-bolt11': {
      level: 'MUST',
      at: 'Appendix E, list on the receipt, 4th item',
      says: 'A receipt carries the invoice.',
    },
    'receipt-description': {
      level: 'MUST',
      at: 'Appendix E, list on the receipt, 5th item',
      says: 'A receipt carries the zap request exactly as it came.',
    },
    'description-hash': {
      level: 'SHOULD',
      at: 'Appendix E, list on the receipt, 6th item',
      says: 'The invoice commits to the zap request.',
      tests: [zap('whose invoice is for something else')],
    },
    'receipt-preimage': {
      level: 'MAY',
      at: 'Appendix E, list on the receipt, 7th item',
      says: 'A receipt can show the preimage.',
      tests: [zap('with a preimage that is none')],
    },
    'no-proof': {
      level: 'rule',
      at: 'Appendix E, sentence after the list on the receipt',
      says: 'A receipt proves no payment: checked, it is told as the word of the recipient’s wallet.',
      tests: [zap('that keeps every rule is believed as far as its signer is')],
    },
    validated: {
      level: 'MUST',
      at: 'Appendix F, 2nd sentence',
      says: 'Every receipt passes the steps of appendix F.',
      tests: [zap('that moves the zap to somebody or something else'), zap('that cannot be read')],
    },
    'receipt-signer': {
      level: 'MUST',
      at: 'Appendix F, 1st item',
      says: 'A receipt counts only when the key signed it that the recipient’s endpoint names.',
      tests: [zap('signed by anybody but the recipient’s wallet')],
    },
    'receipt-amount': {
      level: 'MUST',
      at: 'Appendix F, 2nd item',
      says: 'The invoice is over the amount of the zap request.',
      tests: [zap('over another amount than its sender named')],
    },
    'receipt-lnurl': {
      level: 'SHOULD',
      at: 'Appendix F, 3rd item',
      says: 'The zap request was for the recipient’s pay address.',
      tests: [zap('for another lightning address; texts that are none say nothing')],
    },
  },
  others: [
    {
      level: 'MAY',
      at: 'Appendix G, last sentence',
      why: 'Concerns clients that show notes; nothing in coinop is split by zap tags.',
    },
  ],
});
