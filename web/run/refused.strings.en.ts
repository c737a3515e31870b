import { roomStrings } from '../app/index.ts';

/** Why an offer that was taken is not paid, and what helps. */
export const useRefusedText = roomStrings(
  'run-refused',
  {
    'by-wallet': 'Your wallet did not pay, and nothing was spent.',
    'by-mint': 'The provider was not paid: your ecash was not given away.',
    'by-budget': 'Your budget has no room for buying this ecash, and nothing was spent.',
    'by-you': 'You said no to paying it.',
    'run-out': 'The invoice has run out, and nothing here shows that it was paid.',
    'help-insufficient-balance': 'It holds too little: put money into it, or connect another one.',
    'help-quota-exceeded': 'This connection may spend no more: raise its limit in your wallet.',
    'help-payment-failed': 'It found no way to send the money now: wait a moment, or connect another wallet.',
    'help-wallet-unauthorized': 'It does not know this connection any more: connect it anew.',
    'help-other': 'Look what your wallet says about it, or connect another one.',
    'help-insufficient-ecash': 'There is too little at the mint for the price and its fees: top it up.',
    'help-fee-too-high': 'The mint asks for a higher fee than this payment may cost: use another one.',
    'help-mint': 'See how your mints are, or trust another one.',
    'help-budget': 'Raise the budget, or take a cheaper offer.',
    'help-run-out':
      'Look in your wallet or on your phone before you take an offer again: nobody gives back what was sent.',
    'help-you': 'The offers are open again. Nobody gives back what a phone has sent.',
    'take-again': 'Then take the offer again: it is paid once at most.',
    'to-wallet': 'Your wallet',
    'to-ecash': 'Your ecash',
    'to-budget': 'Your budget',
  },
  { de: () => import('./refused.strings.de.ts') },
);
