import { useMemo } from 'react';
import { Sats } from '../app/index.ts';
import type { EarningsRow } from '../engine/index.ts';
import { msat, ZERO_MSAT } from '../../src/protocol/index.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

const DAYS = 30;

/** What each of the last days brought: bars for the eye, the same numbers as a table behind them. */
export function EarningsByDay({ rows }: { readonly rows: readonly EarningsRow[] }) {
  const text = useSellingText();
  const days = useMemo(() => lastDays(rows), [rows]);
  const most = days.reduce((highest, { sum }) => (sum > highest ? sum : highest), 1n);
  return (
    <figure className={css['days']}>
      <figcaption>{text('by-day')}</figcaption>
      <svg viewBox={`0 0 ${DAYS * 10} 60`} preserveAspectRatio="none" aria-hidden="true">
        {days.map(({ day, sum }, index) => {
          const height = Number((sum * 58n) / most);
          return (
            <rect
              key={day}
              x={index * 10 + 1}
              y={60 - Math.max(height, 1)}
              width="8"
              height={Math.max(height, 1)}
              data-any={sum > 0n}
            />
          );
        })}
      </svg>
      <details>
        <summary>{text('by-day')}</summary>
        <table>
          <tbody>
            {days
              .filter(({ sum }) => sum > 0n)
              .map(({ day, sum }) => (
                <tr key={day}>
                  <th scope="row">{day}</th>
                  <td>
                    <Sats msat={msat(sum)} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** The last days in the reader's own time, oldest first. */
function lastDays(rows: readonly EarningsRow[]): readonly { readonly day: string; readonly sum: bigint }[] {
  const sums = new Map<string, bigint>();
  for (const { endedAt, amountMsat } of rows) {
    const day = dayOf(new Date(endedAt * 1000));
    sums.set(day, (sums.get(day) ?? ZERO_MSAT) + amountMsat);
  }
  const today = new Date();
  return Array.from({ length: DAYS }, (_, index) => {
    const date = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (DAYS - 1 - index));
    const day = dayOf(date);
    return { day, sum: sums.get(day) ?? ZERO_MSAT };
  });
}

const twoDigits = (number: number) => String(number).padStart(2, '0');

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}
