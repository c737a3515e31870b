import { useMemo } from 'react';
import { Balance, formatDay, Panel, useLanguage } from '../app/index.ts';
import type { EarningsRow } from '../engine/index.ts';
import { msat } from '../../src/protocol/index.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

const DAYS = 30;

/** What each of the last days brought: bars for the eye, the same numbers as a table behind them. */
export function EarningsByDay({ rows }: { readonly rows: readonly EarningsRow[] }) {
  const text = useSellingText();
  const language = useLanguage();
  const days = useMemo(() => lastDays(rows), [rows]);
  const most = days.reduce((highest, { sum }) => (sum > highest ? sum : highest), 1n);
  const [first, last] = [days.at(0), days.at(-1)];
  return (
    <Panel title={text('by-day')}>
      <figure className={css['days']}>
        <svg viewBox={`0 0 ${DAYS * 10} 60`} preserveAspectRatio="none" aria-hidden="true">
          {days.map(({ beginsAt, sum }, index) => {
            const height = Number((sum * 58n) / most);
            return (
              <rect
                key={beginsAt}
                x={index * 10 + 1}
                y={60 - Math.max(height, 1)}
                width="8"
                height={Math.max(height, 1)}
                data-any={sum > 0n}
              />
            );
          })}
        </svg>
        {first !== undefined && last !== undefined && (
          <figcaption>
            <span>{formatDay(first.beginsAt, language)}</span>
            <span>{formatDay(last.beginsAt, language)}</span>
          </figcaption>
        )}
        <details>
          <summary>{text('as-table')}</summary>
          <table>
            <tbody>
              {days
                .filter(({ sum }) => sum > 0n)
                .map(({ beginsAt, sum }) => (
                  <tr key={beginsAt}>
                    <th scope="row">{formatDay(beginsAt, language)}</th>
                    <td>
                      <Balance msat={msat(sum)} />
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      </figure>
    </Panel>
  );
}

/** What one day brought; it begins at that unix second. */
interface Day {
  readonly beginsAt: number;
  readonly sum: bigint;
}

/** The last days in the reader's own time, oldest first. */
function lastDays(rows: readonly EarningsRow[]): readonly Day[] {
  const today = new Date();
  const days = Array.from({ length: DAYS }, (_, index) => {
    const begins = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (DAYS - 1 - index));
    return { beginsAt: begins.getTime() / 1000 };
  });
  const sums = days.map(() => 0n);
  for (const { endedAt, amountMsat } of rows) {
    const at = days.findLastIndex(({ beginsAt }) => beginsAt <= endedAt);
    if (at >= 0) sums[at] = (sums[at] ?? 0n) + amountMsat;
  }
  return days.map((day, index) => ({ ...day, sum: sums[index] ?? 0n }));
}
