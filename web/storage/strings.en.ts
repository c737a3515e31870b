import { roomStrings } from '../app/index.ts';

/** What is said where the browser may evict what it alone keeps. */
export const useStorageText = roomStrings(
  'storage',
  {
    title: 'This browser may clear what it keeps when it runs out of space',
    'about-work': 'Ask it to keep your books. Jobs and payments are remembered here and nowhere else.',
    'about-purchases': 'Ask it to keep your books. Without them nobody here can follow an open purchase.',
    'about-ecash': 'Ask it to keep your ecash, which is here and nowhere else.',
    'about-key': 'Ask it to keep your key. If it goes, only your backup and its password bring it back.',
    ask: 'Ask the browser',
    refused: 'The browser did not agree. Keep a copy of your books outside of it.',
    'to-copy': 'Make a copy',
  },
  { de: () => import('./strings.de.ts') },
);
