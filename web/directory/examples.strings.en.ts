import { roomStrings, type Strings } from '../app/index.ts';

/** Something small to try a kind of work with; kinds that need an address of a file have none. */
const EXAMPLES: Strings = {
  5001:
    'The first vending machine that we know of stood in a temple in Alexandria in the first century. ' +
    'A coin fell on a pan at the end of a lever; the lever opened a valve, holy water ran out until the coin slid off, ' +
    'and the valve closed. Hero describes it in his book on pneumatics. ' +
    'It took eighteen hundred years until machines sold postcards on railway platforms in London.',
  5002: 'Good morning. Where is the station, and when does the next train leave?',
  5050: 'Write two lines about a vending machine that is proud of its work.',
  5100: 'A small red fox in the snow, in the style of a woodcut',
  5250: 'Money in, data out.',
  5251: 'A calm melody for a rainy evening',
  5302: 'vending machines',
  5303: 'coinop',
};

const useExamples = roomStrings('examples', EXAMPLES, { de: () => import('./examples.strings.de.ts') });

/** Gives the example of a kind in the language of the page; `null` where there is none. */
export function useExample(): (kind: number) => string | null {
  const text = useExamples();
  return (kind) => (Object.hasOwn(EXAMPLES, kind) ? text(`${kind}`) : null);
}
