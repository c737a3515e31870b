import { roomStrings, type Strings } from '../strings.ts';

/** What can go wrong with wallets and ecash, by code. */
export const MONEY: Strings = {
  'already-paid': 'This invoice was paid before or is being paid: ask for a new one.',
  'already-taken': 'Another offer for this is being paid already. It is not paid a second time.',
  'same-provider': 'You took an offer of this provider for the same job already: take one of somebody else.',
  amountless: 'The invoice leaves the amount open: ask for one with the agreed amount.',
  'bad-invoice-signature': 'The invoice is not signed by its payee: ask for a new one.',
  'fee-above-limit': 'The wallet paid more for routing than was reserved.',
  'hash-reused': 'This invoice was used before: ask for a new one.',
  'insufficient-balance': 'The wallet holds too little for this payment and its fee.',
  'invalid-invoice': 'The invoice is broken, has expired or is for another network: ask for a new one.',
  'invoice-expired': 'The invoice expires too soon to be paid: ask for a new one.',
  'invoice-too-long': 'This is too long for an invoice: ask for a new one.',
  'malformed-invoice': 'This is no invoice that can be read: ask for a new one.',
  'malformed-invoice-amount': 'The invoice states its amount in no known way: ask for a new one.',
  'unknown-invoice-feature': 'The invoice requires something that wallets here do not know: ask for another.',
  'unknown-invoice-network': 'The invoice is of no Bitcoin network known here.',
  'invalid-nwc-uri':
    'This is no wallet connection that can be used: copy it again from the wallet, all of it.',
  'no-invoice': 'The wallet made no invoice for the offer: try again.',
  'no-play-wallet': 'Play money comes from a local market, and this page has none now.',
  'no-wallet': 'Connect a wallet first.',
  'no-webln-provider': 'This browser has no WebLN wallet: install one, or connect another wallet.',
  'not-implemented': 'This wallet cannot do that: use another one for it.',
  'work-paid':
    'Work that was paid into this wallet is in hand: should it fail, the money goes back from it. Deliver it, give it up, or connect another wallet by NWC in its place.',
  'offers-open':
    'Customers can still pay your offers into this wallet ({{count}}), the last until {{until}}: wait until then, and make no further offers.',
  'payment-failed': 'The payment failed, and nothing was spent.',
  'payment-open':
    'A payment is on its way, and only the wallet that sends or takes it knows its end: wait until it is settled.',
  'payment-unknown':
    'It is not known yet whether this was paid. It is looked up further, and nothing is paid twice.',
  'unproven-payment': 'The mint says that it paid, or that it did not, and proves neither: ask it.',
  'wallet-cannot-hold': 'Your wallet cannot hold money until delivery, which this way of being paid needs.',
  'wallet-internal': 'The wallet gave an answer that makes no sense: try again, or use another wallet.',
  'wallet-needed': 'What you sell has a price, and there is no wallet to be paid to: connect one.',
  'wallet-refused':
    'The wallet did not pay; nothing was spent. Mend what it objects to, then take the offer again.',
  'wallet-timeout':
    'The wallet did not answer in time: see there whether anything was paid. Nothing is paid twice.',
  'wallet-unauthorized': 'The wallet does not let this page in: allow it there, or connect it anew.',
  'wallet-unreachable': 'No wallet can be reached: connect one, or try again later.',
  'wrong-amount': 'The invoice asks for another amount than agreed: do not pay it.',
  'wrong-description': 'The invoice is for something else than agreed: do not pay it.',
  'wrong-hash': 'The invoice is another one than agreed: do not pay it.',
  'wrong-network': 'The wallet is in another Bitcoin network, or does not say in which.',
  'already-spent': 'The ecash was spent before: it is worth nothing.',
  'fee-too-high': 'The fee would be higher than you allow.',
  'impossible-amount': 'Ecash is moved in whole sats, from one sat to ten bitcoin.',
  'inactive-keyset': 'The ecash is of a retired set of keys: ask for fresh ecash.',
  'insufficient-ecash': 'There is too little ecash at this mint for the amount and its fees.',
  'invalid-dleq': 'The ecash does not prove that its mint signed it: do not take it.',
  'invalid-mint': 'The address of a mint begins with https:// and has no query.',
  'malformed-token': 'This is not a Cashu token of one mint.',
  'mint-in-use':
    'The mint holds something of yours, or a job is being paid from it: take it out, or wait until that is settled.',
  'mint-invalid': 'The mint broke the protocol. Stop using it.',
  'mint-pending': 'The mint has not finished this yet: it goes on by itself, look again later.',
  'mint-refused': 'The mint refused.',
  'mint-unreachable': 'The mint gave no answer: try again later.',
  'mint-unsupported': 'This mint cannot do what is needed here: use another one.',
  'no-common-mint': 'None of the mints that you trust is taken there.',
  'no-mint': 'Trust a mint first.',
  'no-nutzap-info': 'The provider does not say how it takes nutzaps.',
  'quote-expired': 'The invoice or the offer has run out: ask anew.',
  'refund-too-early': 'The ecash can be taken back only after the time of its lock.',
  'repeated-proof': 'The token holds the same ecash twice.',
  'stale-counters':
    'The books are older than the last use of their seed: try again, it is brought up to date.',
  'too-little': 'After the fee less would be left than needed.',
  'too-many-mints': 'At most {{max}} mints are trusted: remove one first.',
  'unknown-keyset': 'The ecash is of keys that its mint does not list for sats.',
  'unknown-send': 'This token is not known here any more.',
  'untrusted-mint': 'The mint is not one of those that you trust.',
  'wrong-lock': 'The ecash is not locked as agreed, or others could spend it too.',
  'wrong-unit': 'Only ecash in sats is taken.',
  'quota-exceeded': 'Your budget has no room for this: raise it, or take less.',
};

/** Says them. */
export const useMoneyFailures = roomStrings('failures-money', MONEY, {
  de: () => import('./money.strings.de.ts'),
});
