import { Button, Textarea } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  Dialog,
  DialogAnswers,
  Fault,
  Panel,
  Sats,
  Untrusted,
  useCall,
  useTopic,
  Wait,
} from '../app/index.ts';
import type { EngineTopics } from '../engine/contract.ts';
import { StateChip } from './state-chip.tsx';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

type Steps = NonNullable<EngineTopics['steps']['state']>;
type Step = Steps['milestones'][number];

const MAX_CHARS = 5_000;

/** What was agreed beyond a job: how each step stands, and the one that can be asked for now. */
export function NextSteps({ requestId }: { readonly requestId: string }) {
  const text = useRunText();
  const steps = useTopic('steps', { requestId });
  const [asked, setAsked] = useState<Step | null>(null);
  if (steps === undefined || steps === null) return null;
  const { milestones, revisions } = steps;
  const further = milestones.find(({ isNext }) => isNext);
  const revision = revisions.find(({ isNext }) => isNext);
  const left = revisions.filter(({ purchase, isNext }) => purchase === null || isNext).length;
  return (
    <Panel title={text('steps')}>
      <ol className={css['agreed']}>
        {milestones.map((step) => (
          <StepLine key={`m${step.number}`} step={step} here={requestId} />
        ))}
        {revisions
          .filter(({ purchase }) => purchase !== null)
          .map((step) => (
            <StepLine key={`r${step.number}`} step={step} here={requestId} />
          ))}
      </ol>
      <div className={css['actions']}>
        {further !== undefined && (
          <Button size="compact-md" onClick={() => setAsked(further)}>
            {text('step-next', { number: further.number })}&nbsp;·&nbsp;
            <Sats msat={further.amountMsat} />
          </Button>
        )}
        {revision !== undefined && (
          <Button size="compact-md" variant="default" onClick={() => setAsked(revision)}>
            {text('revision-ask', { count: left })}
          </Button>
        )}
      </div>
      {asked !== null && <AskStep requestId={requestId} step={asked} onClose={() => setAsked(null)} />}
    </Panel>
  );
}

function StepLine({ step, here }: { readonly step: Step; readonly here: string }) {
  const text = useRunText();
  const { number, title, amountMsat, purchase } = step;
  const isRevision = step.step === 'revision';
  const name = text(isRevision ? 'revision-name' : 'step-name', { number });
  const isHere = purchase?.requestId === here;
  return (
    <li aria-current={isHere ? 'step' : undefined}>
      {purchase === null || isHere ? (
        name
      ) : (
        <Link to="/run/$requestId" params={{ requestId: purchase.requestId }}>
          {name}
        </Link>
      )}
      {title !== null && <Untrusted max={120}>{title}</Untrusted>}
      {isRevision ? <span>{text('revision-free')}</span> : <Sats msat={amountMsat} />}
      {purchase !== null && <StateChip state={purchase.state} />}
    </li>
  );
}

/** Asks for a step: what it costs is agreed to here, as no offer follows that could be looked at. */
function AskStep({
  requestId,
  step: { step, number, title, amountMsat },
  onClose,
}: {
  readonly requestId: string;
  readonly step: Step;
  readonly onClose: () => void;
}) {
  const text = useRunText();
  const navigate = useNavigate();
  const asking = useCall('market.continue');
  const [words, setWords] = useState('');
  const isRevision = step === 'revision';
  const ask = async () => {
    const asked = await asking.ask({ requestId, step, number, text: words });
    if (asked?.ok !== true) return;
    onClose();
    await navigate({ to: '/run/$requestId', params: { requestId: asked.value.requestId } });
  };
  return (
    <Dialog title={text(isRevision ? 'revision-title' : 'step-next', { number })} onClose={onClose}>
      {title !== null && (
        <p>
          <Untrusted max={120}>{title}</Untrusted>
        </p>
      )}
      <p>{text(isRevision ? 'revision-about' : 'step-about')}</p>
      <Textarea
        label={text(isRevision ? 'revision-words' : 'step-words')}
        rows={4}
        maxLength={MAX_CHARS}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      {asking.failure !== null && <Fault failure={asking.failure} />}
      {asking.askedAt === null ? (
        <DialogAnswers>
          <Button variant="default" onClick={onClose}>
            {text('leave-it')}
          </Button>
          <Button disabled={isRevision && words.trim() === ''} onClick={() => void ask()}>
            {isRevision ? (
              text('revision-send')
            ) : (
              <>
                {text('step-send')}&nbsp;
                <Sats msat={amountMsat} />
              </>
            )}
          </Button>
        </DialogAnswers>
      ) : (
        <Wait title={text('step-busy')} since={asking.askedAt} usualSeconds={3} />
      )}
    </Dialog>
  );
}
