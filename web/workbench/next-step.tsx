import { useState } from 'react';
import { Ago, FailureText, Fault, Panel, Wait } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { ResultOf } from './delivered.tsx';
import { DueLine } from './due-line.tsx';
import { KeptWork } from './kept-work.tsx';
import { endOf } from './money-ends.ts';
import { Owed } from './owed.tsx';
import { isComplaint } from './pay-back.tsx';
import { QuoteForm } from './quote-form.tsx';
import { useWorkText } from './strings.en.ts';
import { WorkEditor } from './work-editor.tsx';

/** What the person does about a job now, or how it ended. */
export function NextStep({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { work, money, result } = job.sale;
  if (work === 'received')
    return job.continues === null ? (
      <QuoteForm job={job} />
    ) : (
      <Panel title={text('agreed')}>{text('agreed-about')}</Panel>
    );
  if (work === 'accepted' && money === 'quoted')
    return (
      <Panel title={text('offer-out')}>
        <DueLine row={job.row} />
        <p>{text('offer-out-about')}</p>
      </Panel>
    );
  if (work === 'accepted' || work === 'working')
    return job.submitted ? <Delivering job={job} /> : <WorkEditor job={job} />;
  if (result !== null) return <ResultOf job={job} />;
  return <Ended job={job} />;
}

/** It was handed over, and is being stored and signed: nothing can be changed any more. */
function Delivering({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const [since] = useState(() => Date.now());
  const trouble = job.troubles.find((each) => !isComplaint(each));
  const hasFile = job.draft?.file != null;
  const known = [
    ...(trouble === undefined
      ? []
      : [
          <>
            <FailureText failure={trouble} /> <Ago at={trouble.at} />
          </>,
        ]),
    text(hasFile ? 'delivering-file' : 'delivering-about'),
  ];
  return (
    <Panel title={text('write')}>
      <DueLine row={job.row} />
      <Wait title={text('delivering')} since={since} usualSeconds={hasFile ? 15 : 3} known={known} />
    </Panel>
  );
}

/** It ended without a result: why, what became of the money, and what was made of the work. */
function Ended({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { failure } = job.sale;
  return (
    <>
      <Panel>
        <p>{text(endOf(job.sale))}</p>
        <Owed job={job} />
        {failure !== null && <Fault failure={failure} />}
      </Panel>
      {job.draft !== null && <KeptWork draft={job.draft} />}
    </>
  );
}
