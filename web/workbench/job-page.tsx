import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty, Page, Sats, Untrusted, useCall, useKinds, useTopic, Wait } from '../app/index.ts';
import type { JobState, WorkbenchState } from '../engine/index.ts';
import { AskedPanel } from './asked-panel.tsx';
import { CustomerPanel } from './customer-panel.tsx';
import { Due, WorkChip } from './job-list.tsx';
import { NextStep } from './next-step.tsx';
import { Aftermath } from './pay-back.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { SignInFirst, useBench, useSigner } from './signer.tsx';
import { Trouble } from './trouble.tsx';
import { WordsPanel } from '../words/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** One job, from the request to the review. */
export function JobPage() {
  const { requestId } = useParams({ from: '/workbench/$requestId' });
  return <JobView key={requestId} requestId={requestId} />;
}

function JobView({ requestId }: { readonly requestId: string }) {
  const text = useWorkText();
  const signer = useSigner();
  const job = useTopic('job', { requestId });
  const bench = useBench(signer);
  const [since] = useState(() => Date.now());
  if (signer === null)
    return (
      <Page title={text('title')} lead={text('lead')}>
        <SignInFirst />
      </Page>
    );
  if (signer === undefined || job === undefined)
    return (
      <Page title={text('title')}>
        <Wait title={text('job-opening')} since={since} usualSeconds={2} />
      </Page>
    );
  const trouble = bench?.trouble ?? null;
  if (job === null)
    return (
      <Page title={text(trouble === null ? 'no-job' : 'title')}>
        {trouble === null ? (
          <Empty title={text('no-job')} actions={<Link to="/workbench">{text('all-work')}</Link>}>
            {text('no-job-about')}
          </Empty>
        ) : (
          <Trouble trouble={trouble} />
        )}
      </Page>
    );
  return <KnownJob job={job} trouble={trouble} />;
}

function KnownJob({ job, trouble }: { readonly job: JobState; readonly trouble: WorkbenchState['trouble'] }) {
  const text = useWorkText();
  const { row } = job;
  const { name } = useKinds().of(row.kind);
  return (
    <Page
      title={name}
      beside={
        <>
          <WorkChip row={row} />
          {row.amountMsat !== null && <Sats msat={row.amountMsat} />}
          <Due row={row} />
          <Link to="/workbench">{text('all-work')}</Link>
        </>
      }
      lead={<Untrusted max={200}>{row.about}</Untrusted>}
    >
      <div className={css['columns']}>
        <div className={css['page']}>
          <Trouble trouble={trouble} />
          <PlanPanel job={job} />
          <AskedPanel job={job} />
          <NextStep job={job} />
          <Aftermath job={job} />
        </div>
        <div className={css['page']}>
          <CustomerPanel job={job} />
          <JobWords job={job} />
        </div>
      </div>
    </Page>
  );
}

function JobWords({ job }: { readonly job: JobState }) {
  const asking = useCall('work.write');
  const { requestId } = job.row;
  return (
    <WordsPanel
      words={job.words}
      to={[job.row.customerPubkey]}
      isSending={asking.askedAt !== null}
      failure={asking.failure}
      onSend={async (text) => (await asking.ask({ requestId, text }))?.ok === true}
    />
  );
}
