import { Button } from '@mantine/core';
import { Fault, Panel, useCall, useLanguage } from '../app/index.ts';
import { useBenchText } from './bench.strings.en.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

const HOURS = [1, 4, 12] as const;

/** Until when the person is there for others, which takes an open workbench. */
export function Hours({ until, isOpen }: { readonly until: number | null; readonly isOpen: boolean }) {
  const text = useWorkText();
  const benchText = useBenchText();
  const language = useLanguage();
  const asking = useCall('work.set-hours');
  const set = (hours: number | null) =>
    void asking.ask({ until: hours === null ? null : Math.floor(Date.now() / 1000) + hours * 3600 });
  const time =
    until === null
      ? null
      : new Date(until * 1000).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  return (
    <Panel>
      <div className={css['hours']}>
        <p className={css['present']} data-present={isOpen && until !== null} role="status">
          <strong>{text('hours')}</strong>{' '}
          {time === null
            ? text('hours-away')
            : isOpen
              ? text('hours-until', { time })
              : benchText('hours-closed')}
        </p>
        <div className={css['actions']}>
          {HOURS.map((hours) => (
            <Button
              key={hours}
              size="xs"
              variant="default"
              disabled={asking.askedAt !== null}
              onClick={() => set(hours)}
            >
              {text(`hours-${hours}`)}
            </Button>
          ))}
          {until !== null && (
            <Button size="xs" variant="subtle" disabled={asking.askedAt !== null} onClick={() => set(null)}>
              {text('hours-away')}
            </Button>
          )}
        </div>
      </div>
      <p className={css['dim']}>{isOpen ? text('hours-about') : benchText('hours-closed-about')}</p>
      {asking.failure !== null && <Fault failure={asking.failure} />}
    </Panel>
  );
}
