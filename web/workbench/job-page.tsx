import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import {
  Empty,
  Fault,
  Page,
  Panel,
  Sats,
  Untrusted,
  useCall,
  useKinds,
  useTopic,
  Wait,
} from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { ResultOf } from './delivered.tsx';
import { AskedPanel } from './asked-panel.tsx';
import { CustomerPanel } from './customer-panel.tsx';
import { WorkChip } from './job-list.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { QuoteForm } from './quote-form.tsx';
import { SignInFirst, useBench, useSigner } from './signer.tsx';
import { Trouble } from './trouble.tsx';
import { WordsPanel } from '../words/index.ts';
import { WorkEditor } from './work-editor.tsx';
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
  if (job === null)
    return (
      <Page title={text('no-job')}>
        <Trouble trouble={bench?.trouble ?? null} />
        <Empty title={text('no-job')} actions={<Link to="/workbench">{text('all-work')}</Link>}>
          {text('no-job-about')}
        </Empty>
      </Page>
    );
  return <KnownJob job={job} />;
}

function KnownJob({ job }: { readonly job: JobState }) {
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
          <Link to="/workbench">{text('all-work')}</Link>
        </>
      }
      lead={<Untrusted max={200}>{row.about}</Untrusted>}
    >
      <div className={css['columns']}>
        <div className={css['page']}>
          <PlanPanel job={job} />
          <AskedPanel job={job} />
          <NextStep job={job} />
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
      to={job.row.customerPubkey}
      isSending={asking.askedAt !== null}
      failure={asking.failure}
      onSend={async (text) => (await asking.ask({ requestId, text }))?.ok === true}
    />
  );
}

/** What the person does about it now. */
function NextStep({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { work, money, failure } = job.sale;
  if (work === 'received') return <QuoteForm job={job} />;
  if (work === 'accepted' && money === 'quoted')
    return <Panel title={text('offer-out')}>{text('offer-out-about')}</Panel>;
  if (work === 'accepted' || work === 'working') return <WorkEditor job={job} />;
  if (job.sale.result !== null) return <ResultOf job={job} />;
  const isGivenBack = money !== 'none' && money !== 'lapsed';
  return (
    <Panel>
      <p>{text(isGivenBack ? 'ended-back' : 'ended-none')}</p>
      {failure !== null && <Fault failure={failure} />}
    </Panel>
  );
}
