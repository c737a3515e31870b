import { allRooms, type Strings } from '../../../web/app/strings.ts';

/**
 * What a room says in a language that nobody speaks, its English in brackets, where the address of the page asks for
 * that; else its German.
 */
export function spoken(german: Strings): Strings {
  if (!new URLSearchParams(location.search).has('pseudo')) return german;
  const likeness = (english: Strings) =>
    2 * Object.keys(german).filter((key) => key in english).length - Object.keys(english).length;
  const [english = {}] = [...allRooms().values()]
    .map((room) => room.english)
    .toSorted((left, right) => likeness(right) - likeness(left));
  return Object.fromEntries(Object.entries(english).map(([key, words]) => [key, `⟦${words}⟧`]));
}
