import { useScheme } from './color-scheme.ts';
import { Icon } from './kit/icons.tsx';
import { useAppText } from './strings.en.ts';
import css from './shell.module.css';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;

/** Goes round between the system's colours, light and dark. */
export function SchemeSwitch() {
  const text = useAppText();
  const { wish, setWish } = useScheme();
  const label = text(`scheme-${wish}`);
  return (
    <button
      type="button"
      className={css['scheme']}
      aria-label={label}
      title={label}
      onClick={() => setWish(NEXT[wish])}
    >
      <Icon name={wish} />
    </button>
  );
}
