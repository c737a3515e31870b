import { formatSeconds, Panel, useNow, useLanguage } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { hasEnded, stagesOf, type Stage } from './stages.ts';
import { useRunText } from './strings.en.ts';
import css from './timeline.module.css';

/** A run step by step, with how long each took: a table in which the bars are only drawn on top. */
export function Timeline({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const language = useLanguage();
  const ended = hasEnded(run.purchase.state);
  const now = useNow(1000, !ended) / 1000;
  const stages = stagesOf(run);
  const spans = spansOf(stages, now);
  const elapsed = (ended ? (stages.at(-1)?.endedAt ?? run.purchase.updatedAt) : now) - run.purchase.openedAt;
  const { usualSeconds } = run;
  return (
    <Panel
      title={text('timeline')}
      beside={
        <span className={css['elapsed']}>
          {text('elapsed')} {formatSeconds(elapsed, language)}
        </span>
      }
    >
      <table className={css['timeline']}>
        <colgroup>
          <col className={css['nameColumn']} />
          <col />
          <col className={css['tookColumn']} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <span className="said">{text('stage')}</span>
            </th>
            <td />
            <th scope="col">
              <span className="said">{text('took')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {stages.map((stage, index) => (
            <tr key={stage.name} data-state={stage.state}>
              <th scope="row">{text(`stage-${stage.name}`)}</th>
              <td className={css['barCell']}>
                <Bar state={stage.state} span={spans[index]} />
              </td>
              <td className={css['took']}>
                {stage.startedAt === null || stage.name === 'delivery'
                  ? text(ended && stage.state === 'ahead' ? 'stage-unreached' : `stage-${stage.state}`)
                  : formatSeconds((stage.endedAt ?? now) - stage.startedAt, language)}
                {stage.state === 'now' && ` · ${text('stage-now')}`}
                {stage.state === 'failed' && ` · ${text('stage-failed')}`}
                {stage.name === 'work' && usualSeconds !== null && stage.state !== 'skipped' && !ended && (
                  <span className={css['usual']}>
                    {text('usually-time', { time: formatSeconds(usualSeconds, language) })}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css['about']}>{text('bars-about')}</p>
    </Panel>
  );
}

/** From where to where a bar goes, as shares of the whole. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Bars in a row, each as long as the root of its time, so that an hour of waiting does not hide a second of work. */
function spansOf(stages: readonly Stage[], now: number): Span[] {
  const lengths = stages.map(({ startedAt, endedAt }) =>
    startedAt === null ? 0 : Math.sqrt(Math.max(0, (endedAt ?? now) - startedAt)) + 0.4,
  );
  const whole = Math.max(
    lengths.reduce((sum, length) => sum + length, 0),
    0.1,
  );
  let from = 0;
  return lengths.map((length) => {
    const span = { from: from / whole, to: (from + length) / whole };
    from += length;
    return span;
  });
}

function Bar({ state, span }: { readonly state: Stage['state']; readonly span: Span | undefined }) {
  if (span === undefined || span.to <= span.from) return null;
  return (
    <svg className={css['bar']} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect
        className={css[state]}
        x={span.from * 100}
        width={Math.max(0.8, (span.to - span.from) * 100 - 0.3)}
        y="1"
        height="8"
      />
    </svg>
  );
}
