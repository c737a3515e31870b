import { LANGUAGES } from './language.ts';
import { useAppText } from './strings.en.ts';
import { useLanguageWish } from './strings.ts';
import css from './shell.module.css';

/** Every language by the name that it has for itself. */
const NAMES = { en: 'English', de: 'Deutsch' } as const;

/** Chooses the language of the page; the browser keeps the choice. */
export function LanguageSwitch() {
  const text = useAppText();
  const { wish, setWish } = useLanguageWish();
  return (
    <select
      className={css['language']}
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
