import { perLanguage } from '../per-language.ts';

const days = perLanguage((language) => new Intl.DateTimeFormat(language, { dateStyle: 'medium' }));
const times = perLanguage((language) => new Intl.DateTimeFormat(language, { timeStyle: 'medium' }));
const moments = perLanguage(
  (language) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }),
);

/** The day of a moment in unix seconds, in the reader's own time and language. */
export function formatDay(at: number, language: string): string {
  return days(language).format(at * 1000);
}

/** Its time of day, to the second. */
export function formatTime(at: number, language: string): string {
  return times(language).format(at * 1000);
}

/** Both. */
export function formatMoment(at: number, language: string): string {
  return moments(language).format(at * 1000);
}
