import { formatMoment, formatSeconds, useLanguage, useNow } from '../app/index.ts';
import type { JobRow } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** Until when a customer waits for offers, an offer stands, or the work is to be delivered: the moment, and what is left. */
export function DueLine({ row }: { readonly row: JobRow }) {
  const text = useWorkText();
  const language = useLanguage();
  const now = Math.floor(useNow(30_000) / 1000);
  const { dueAt } = row;
  if (dueAt === null) return null;
  const what = row.work === 'received' ? 'due-asked' : row.money === 'quoted' ? 'due-offer' : 'due-work';
  const moment = formatMoment(dueAt, language);
  return dueAt <= now ? (
    <p className={css['late']}>{text(`${what}-over`, { moment })}</p>
  ) : (
    <p>{text(what, { moment, time: formatSeconds(dueAt - now, language) })}</p>
  );
}
