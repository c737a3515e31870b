import { Button, NativeSelect, TextInput } from '@mantine/core';
import { Notice } from '../app/index.ts';
import { MAX_STEP_TITLE, satsToMsat, type JobPlan } from '../../src/protocol/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What may follow a job, as it is being written. */
export interface WrittenPlan {
  readonly revisions: number;
  readonly firstTitle: string;
  readonly steps: readonly { readonly key: string; readonly title: string; readonly sats: string }[];
}

/** Nothing follows. */
export const NO_PLAN: WrittenPlan = { revisions: 0, firstTitle: '', steps: [] };

const REVISIONS = [0, 1, 2, 3, 4, 5] as const;
/** More than that at once is no plan but a project. */
const MOST_STEPS = 5;
const isPrice = (sats: string) => /^\d{1,12}$/.test(sats.trim());

/** What is still to be said before the plan can be offered; `null` when nothing is. */
export function planProblemIn({ steps }: WrittenPlan): 'plan-incomplete' | null {
  return steps.every(({ title, sats }) => title.trim() !== '' && isPrice(sats)) ? null : 'plan-incomplete';
}

/** The plan as the offer promises it; `null` when nothing follows. */
export function planOf({ revisions, firstTitle, steps }: WrittenPlan): JobPlan | null {
  if (revisions === 0 && steps.length === 0) return null;
  const title = steps.length === 0 || firstTitle.trim() === '' ? null : firstTitle.trim();
  const milestones = steps.map((step) => ({
    title: step.title.trim(),
    amountMsat: satsToMsat(Number(step.sats)),
  }));
  return { title, milestones, revisions };
}

/** Asks for the revisions that are promised, and for steps that may follow. */
export function PlanFields({
  plan,
  showProblem,
  onPlan,
}: {
  readonly plan: WrittenPlan;
  readonly showProblem: boolean;
  readonly onPlan: (plan: WrittenPlan) => void;
}) {
  const text = useWorkText();
  const { steps } = plan;
  const change = (key: string, changed: Partial<WrittenPlan['steps'][number]>) =>
    onPlan({ ...plan, steps: steps.map((step) => (step.key === key ? { ...step, ...changed } : step)) });
  const problem = planProblemIn(plan);
  return (
    <>
      <div className={css['planHead']}>
        <NativeSelect
          label={text('revisions')}
          data={REVISIONS.map((count) => ({
            value: String(count),
            label: count === 0 ? text('revisions-none') : text('revisions', { count }),
          }))}
          value={String(plan.revisions)}
          onChange={(event) => onPlan({ ...plan, revisions: Number(event.currentTarget.value) })}
        />
        {steps.length < MOST_STEPS && (
          <Button
            variant="default"
            onClick={() => onPlan({ ...plan, steps: [...steps, { key: newKey(), title: '', sats: '' }] })}
          >
            {text('step-add')}
          </Button>
        )}
      </div>
      {steps.length > 0 && (
        <>
          <p className={css['dim']}>{text('steps-about')}</p>
          <TextInput
            label={text('step-first')}
            maxLength={MAX_STEP_TITLE}
            value={plan.firstTitle}
            onChange={(event) => onPlan({ ...plan, firstTitle: event.currentTarget.value })}
          />
        </>
      )}
      {steps.map(({ key, title, sats }, index) => (
        <div key={key} className={css['planStep']}>
          <TextInput
            label={text('step-title', { number: index + 2 })}
            maxLength={MAX_STEP_TITLE}
            value={title}
            error={showProblem && title.trim() === ''}
            onChange={(event) => change(key, { title: event.currentTarget.value })}
          />
          <TextInput
            label={text('step-sats', { number: index + 2 })}
            inputMode="numeric"
            value={sats}
            error={showProblem && !isPrice(sats)}
            onChange={(event) => change(key, { sats: event.currentTarget.value })}
          />
          <Button
            variant="subtle"
            color="red"
            onClick={() => onPlan({ ...plan, steps: steps.filter((step) => step.key !== key) })}
          >
            {text('step-remove', { number: index + 2 })}
          </Button>
        </div>
      ))}
      {showProblem && problem !== null && <Notice tone="warn">{text(problem)}</Notice>}
    </>
  );
}

const newKey = () => crypto.randomUUID();
