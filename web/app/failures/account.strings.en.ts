import { roomStrings, type Strings } from '../strings.ts';

/** What can go wrong with keys, books, lists and files, by code. */
export const ACCOUNT: Strings = {
  'key-password-missing': 'This key is encrypted (ncryptsec): give its password.',
  'key-password-wrong': 'The password does not open this key: check it and try again.',
  'malformed-secret-key':
    'A secret key is written as nsec1…, ncryptsec1… or 64 hex characters; this text is none of them.',
  'malformed-pubkey': 'A public key is written as npub1…, nprofile1… or 64 hex characters.',
  'malformed-bunker-uri':
    'A bunker is written as bunker://<public key>?relay=wss://…: copy all of it from your signer.',
  'key-not-made': 'The key could not be made: open the page again.',
  'no-own-key': 'The key is not in this browser: whoever holds it keeps its backup.',
  'no-signer': 'Sign in with a key that can sign first.',
  'no-extension': 'This browser has no such extension, or it is not allowed on this page.',
  superseded: 'Signing in was begun anew.',
  'signer-busy': 'Too much waits for your signer already: answer it there first.',
  'signer-denied': 'Your signer refused.',
  'signer-false': 'Your signer answered wrongly or has another key now: sign in anew.',
  'signer-lacks-method': 'Your signer cannot do this: use another one.',
  'signer-unreachable': 'Your signer gave no answer: see whether it runs and is online.',
  'invalid-relays': 'Name 1 to {{max}} relays, each as wss://….',
  'engine-broken': 'Something in this page broke. Open it again; nothing is paid twice.',
  'books-in-use':
    'Something was bought, sold or kept under this key in this browser already: a copy is only read into one that has nothing yet.',
  'files-too-large': 'The files of your drafts are too large for a copy: deliver some first.',
  'other-owner': 'This copy belongs to another key: sign in with that one first.',
  'password-needed':
    'The copy holds the key that you work under, or your ecash: it takes a password of at least {{least}} characters.',
  'unreadable-books': 'These are no exported books of this version, or they are damaged.',
  'worked-elsewhere':
    'These jobs were taken to another browser, which works on them now. Two at once would answer and deliver twice.',
  'list-unread': 'Not every relay has shown the list, which may be newer there: try again later.',
  'malformed-lists': 'The list on the relays is damaged and is not changed.',
  'nobody-named': 'Name somebody, and not too many at once.',
  'not-a-service': 'This is not the address of a service.',
  'not-published': 'No relay took it: try again later.',
  'too-many': 'The list is full: remove something first.',
  'blob-mismatch': 'The server has another file than the one that was meant.',
  'blob-missing': 'The server does not have the file any more.',
  'blob-refused': 'The server refused the file with status {{status}}.',
  'blob-too-large': 'The server takes or sends no file of this size.',
  'blob-unreachable': 'The server for files cannot be reached: try again later.',
  'no-blob-server': 'No server for files is known.',
  'no-such-file': 'The job comes with no such file.',
  'bought-elsewhere':
    'These purchases were taken to another browser, which goes on with them now. Two at once could pay twice.',
  'disk-full': 'This browser gives no more room, and nothing was written: free some space on the disk.',
  'store-broken': 'This browser could not write; nothing was written. Open the page again.',
  'store-closed': 'The books were being closed: try again.',
  'store-overloaded': 'Too much is waiting to be written: try again in a moment.',
  'store-taken-over': 'Another tab keeps the books of this browser now; nothing was written.',
  'store-busy': 'The books are in use just now: try again.',
  'not-a-database': 'The books in this browser are damaged: import a copy.',
  'database-too-new': 'A newer version of this page has written the books: open that one.',
};

/** Says them. */
export const useAccountFailures = roomStrings('failures-account', ACCOUNT, {
  de: () => import('./account.strings.de.ts'),
});
