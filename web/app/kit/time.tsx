import { useNow } from '../use-now.ts';
import { useLanguage } from '../strings.ts';
import { useAppText } from '../strings.en.ts';
import { formatMoment } from './dates.ts';
import { formatSeconds } from './durations.ts';

/** A length of time, in words for people. */
export function Duration({ seconds }: { readonly seconds: number }) {
  const language = useLanguage();
  return <span>{formatSeconds(seconds, language)}</span>;
}

/** How long ago something was, kept up to date; the exact time is in its title. `at` is unix seconds. */
export function Ago({ at }: { readonly at: number }) {
  const text = useAppText();
  const language = useLanguage();
  const seconds = Math.floor(useNow(10_000) / 1000) - at;
  const date = new Date(at * 1000);
  const valid = !Number.isNaN(date.getTime());
  if (!valid) return <span>{text('time-unknown')}</span>;
  const words = seconds < 10 ? text('just-now') : text('ago', { time: formatSeconds(seconds, language) });
  return (
    <time dateTime={date.toISOString()} title={formatMoment(at, language)}>
      {words}
    </time>
  );
}
