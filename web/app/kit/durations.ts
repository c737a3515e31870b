import { perLanguage } from '../per-language.ts';

type Unit = 'second' | 'minute' | 'hour' | 'day';

const SECONDS: Readonly<Record<Unit, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** A length of time for people, in two units at most, in the page's language: `4s`, `2m 5s`, `3h`, `2d`. */
export function formatSeconds(seconds: number, language: string): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return counted(whole, 'second', language);
  if (whole < 600) return inTwo(whole, 'minute', 'second', language);
  if (whole < 3600) return counted(Math.round(whole / 60), 'minute', language);
  if (whole < 86_400) return inTwo(whole, 'hour', 'minute', language);
  return inTwo(whole, 'day', 'hour', language);
}

function inTwo(seconds: number, large: Unit, small: Unit, language: string): string {
  const smallest = SECONDS[small];
  const rounded = Math.round(seconds / smallest) * smallest;
  const first = counted(Math.floor(rounded / SECONDS[large]), large, language);
  const rest = (rounded % SECONDS[large]) / smallest;
  return rest === 0 ? first : `${first} ${counted(rest, small, language)}`;
}

const FORMATS: Readonly<Record<Unit, (language: string) => Intl.NumberFormat>> = {
  second: formatOf('second'),
  minute: formatOf('minute'),
  hour: formatOf('hour'),
  day: formatOf('day'),
};

function counted(count: number, unit: Unit, language: string): string {
  return FORMATS[unit](language).format(count);
}

function formatOf(unit: Unit): (language: string) => Intl.NumberFormat {
  return perLanguage(
    (language) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' }),
  );
}
