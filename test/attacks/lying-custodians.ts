import { testsIn } from '../conformance/cited-test.ts';
import type { Attack } from './attack.ts';

const bought = testsIn('test/attacks/bought-work.test.ts');
const htlc = testsIn('test/exchange/ecash-htlc.test.ts');
const lyingWallet = testsIn('test/attacks/lying-wallet.test.ts');
const books = testsIn('test/account/reconcile.test.ts');
const ecashBooks = testsIn('test/exchange/ecash-books.test.ts');
const restored = testsIn('test/account/restored-ecash.test.ts');
const withdrawals = testsIn('test/account/withdraw.test.ts');
const mint = testsIn('test/ecash/lying-mint.test.ts');
const mintInvoices = testsIn('test/ecash/lying-invoices.test.ts');
const nutzaps = testsIn('test/ecash/nutzap.test.ts');
const nwc = testsIn('src/money/nwc-channel.test.ts');
const walletFaults = testsIn('test/customer/wallet-faults.test.ts');
const watch = testsIn('src/customer/payment-watch.test.ts');

const NOT_AS_OFFERED = 'ecash that is not what was offered ends the job unpaid: > %s: %s';
const MADE_UP_NUTZAP = 'that are none > %s: %s';

/** Mints and wallets that say what is not so. */
export const LYING_CUSTODIANS: Readonly<Record<string, Attack>> = {
  'mint-lies-about-states': {
    says: 'A mint says that fresh ecash is spent, spent ecash is fresh, or shows a wrong preimage.',
    tests: [
      mint('makes fresh ecash look spent: it is refused, and still there'),
      mint('makes spent ecash look fresh: only the swap counts, and it fails'),
      mint('speaks %s', 'about other pieces'),
      mint('shows a preimage that does not open the lock: it is not believed'),
    ],
  },
  'mint-lies-about-keysets': {
    says: 'A mint changes its keys, signs with others, or retires a keyset.',
    tests: [
      mint('about its keys is not used > %s', 'keys that do not make the id'),
      mint('about signatures never makes the wallet believe that it was paid > %s', 'by another key'),
      mint('that retires its keyset: ecash of the old one is still spent, new ecash is of the new one'),
    ],
  },
  'mint-lies-about-fees': {
    says: 'A mint takes more fees than it announced.',
    tests: [
      mint('about its keys is not used > %s', 'a fee beyond all measure'),
      mint('a fee that rises later'),
      mintInvoices('asks for another amount, or for more fees than allowed'),
    ],
  },
  'mint-loops': {
    says: 'A mint redirects for ever, sends without end, or never answers.',
    tests: [
      mint('with answers that are no answers > %s', 'endless redirects'),
      mint('with answers that are no answers > %s', 'more than can be meant'),
      mint('is not waited for beyond the time limit, nor after an abort'),
    ],
  },
  'mint-silent': {
    says: 'A mint says nothing between the lock and the swap.',
    tests: [
      htlc('is money only when it was swapped: a mint that is silent then is asked until it answers'),
      htlc('of which the mint says nothing is worked for, and nothing is published on a guess'),
    ],
  },
  'ecash-spent-by-a-copy': {
    says: 'Somebody has a copy of an ecash wallet, or its seed, and spends what is in it.',
    byNature: 'Whoever has the secrets has the ecash. The books say what is gone, by the word of the mint.',
    tests: [
      ecashBooks(
        'ecash that a copy of the books has spent is reported by the word of the mint, and written off',
      ),
    ],
  },
  'restored-books-pay-again': {
    says: 'Books that were restored from a backup give ecash for what the first machine has paid since.',
    tests: [
      restored('a payment in ecash that may have been made since is parked: these books do not make it'),
      restored('is all there: what was made after the backup is found, what was spent is not counted'),
    ],
  },
  'restored-provider-works-again': {
    says: 'A customer whose job was done or refunded after a backup has it done again by the restored provider.',
    tests: [
      restored('and %s is not worked on again, and its money is left to a person', 'was delivered since'),
      restored('and %s is not worked on again, and its money is left to a person', 'failed since'),
    ],
  },
  'crash-between-mint-and-books': {
    says: 'A side dies after its mint has swapped or made ecash, before its books say so.',
    tests: [
      ecashBooks('of a provider that redeemed locked ecash is completed'),
      ecashBooks('of a customer whose lock was redeemed meanwhile is completed'),
      ecashBooks('of a provider that redeemed a nutzap is told, and completed by the next that runs'),
      ecashBooks('of ecash that was paid for and not made is completed when the mint answers'),
    ],
  },
  'wallet-exchanged': {
    says: 'Another wallet than the one that was asked to pay says that it never heard of a payment.',
    tests: [
      withdrawals(
        'leaves one open that another wallet has never heard of, and frees it by the word of its own',
      ),
    ],
  },
  'token-not-as-offered': {
    says: 'A customer locks ecash to another hash or key, for less, with other conditions, or spends it first.',
    tests: [
      htlc(NOT_AS_OFFERED, 'locked to another hash'),
      htlc(NOT_AS_OFFERED, 'locked to another key'),
      htlc(NOT_AS_OFFERED, 'for less than the price'),
      htlc('and what a stranger sends for it changes nothing'),
    ],
  },
  'nutzap-other-key': {
    says: 'A nutzap is locked to another key than the recipient’s.',
    tests: [nutzaps(MADE_UP_NUTZAP, 'locked to another key')],
  },
  'nutzap-extra-conditions': {
    says: 'A nutzap can be taken back by its sender, or needs a second key.',
    tests: [
      nutzaps(MADE_UP_NUTZAP, 'that go back to the payer'),
      nutzaps(MADE_UP_NUTZAP, 'with a second key'),
      testsIn('test/protocol/nutzap-check.test.ts')('locked %s is refused', 'with a time limit'),
    ],
  },
  'nutzap-spent': {
    says: 'A nutzap carries ecash that was spent before.',
    tests: [
      nutzaps('with ecash of another nutzap are no second payment'),
      testsIn('test/exchange/nutzap.test.ts')('one whose ecash paid already pays nothing more'),
      mint('makes spent ecash look fresh: only the swap counts, and it fails'),
    ],
  },

  'nwc-late': {
    says: 'An answer of the wallet comes when its call is long over.',
    tests: [nwc('that comes late does not answer a later call')],
  },
  'nwc-duplicated': {
    says: 'An answer of the wallet comes several times, or is sent again by somebody else.',
    tests: [
      nwc('counts once, however often it comes'),
      nwc('copied by a stranger from an earlier call is passed over'),
    ],
  },
  'nwc-other-request': {
    says: 'An answer of the wallet names another request.',
    tests: [
      nwc('%s is passed over for the real one', 'for another request'),
      nwc('reaches the call it belongs to when several are open'),
    ],
  },
  'nwc-other-key': {
    says: 'Somebody else answers in place of the wallet.',
    tests: [
      nwc('%s is passed over for the real one', 'signed by another key'),
      nwc('%s alone leaves the call unanswered', 'signed by another key'),
    ],
  },
  'wallet-paid-then-not': {
    says: 'The wallet of a provider says paid, and after the delivery that it was not.',
    byNature:
      'The own wallet is the truth while the job runs. The books are not changed, and it is reported.',
    tests: [
      lyingWallet('by %s: the books stay as they are, and reconciliation reports it', 'prepay'),
      lyingWallet('by %s: the books stay as they are, and reconciliation reports it', 'hold'),
      books('says so when the books and the wallet contradict each other, and leaves both'),
    ],
  },
  'wallet-paid-without-proof': {
    says: 'The wallet of a customer says paid and shows no preimage, or one that does not fit.',
    tests: [
      bought('a wallet that says paid and never shows the preimage has proved nothing'),
      walletFaults('a wallet without notifications and with a false preimage: only the true one counts'),
      watch('is not settled by another preimage, nor by a settled record without one'),
    ],
  },
  'wallet-failed-and-paying': {
    says: 'The wallet of a customer says failed while the payment is on its way.',
    tests: [
      walletFaults('a wallet that says failed and has the payment under way is not believed'),
      watch('whatever the wire does: no second payment after an end was believed, and every payment ends'),
    ],
  },
};
