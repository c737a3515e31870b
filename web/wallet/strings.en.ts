import { roomStrings } from '../app/index.ts';

/** What the page about the wallet says. */
export const useWalletText = roomStrings(
  'wallet',
  {
    title: 'Wallet',
    lead: 'Payments leave your own wallet, or the ecash that this browser keeps for you. Choose which wallet, and how much may leave it.',
    'sign-in-first': 'Sign in first',
    'sign-in-first-about': 'Purchases are booked under your key, and so is the wallet that pays them.',
    'to-sign-in': 'Sign in',
    'read-only': 'This key can only look',
    'read-only-about':
      'You are signed in read-only, so there is nothing to pay. Sign in with a key that signs.',
    ways: 'Ways to pay',
    'way-play': 'Wallet of this market',
    'way-play-about':
      'Already filled, for trying everything out. Real Lightning payments with coins that are worth nothing outside.',
    'way-play-go': 'Take a play wallet',
    'way-nwc': 'Wallet connection (NWC)',
    'way-nwc-about': 'Pays by itself within your budget, from Alby Hub, Zeus, coinos and others (NIP-47).',
    'nwc-text': 'Connection string',
    'nwc-hint':
      'Make one in your wallet for this app, with a budget of its own. It begins with nostr+walletconnect:// and is a secret.',
    'nwc-bad': 'A connection begins with nostr+walletconnect://.',
    'nwc-go': 'Connect',
    'way-webln': 'Browser wallet (WebLN)',
    'way-webln-about': 'An extension pays; it may ask you each time.',
    'webln-absent':
      'No browser wallet has shown itself to this page. If you have one, switch it on here, then reload.',
    'webln-go': 'Use the browser wallet',
    'way-qr': 'Phone',
    'way-qr-about':
      'Each invoice is shown as a QR code, and you pay it with any wallet. You are asked for every payment.',
    'qr-go': 'Pay by phone',
    connecting: 'Asking the wallet what it can do',
    connected: 'Connected wallet',
    'by-nwc': 'Wallet connection (NWC)',
    'by-webln': 'Browser wallet (WebLN)',
    'by-play-money': 'Wallet of this market',
    'by-qr': 'Phone',
    'balance-title': 'Balance',
    'balance-unknown': 'The wallet does not say',
    'balance-phone': 'On your phone',
    unreachable: 'The wallet does not answer',
    'unreachable-about':
      'Nothing is paid until it does, and no payment is tried twice blindly. See that it runs and is online.',
    'network-bitcoin': 'real money',
    'network-testnet': 'test network',
    'network-signet': 'test network',
    'network-regtest': 'private test network',
    disconnect: 'Disconnect',
    'disconnect-ask': 'Disconnect this wallet?',
    'disconnect-about':
      'Open purchases can no longer be paid from it. To be safe, also delete the connection in your wallet.',
    'disconnect-stay': 'Keep it',
    'budget-title': 'Budget',
    'budget-none': 'You are asked before every payment.',
    'budget-about':
      'The most that jobs may cost from now on, fees included, before you set it anew. What you put into ecash counts when it leaves this wallet, and not again when you pay with it.',
    'budget-amount': 'Budget (sat)',
    'budget-bad': 'A whole number of sats, 1 or more',
    'budget-set': 'Set the budget',
    'budget-off': 'Ask me every time',
    'budget-spent': '{{spent}} of {{budget}} spent',
    'budget-used-up': 'The budget is used up: nothing more is paid until you set it anew.',
    'budget-phone': 'A phone asks you for every payment, so there is no budget to set.',
    'play-notice':
      'Everything here is paid with play money: real Lightning, private network, worth nothing outside this market.',
  },
  { de: () => import('./strings.de.ts') },
);
