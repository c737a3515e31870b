import i18next from 'i18next';
import { useSyncExternalStore } from 'react';

const ready = i18next.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: {},
  interpolation: { escapeValue: false }, // React escapes
});

/** Translates by key; `values` fill in what stands in double braces, and `count` chooses between singular and plural. */
export type Translate<Key extends string> = (key: Key, values?: Readonly<Record<string, unknown>>) => string;

/** A key without the ending by which i18next tells singular from plural. */
type BaseKey<Key extends string> = Key extends `${infer Base}_one` | `${infer Base}_other` ? Base : Key;

/**
 * Registers what a room says, in English, when the room is loaded, and gives the hook by which its components say it.
 * Further languages are added to i18next under the room's name.
 */
export function roomStrings<const Strings extends Readonly<Record<string, string>>>(
  room: string,
  strings: Strings,
): () => Translate<BaseKey<keyof Strings & string>> {
  void ready;
  i18next.addResourceBundle('en', room, strings);
  return function useRoomText() {
    const translate = i18next.getFixedT<string, string>(useLanguage(), room);
    return (key, values) => translate(key as string, { ...values });
  };
}

/** The language that everything is said in, as `Intl` names it; another one is said everywhere at once. */
export function useLanguage(): string {
  return useSyncExternalStore(onLanguage, () => i18next.language);
}

function onLanguage(tell: () => void): () => void {
  i18next.on('languageChanged', tell);
  return () => i18next.off('languageChanged', tell);
}
