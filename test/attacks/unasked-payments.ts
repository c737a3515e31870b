import { testsIn } from '../conformance/cited-test.ts';
import type { Attack } from './attack.ts';

const ecash = testsIn('test/web/ecash.test.ts');
const ecashSpending = testsIn('src/ledger/ecash-spending.test.ts');
const followUps = testsIn('test/exchange/follow-ups.test.ts');
const htlc = testsIn('test/exchange/ecash-htlc.test.ts');
const purse = testsIn('test/web/purse.test.ts');
const spending = testsIn('test/contracts/ledger-spending.ts');
const together = testsIn('test/web/asked-together.test.ts');
const unasked = testsIn('test/web/unasked.test.ts');

/** Money that leaves although its owner was not asked for it, or was asked for something else. */
export const UNASKED_PAYMENTS: Readonly<Record<string, Attack>> = {
  'budget-raised-by-refund': {
    says: 'A provider locks money, waits until the customer lowers its budget, and lets go: the budget grows by that.',
    tests: [
      purse('money that comes back after the budget was set does not raise it'),
      purse('what was on its way when the budget was set counts against it'),
    ],
  },
  'payment-outside-caps': {
    says: 'A wallet refuses a payment and makes it later, so that no cap counts it.',
    tests: [spending('counts a payment that was given up and has been made after all')],
  },
  'wallet-emptied-into-ecash': {
    says: 'A session in wrong hands buys ecash again and again, as if that spent nothing.',
    tests: [
      spending('counts ecash when it is bought, and not again when a job is paid with it'),
      ecashSpending('in full whenever it is bought, never twice, and whatever is paid for is covered'),
      ecash('is bought once with play money, buys a job by a hash lock, and is taken out again'),
    ],
  },
  'offer-after-consent-ended': {
    says: 'A provider answers only when the customer wants to be asked every time, or has connected another wallet.',
    tests: [
      unasked('who asks to be asked every time pays nothing unasked that was posted before that'),
      unasked('who connects another wallet pays nothing unasked with it'),
    ],
  },
  'paid-by-two-wallets': {
    says: 'A provider says nothing of an invoice that a phone has paid, and is paid again by the wallet that is connected next.',
    tests: [unasked('an invoice that a phone was shown is not paid by the wallet that is connected next')],
  },
  'hedge-from-the-same': {
    says: 'A provider takes the money, is silent, and offers the same again to whoever looks for somebody else.',
    tests: [
      unasked(
        'who buys once more from somebody else does not buy from the same, after a restart of the page either',
      ),
    ],
  },
  'ecash-given-unasked': {
    says: 'An approval that came to nothing pays as soon as there is ecash, without being given anew.',
    tests: [
      htlc('ecash that cannot be given is told to whoever approved the offer, and not tried again by itself'),
    ],
  },
  'step-at-more-risk': {
    says: 'A provider whose first step was paid by a lock wants the next one, which nobody looks at, in advance.',
    tests: [followUps('is not paid in advance where the money of the first step was locked')],
  },
  'step-not-shown': {
    says: 'The next step of what was asked of several is paid, and the page shows the first step in its place.',
    tests: [together('the next step of what was asked of several is a line and a run of its own')],
  },
  'words-of-a-stranger': {
    says: 'A stranger writes to the customer of a job as if it did it: pay this invoice instead.',
    tests: [unasked('words about a job are heard from whom it is for, and from no stranger')],
  },
  'books-of-somebody-else': {
    says: 'Who signed in to the same browser takes the open purchases of others along, to be paid in both.',
    tests: [unasked('a copy of the books has what is its own, and nothing of who signed in here before')],
  },
};
