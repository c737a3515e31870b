import { testsIn } from '../conformance/cited-test.ts';
import type { Attack } from './attack.ts';

const sold = testsIn('test/attacks/sold-work.test.ts');
const bank = testsIn('src/regtest/bank.test.ts');
const books = testsIn('test/account/reconcile.test.ts');
const customer = testsIn('test/customer/attacks.test.ts');
const interruptions = testsIn('test/provider/interruptions.test.ts');
const holes = testsIn('test/attacks/holes.test.ts');
const invoices = testsIn('src/money/invoice-check.test.ts');
const l402 = testsIn('test/l402/attacks.test.ts');
const modes = testsIn('test/customer/attacks-on-modes.test.ts');
const provider = testsIn('test/provider/exchange-modes.test.ts');
const zaps = testsIn('test/zaps/attacks.test.ts');
const zapSales = testsIn('test/provider/zaps.test.ts');

const IN_ANY_MODE = 'to an invoice %s, asked at once or after a promise';

/** Invoices that are not what was agreed, and payments that are not what was asked. */
export const WRONG_PAYMENTS: Readonly<Record<string, Attack>> = {
  'invoice-swapped': {
    says: 'A provider puts another invoice into a quote than it promised, or quotes anew after it was chosen.',
    tests: [
      customer('that quotes twice is paid for the quote that was taken, and for no other'),
      modes('%s is not paid', 'whose invoice has another hash than its lock'),
      modes('of %s is not broken upwards: a higher price is not paid'),
    ],
  },
  'invoice-wrong-amount': {
    says: 'The invoice asks for another amount than the quote.',
    tests: [
      customer('a quote is not paid > %s', 'whose invoice asks for more than it says'),
      modes(IN_ANY_MODE, 'for another amount'),
      invoices('%s', 'one millisatoshi dearer'),
      zaps('pays no invoice %s', 'over another amount'),
    ],
  },
  'invoice-amountless': {
    says: 'The invoice leaves the amount to the payer.',
    tests: [modes(IN_ANY_MODE, 'without an amount'), zaps('pays no invoice %s', 'without an amount')],
  },
  'invoice-wrong-network': {
    says: 'The invoice is of another network: real money for play money, or the other way.',
    tests: [
      customer('a quote is not paid > %s', 'whose invoice is of another network'),
      modes(IN_ANY_MODE, 'of another network'),
      testsIn('test/contracts/wallet.ts')('refuses broken invoices and those of another network'),
      l402('does not take what was bought with play money, by another service or under another key'),
    ],
  },
  'invoice-expired': {
    says: 'The invoice has run out, and its payment might never arrive.',
    tests: [
      customer('a quote is not paid > %s', 'whose invoice has expired'),
      modes(IN_ANY_MODE, 'that has expired'),
      bank('refuses an expired invoice before any money moves'),
    ],
  },
  'invoice-reused': {
    says: 'A provider has the same payment hash paid for a second job.',
    tests: [
      customer('twice: an invoice that another purchase has used is refused'),
      modes('to an invoice that another purchase has used'),
      testsIn('test/contracts/ledger-purchases.ts')('never reserves the same payment hash twice'),
    ],
  },
  'description-hash': {
    says: 'The server of a lightning address answers a zap with an invoice for something else.',
    tests: [
      zaps('pays no invoice %s', 'for something else'),
      invoices('%s', 'described by text where a hash was agreed'),
    ],
  },

  underpay: {
    says: 'A customer pays less than the price.',
    tests: [
      sold('by a hold gets it back, and no work'),
      sold('in advance gets no work, and is owed what it paid once the offer has ended'),
      zapSales('a receipt buys nothing > when the zap was too small'),
    ],
  },
  overpay: {
    says: 'A customer pays more than the price, or its wallet does so for privacy.',
    tests: [
      sold('by %s: the books have all of it, and owe the rest', 'hold'),
      sold('by %s: the books have all of it, and owe the rest', 'prepay'),
      sold('for work that fails gets all of it back'),
    ],
  },
  'pay-twice': {
    says: 'The same invoice is paid twice: by a crash, an impatient caller, or two wallets.',
    tests: [
      sold('an invoice that was paid cannot be paid again, from whatever wallet'),
      bank('pays once however often it is asked'),
      modes('that asks again with the result is paid once'),
      testsIn('test/customer/crash.test.ts')('dead at %s, the next life finishes the purchase and pays once'),
    ],
  },
  'pay-by-invoice-and-zap': {
    says: 'One job is paid by its invoice and by a zap at once.',
    tests: [
      zapSales('what an invoice was offered for; paid both ways, the surplus stays on the books'),
      zapSales('and then by its invoice has both on the books'),
      zapSales('while the work went on needs no other payment, and is worked on once'),
      books('books an invoice that was paid after its job had been paid by a zap'),
      holes('a zap that reaches a job sold by a hold goes back when the job comes to nothing'),
    ],
  },
  'zap-by-a-stranger': {
    says: 'A stranger zaps a job with a little money, to disturb its work or its refund.',
    tests: [
      holes('a zap during the work does not make finished work be thrown away'),
      holes('a sat that a stranger zaps to a failed job does not keep its customer from its refund'),
    ],
  },
  'pay-after-cancel': {
    says: 'A customer pays what it has cancelled before.',
    tests: [
      provider('a payment that comes after the cancellation owes the money back'),
      sold('before it pays a hold cannot pay it any more'),
    ],
  },
  'pay-after-expiry': {
    says: 'A payment arrives when its offer has run out.',
    tests: [
      provider('a payment that shows only after its offer lapsed owes the money back'),
      interruptions('that comes after its offer has lapsed goes back'),
      bank('a provider refuses money that arrives after expiry'),
      books('owes what was paid after the offer had ended'),
    ],
  },

  'caps-raced': {
    says: 'Many purchases at once spend more together than the caps allow.',
    tests: [
      customer('a day cap holds under 20 purchases at once: 5 are paid, 15 are over budget'),
      testsIn('test/contracts/ledger-spending.ts')('never passes a cap, however many reserve at once'),
    ],
  },
};
