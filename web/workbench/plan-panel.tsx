import { Link } from '@tanstack/react-router';
import { Panel, Sats, Untrusted } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** Which step of an earlier job this one is, or what was offered beyond it. */
export function PlanPanel({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { continues, plan } = job;
  if (continues === null && plan === null) return null;
  const isRevision = continues?.step === 'revision';
  const of = plan === null ? 0 : isRevision ? plan.revisions : plan.milestones.length + 1;
  const name = isRevision ? 'is-revision' : 'is-step';
  const title =
    continues === null
      ? text('plan-offered')
      : text(of === 0 ? `${name}-unknown` : name, { number: continues.number, of });
  return (
    <Panel
      title={title}
      beside={
        continues !== null && (
          <Link to="/workbench/$requestId" params={{ requestId: continues.requestId }}>
            {text('to-first-step')}
          </Link>
        )
      }
    >
      {isRevision && <p className={css['dim']}>{text('revision-about')}</p>}
      {plan !== null && !isRevision && plan.milestones.length > 0 && (
        <ol className={css['planList']}>
          <li aria-current={continues === null ? 'step' : undefined}>
            <Untrusted max={120}>{plan.title ?? '…'}</Untrusted>
          </li>
          {plan.milestones.map(({ title: brings, amountMsat }, index) => (
            <li key={index} aria-current={continues?.number === index + 2 ? 'step' : undefined}>
              <Untrusted max={120}>{brings}</Untrusted> · <Sats msat={amountMsat} />
            </li>
          ))}
        </ol>
      )}
      {plan !== null && continues === null && plan.revisions > 0 && (
        <p className={css['dim']}>{text('revisions', { count: plan.revisions })}</p>
      )}
    </Panel>
  );
}
