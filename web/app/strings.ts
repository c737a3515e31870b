import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

const ready = i18next.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  resources: {},
  interpolation: { escapeValue: false }, // React escapes
  react: { useSuspense: false },
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
    const { i18n } = useTranslation(room);
    const translate = i18n.getFixedT<string, string>(i18n.language, room);
    return (key, values) => translate(key as string, { ...values });
  };
}
