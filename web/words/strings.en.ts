import { roomStrings } from '../app/index.ts';

/** What the two sides of a job see around their words. */
export const useWordsText = roomStrings(
  'words',
  {
    title: 'Private words about this job',
    about: 'Only the one who writes and the one who is written to can read them.',
    none: 'Nothing was written yet.',
    mine: 'You',
    write: 'Write',
    send: 'Send',
    to: 'To whom',
    'to-whom': 'to {{npub}}',
  },
  { de: () => import('./strings.de.ts') },
);
