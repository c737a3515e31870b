import { testsIn } from '../conformance/cited-test.ts';
import type { Attack } from './attack.ts';

const bought = testsIn('test/attacks/bought-work.test.ts');
const sold = testsIn('test/attacks/sold-work.test.ts');
const chains = testsIn('test/provider/chains.test.ts');
const claims = testsIn('test/refunds/claims.test.ts');
const customer = testsIn('test/customer/attacks.test.ts');
const ecash = testsIn('test/ecash/suite.ts');
const fold = testsIn('test/protocol/job-fold-payments.test.ts');
const modes = testsIn('test/customer/attacks-on-modes.test.ts');
const reveal = testsIn('test/protocol/reveal.test.ts');
const zaps = testsIn('test/zaps/attacks.test.ts');
const zapReceipts = testsIn('test/protocol/zap-verification.test.ts');
const zapSales = testsIn('test/provider/zaps.test.ts');

/** Events by which somebody claims a payment, a delivery or a refund. */
export const CLAIMED_PAYMENTS: Readonly<Record<string, Attack>> = {
  'receipt-forged': {
    says: 'A customer publishes a zap receipt that the wallet of the recipient did not sign.',
    tests: [
      zapSales('a receipt buys nothing > when nothing was paid'),
      zapReceipts('signed by anybody but the recipient’s wallet'),
      zaps('believes none but that of its own zap, signed by the server'),
    ],
  },
  'receipt-replayed': {
    says: 'A customer publishes the receipt of one zap again to have it counted twice.',
    tests: [zapSales('a receipt buys nothing > a second time')],
  },
  'receipt-self-made': {
    says: 'A customer zaps a wallet of its own and shows the genuine receipt to the provider.',
    tests: [
      zapSales('a receipt buys nothing > when its invoice is not ours'),
      chains('believes no receipt of another key, nor a zap of somebody else'),
    ],
  },
  'receipt-cross-job': {
    says: 'A customer uses the paid zap, or the paid invoice, of one job for another.',
    tests: [
      zapSales('for another job: the invoice commits to the zap request'),
      zapSales('when it points to the invoice of an offer, which pays only its own job'),
      zapReceipts('that moves the zap to somebody or something else'),
    ],
  },
  'receipt-of-somebody-else': {
    says: 'A customer shows a receipt for an invoice that somebody else paid, or was paid by.',
    tests: [
      zapSales('a receipt buys nothing > when its invoice is not ours'),
      zapReceipts('whose invoice is for something else'),
      fold('a zap by somebody else than the customer pays, and takes nothing'),
    ],
  },
  'customer-poses-as-provider': {
    says: 'A customer publishes feedback, results and reviews as if the job were paid and delivered.',
    tests: [
      sold('a customer that answers and reviews in the name of its provider has paid nothing'),
      customer('with the key of the customer itself is no provider'),
      chains('gives up in time, with a code, whatever strangers and the prior provider say'),
    ],
  },
  'stranger-poses-as-provider': {
    says: 'A stranger delivers, fails or quotes a job in place of its provider.',
    tests: [
      customer('cannot deliver, fail or requote the job of the chosen provider'),
      modes('is not kept by the invoice of somebody else'),
    ],
  },
  'preimage-published': {
    says: 'A third party that routes the payment publishes its preimage, as proof or to read the result.',
    tests: [
      bought('a preimage that somebody publishes while the money is held settles nothing'),
      fold('a receipt that shows the preimage of the provider’s invoice proves that it leaked, not who paid'),
      reveal('stays shut for whoever routes the payment and so knows the preimage'),
      ecash('whoever sees the preimage but has not the key gets nothing'),
      testsIn('test/exchange/ecash-htlc.test.ts')(
        'cannot be taken back before its time, nor by whoever learns the preimage',
      ),
    ],
  },

  'refund-by-another-key': {
    says: 'Somebody else claims the refund of a job.',
    tests: [
      claims('by anybody but the author of the request'),
      testsIn('test/refunds/any-order.test.ts')(
        'whatever is claimed, replayed, lost and waited for: the money comes back once, to its owner',
      ),
    ],
  },
  'refund-twice': {
    says: 'A customer sends two refund invoices at once, or the same again later.',
    tests: [
      claims('of two claims at once one is paid'),
      claims('when it is replayed after the refund, and when another follows it'),
      testsIn('test/refunds/address.test.ts')('and a claim at the same time bring the money back once'),
    ],
  },
  'refund-pretended': {
    says: 'A provider says that it refunded, and names another payment.',
    tests: [
      testsIn('test/refunds/claimant.test.ts')(
        'does not count when it is older than the request, too small, or went elsewhere',
      ),
    ],
  },
  'refund-fees': {
    says: 'A customer has money refunded over a route whose fees are its own.',
    tests: [
      testsIn('test/attacks/holes.test.ts')(
        'a refund costs a hundredth of what was received at most, however little that is',
      ),
    ],
  },
};
