import { roomStrings } from '../app/index.ts';

/** What the two sides of a job see around their words. */
export const useWordsText = roomStrings(
  'words',
  {
    title: 'Between you and the other side',
    about: 'Private: only the two of you can read it.',
    none: 'Nothing was written yet.',
    mine: 'You',
    theirs: 'They',
    write: 'Write',
    send: 'Send',
  },
  { de: () => import('./strings.de.ts') },
);
