import { useSyncExternalStore } from 'react';
import {
  keepLanguageWish,
  keptLanguageWish,
  languageFor,
  localeFor,
  type Language,
  type LanguageWish,
} from './language.ts';
import { perLanguage } from './per-language.ts';

/*
 * Translates with what browsers bring along: `Intl` knows numbers and plurals of every language. A library that
 * brings its own would be the thirteenth part of all that the first page may weigh.
 */

/** What a room says in one language, by key. */
export type Strings = Readonly<Record<string, string>>;

/** What a room says in the languages beside English, loaded once one of them is spoken. */
export type FurtherStrings = Readonly<
  Record<Exclude<Language, 'en'>, () => Promise<{ readonly strings: Strings }>>
>;

/**
 * Translates by key. `values` fill in what stands in double braces: numbers as the language writes them, words as they
 * are. `count` chooses between singular and plural.
 */
export type Translate<Key extends string> = (key: Key, values?: Readonly<Record<string, unknown>>) => string;

/** A key without the ending by which singular and plural are told apart. */
type BaseKey<Key extends string> = Key extends `${infer Base}_one` | `${infer Base}_other` ? Base : Key;

interface Room {
  readonly english: Strings;
  readonly further: FurtherStrings;
  readonly loaded: Map<Language, Strings>;
}

const rooms = new Map<string, Room>();
const listeners = new Set<() => void>();
let wish = keptLanguageWish();
let spoken = languageFor(wish, navigator.languages);
let writtenAs = localeFor(spoken, navigator.languages);
let changes = 0;

/** Registers what a room says, when it is loaded, and gives the hook by which its components say it. */
export function roomStrings<const English extends Strings>(
  room: string,
  english: English,
  further: FurtherStrings,
): () => Translate<BaseKey<keyof English & string>> {
  const said: Room = { english, further, loaded: new Map() };
  rooms.set(room, said);
  void load([said], spoken).then((news) => news && tell());
  // The same function for all who speak, until something else is said: what was made of its words can be kept.
  const translate = perChange((): Translate<string> => (key, values) => say(said, key, values));
  return function useRoomText() {
    return useSyncExternalStore(listen, translate);
  };
}

/** What each room says in English, and how it is loaded in other languages. */
export function allRooms(): ReadonlyMap<
  string,
  { readonly english: Strings; readonly further: FurtherStrings }
> {
  return rooms;
}

/** Resolves when everything that was loaded of the app so far can be said in the language that is spoken. */
export async function stringsReady(): Promise<void> {
  await load([...rooms.values()], spoken);
}

/** The language that everything is said in, as `Intl` names it; another one is said everywhere at once. */
export function useLanguage(): string {
  return useSyncExternalStore(listen, () => writtenAs);
}

/** The wish for a language and how to change it; the browser keeps it. */
export function useLanguageWish(): {
  readonly wish: LanguageWish;
  readonly setWish: (wish: LanguageWish) => void;
} {
  return { wish: useSyncExternalStore(listen, () => wish), setWish };
}

function setWish(wished: LanguageWish): void {
  wish = wished;
  keepLanguageWish(wished);
  const language = languageFor(wished, navigator.languages);
  void load([...rooms.values()], language).then(() => {
    if (wish === wished) speak(language);
    tell();
  });
}

/** Loads what is not there yet, and tells whether anything came. What can't be loaded now is said in English. */
async function load(wanted: readonly Room[], language: Language): Promise<boolean> {
  if (language === 'en') return false;
  const missing = wanted.filter(({ loaded }) => !loaded.has(language));
  const came = await Promise.allSettled(
    missing.map(async ({ further, loaded }) => loaded.set(language, (await further[language]()).strings)),
  );
  return came.some(({ status }) => status === 'fulfilled');
}

function say({ english, loaded }: Room, key: string, values: Readonly<Record<string, unknown>> = {}): string {
  const count = values['count'];
  const plural = typeof count === 'number' ? `${key}_${pluralRules(writtenAs).select(count)}` : key;
  const inLanguage = loaded.get(spoken);
  const template =
    (inLanguage && templateOf(inLanguage, key, plural)) ?? templateOf(english, key, plural) ?? key;
  if (!template.includes('{{')) return template;
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => written(values[name]));
}

function templateOf(strings: Strings, key: string, plural: string): string | undefined {
  return strings[plural] ?? strings[`${key}_other`] ?? strings[key];
}

function written(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return numberFormat(writtenAs).format(value);
  return typeof value === 'string' ? value : '';
}

const numberFormat = perLanguage((language) => new Intl.NumberFormat(language));
const pluralRules = perLanguage((language) => new Intl.PluralRules(language));

function speak(language: Language): void {
  spoken = language;
  writtenAs = localeFor(language, navigator.languages);
}

/** Makes something once, and anew when what is said has changed. */
function perChange<Made>(make: () => Made): () => Made {
  let made = make();
  let at = changes;
  return () => {
    if (at !== changes) made = make();
    at = changes;
    return made;
  };
}

function tell(): void {
  changes += 1;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
