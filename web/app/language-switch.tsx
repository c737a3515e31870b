import { LANGUAGES } from './language.ts';
import { useAppText } from './strings.en.ts';
import { useLanguageWish } from './strings.ts';
import css from './shell.module.css';

/** Every language by the name that it has for itself. */
const NAMES = { en: 'English', de: 'Deutsch' } as const;

/**
 * Chooses the language of the page; the browser keeps the choice. It stands in the `bar` of all pages, or on a phone,
 * whose bar is short, on a `page`: of the two one is hidden.
 */
export function LanguageSwitch({ place }: { readonly place: 'bar' | 'page' }) {
  const text = useAppText();
  const { wish, setWish } = useLanguageWish();
  return (
    <select
      className={css['language']}
      data-place={place}
      aria-label={text('language')}
      value={wish}
      onChange={({ currentTarget }) =>
        setWish(LANGUAGES.find((language) => language === currentTarget.value) ?? 'auto')
      }
    >
      <option value="auto">{text('language-auto')}</option>
      {LANGUAGES.map((language) => (
        <option key={language} value={language} lang={language}>
          {NAMES[language]}
        </option>
      ))}
    </select>
  );
}
