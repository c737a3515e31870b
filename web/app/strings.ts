import { useMemo, useSyncExternalStore } from 'react';
import {
  keepLanguageWish,
  keptLanguageWish,
  languageFor,
  localeFor,
  type Language,
  type LanguageWish,
} from './language.ts';

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
  return function useRoomText() {
    const change = useSyncExternalStore(listen, () => changes);
    return useMemo(() => (key, values) => say(said, key, values), [change]);
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
  return useSyncExternalStore(listen, locale);
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
    if (wish === wished) spoken = language;
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
  const plural = typeof count === 'number' ? `${key}_${pluralRules(locale()).select(count)}` : key;
  const inLanguage = loaded.get(spoken) ?? english;
  const template = [inLanguage, english].flatMap((strings) =>
    [plural, `${key}_other`, key].flatMap((name) => strings[name] ?? []),
  )[0];
  return (template ?? key).replace(/\{\{(\w+)\}\}/g, (_, name: string) => written(values[name]));
}

function written(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return numberFormat(locale()).format(value);
  return typeof value === 'string' ? value : '';
}

const numberFormat = perLocale((name) => new Intl.NumberFormat(name));
const pluralRules = perLocale((name) => new Intl.PluralRules(name));

function perLocale<Made>(make: (locale: string) => Made): (locale: string) => Made {
  const made = new Map<string, Made>();
  return (name) => {
    const kept = made.get(name) ?? make(name);
    made.set(name, kept);
    return kept;
  };
}

function locale(): string {
  return localeFor(spoken, navigator.languages);
}

function tell(): void {
  changes += 1;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
