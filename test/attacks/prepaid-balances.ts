import { testsIn } from '../conformance/cited-test.ts';
import type { Attack } from './attack.ts';

const balance = testsIn('test/attacks/balance.test.ts');
const exchange = testsIn('test/exchange/balance.test.ts');
const ledger = testsIn('test/contracts/ledger-balances.ts');

const CONSENT = 'draws nothing: consent counts from the customer, over the price, once';

/** Attacks on what customers have prepaid, by either side. */
export const PREPAID_BALANCES: Readonly<Record<string, Attack>> = {
  'balance-drawn-twice': {
    says: 'A request, or the consent to its draw, is sent again to have its price drawn twice, or the work done twice.',
    tests: [balance(CONSENT), exchange('at provider:payment-seen of a draw draws once')],
  },
  'balance-of-another': {
    says: 'A stranger agrees to a draw from the balance of somebody else, or asks for work on it.',
    tests: [balance(CONSENT), balance('has no balance by asking for a top-up, or by the top-up of another')],
  },
  'balance-unpaid': {
    says: 'A customer asks for a top-up, does not pay it, and says that it has a balance.',
    tests: [balance('has no balance by asking for a top-up, or by the top-up of another')],
  },
  'balance-credited-twice': {
    says: 'One payment of a top-up is noticed many times, or by many machines, to be credited more than once.',
    tests: [
      ledger('book a top-up once by its name, and credit it once, however many look'),
      exchange('at %s of a top-up credits it once in its next life'),
    ],
  },
  'balance-overdrawn': {
    says: 'Fifty jobs at once are drawn from a balance that is enough for a few.',
    tests: [
      balance('jobs at once draw no more together than was prepaid'),
      ledger('never go below nothing: of fifty draws at once those succeed that are prepaid'),
    ],
  },
  'balance-withdrawn-twice': {
    says: 'A withdrawal is sent again, or two at once, to be paid more than there is.',
    tests: [
      balance('one withdrawal is paid at a time, its message counts once, and never more than there is'),
      exchange('at %s of a withdrawal pays it once'),
    ],
  },
  'balance-wrong-invoice': {
    says: 'A provider answers a top-up by an invoice over more, or of another network.',
    tests: [
      balance('is not paid by an invoice %s', 'of another amount'),
      balance('is not paid by an invoice %s', 'of another network'),
    ],
  },
  'balance-denied': {
    says: 'A provider takes a top-up and then denies that there is a balance.',
    byNature:
      'It keeps the balance. It is paid nothing again, and the invoice that it signed stays with its preimage.',
    tests: [
      balance('and denies a balance is paid nothing again, and the customer keeps invoice and preimage'),
    ],
  },
};
