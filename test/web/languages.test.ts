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
    const wanted = keysIn(language, Object.keys(english));
    for (const key of wanted) {
      const words = english[key] ?? english[key.replace(/_[a-z]+$/, '_other')] ?? '';
      const said = strings[key];
      if (said === undefined || said.trim() === '') faults.push(`${room} lacks "${key}": ${words}`);
      else if (gapsOf(said) !== gapsOf(words)) faults.push(`${room} fills "${key}" in otherwise: ${said}`);
    }
    for (const key of Object.keys(strings))
      if (!wanted.includes(key)) faults.push(`${room} has "${key}" too much`);
  }
  expect(faults).toEqual([]);
});

test('English tells apart all that it counts', () => {
  for (const [room, { english }] of allRooms())
    expect([room, Object.keys(english).toSorted()]).toEqual([
      room,
      keysIn('en', Object.keys(english)).toSorted(),
    ]);
});

test('what is counted has all the forms that its language tells apart', () => {
  expect(keysIn('de', ['all', 'job_one', 'job_other'])).toEqual(['all', 'job_one', 'job_other']);
  expect(keysIn('pl', ['all', 'job_one', 'job_other'])).toEqual([
    'all',
    'job_few',
    'job_many',
    'job_one',
    'job_other',
  ]);
  expect(keysIn('ja', ['job_one', 'job_other'])).toEqual(['job_other']);
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

/** The keys that a language needs where English has these: plurals in its own forms of them. */
function keysIn(language: string, english: readonly string[]): string[] {
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
  const keys = english.flatMap((key) => {
    const counted = key.replace(/_(?:one|other)$/, '');
    const isCounted = counted !== key && english.includes(`${counted}_other`);
    return isCounted ? pluralCategories.toSorted().map((form) => `${counted}_${form}`) : [key];
  });
  return [...new Set(keys)];
}
