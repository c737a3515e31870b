import { Panel } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { ReviewForm } from './review-form.tsx';
import { RunActions } from './run-actions.tsx';
import { hasEnded } from './stages.ts';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

/** States after which somebody can be reviewed. */
const REVIEWABLE: ReadonlySet<RunState['purchase']['state']> = new Set([
  'received',
  'reviewed',
  'undelivered',
  'refunded',
]);

/** What is left to do once a run has ended: a review, and what helps when it went wrong. */
export function Aftercare({ run }: { readonly run: RunState }) {
  const text = useRunText();
  if (!hasEnded(run.purchase.state)) return null;
  const { state } = run.purchase;
  const reviewed = state === 'reviewed' || run.result?.reviewed === true;
  return (
    <>
      <div className={css['actions']}>
        <RunActions run={run} />
      </div>
      {REVIEWABLE.has(state) && (
        <Panel title={text('review')}>
          {reviewed ? <p role="status">{text('review-done')}</p> : <ReviewForm run={run} />}
        </Panel>
      )}
    </>
  );
}
