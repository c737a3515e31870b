import { Sats, Untrusted } from '../../app/index.ts';
import { addMsat, ZERO_MSAT, type JobPlan } from '../../../src/protocol/index.ts';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

/** What an offer promises beyond the job, in a line or two; nothing where it promises nothing. */
export function PlanLine({ plan }: { readonly plan: JobPlan | null }) {
  const text = useOffersText();
  if (plan === null) return null;
  const { milestones, revisions } = plan;
  const further = milestones.reduce((sum, { amountMsat }) => addMsat(sum, amountMsat), ZERO_MSAT);
  return (
    <span className={css['plan']}>
      {milestones.length > 0 && (
        <span>
          {text('plan-steps', { count: milestones.length })} <Sats msat={further} />
        </span>
      )}
      {revisions > 0 && <span>{text('plan-revisions', { count: revisions })}</span>}
    </span>
  );
}

/** The steps one by one, as whoever takes the offer should know them. */
export function PlanSteps({ plan }: { readonly plan: JobPlan | null }) {
  const text = useOffersText();
  if (plan === null) return null;
  return (
    <section className={css['planWords']}>
      {plan.milestones.length > 0 && (
        <>
          <p className={css['hint']}>{text('plan-about')}</p>
          <ol className={css['planSteps']}>
            <li>
              <Untrusted max={120}>{plan.title ?? text('plan-first')}</Untrusted>
            </li>
            {plan.milestones.map(({ title, amountMsat }, index) => (
              <li key={index}>
                <Untrusted max={120}>{title}</Untrusted> · <Sats msat={amountMsat} />
              </li>
            ))}
          </ol>
        </>
      )}
      {plan.revisions > 0 && <p>{text('plan-revisions', { count: plan.revisions })}</p>}
    </section>
  );
}
