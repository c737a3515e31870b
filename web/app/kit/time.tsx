import { useTranslation } from 'react-i18next';
import { useNow } from '../use-now.ts';
import { useAppText } from '../strings.en.ts';
import { formatSeconds } from './durations.ts';

/** A length of time, in words for people. */
export function Duration({ seconds }: { readonly seconds: number }) {
  const { i18n } = useTranslation();
  return <span>{formatSeconds(seconds, i18n.language)}</span>;
}

/** How long ago something was, kept up to date; the exact time is in its title. `at` is unix seconds. */
export function Ago({ at }: { readonly at: number }) {
  const text = useAppText();
  const { i18n } = useTranslation();
  const seconds = Math.floor(useNow(10_000) / 1000) - at;
  const date = new Date(at * 1000);
  const valid = !Number.isNaN(date.getTime());
  if (!valid) return <span>{text('time-unknown')}</span>;
  const words =
    seconds < 10 ? text('just-now') : text('ago', { time: formatSeconds(seconds, i18n.language) });
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString(i18n.language)}>
      {words}
    </time>
  );
}
