import { roomStrings } from '../app/index.ts';

/** What is said of asking several providers, of private files, and of asking anew. */
export const useNewJobText = roomStrings(
  'new-job',
  {
    'again-loading': 'Fetching what you asked for',
    'ask-this-too': 'Ask this one too',
    'leave-this-out': 'Leave it out',
    'asks-some_one': 'Only {{count}} is asked.',
    'asks-some_other': 'Only these {{count}} are asked.',
    'asks-most': 'No more than {{count}} can be asked together.',
    'encrypted-several':
      'Each of the {{count}} gets a request that only it can read. Their offers compete here: you pay one, and the others are withdrawn.',
    'several-ask': 'Among several encrypted requests you choose by yourself.',
    'sign-looking': 'Looking for its sign…',
    'sign-none': 'It shows no sign for this kind of work. It may answer all the same.',
    'cap-hint': 'An offer over this limit cannot be taken.',
    'cap-chosen': 'Somebody you chose announces {{price}}, over this limit.',
    'cap-all': 'Nobody here announces less than {{price}}, over this limit.',
    'raise-cap': 'Allow {{price}}',
    'pick-asks-budget': 'Your wallet has no budget, so you are asked before it pays all the same.',
    'pick-asks-phone': 'Your phone pays each invoice by itself, so you are asked before that all the same.',
    'pick-asks-ecash': 'No budget bounds what ecash alone pays, so you are asked before that all the same.',
    'pick-asks-in-time': 'An offer that you do not take before the deadline is not paid.',
    'set-budget': 'Set a budget',
    'opens-files': 'opens encrypted files',
    'opens-no-files': 'opens no encrypted files',
    'files-unsupported': 'Not everybody you chose opens encrypted files',
    'files-unsupported-about':
      'Who does not announce it would get bytes that nothing there can read. Choose others, or give the text instead of a file.',
  },
  { de: () => import('./new-job.strings.de.ts') },
);
