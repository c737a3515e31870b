/** Everything that is said in English is said in every other language, with the same gaps to be filled in. */
import { beforeAll, expect, test } from 'vitest';
import { languageFor, localeFor, LANGUAGES } from '../../web/app/language.ts';
import { allRooms } from '../../web/app/strings.ts';
import { loadAllRooms } from './rooms.ts';

beforeAll(loadAllRooms);

test.each(LANGUAGES.filter((language) => language !== 'en'))('nothing is missing in %s', async (language) => {
  const faults: string[] = [];
  expect(allRooms().size).toBeGreaterThan(12);
  for (const [room, { english, further }] of allRooms()) {
    const { strings } = await further[language]();
    for (const [key, words] of Object.entries(english)) {
      const said = strings[key];
      if (said === undefined || said.trim() === '') faults.push(`${room} lacks "${key}": ${words}`);
      else if (gapsOf(said) !== gapsOf(words)) faults.push(`${room} fills "${key}" in otherwise: ${said}`);
    }
    for (const key of Object.keys(strings))
      if (!(key in english)) faults.push(`${room} has "${key}" too much`);
  }
  expect(faults).toEqual([]);
});

test('a plural has all the forms that its language tells apart', () => {
  for (const language of LANGUAGES)
    expect(new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted()).toEqual([
      'one',
      'other',
    ]);
});

test('the language is the first of the reader’s that is spoken here, unless one is wished for', () => {
  expect(languageFor('auto', ['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(languageFor('auto', ['fr'])).toBe('en');
  expect(languageFor('en', ['de'])).toBe('en');
  expect(localeFor('de', ['fr', 'de-CH', 'de'])).toBe('de-CH');
  expect(localeFor('en', ['de'])).toBe('en');
});

function gapsOf(words: string): string {
  return [...new Set(words.match(/\{\{\w+\}\}/g))].toSorted().join(' ');
}
