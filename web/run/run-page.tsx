import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Chip, Empty, Page, Untrusted, useKinds, useTopic, Wait } from '../app/index.ts';
import { RunOffers } from '../market/index.ts';
import { ResultView, useReadyRun } from '../results/index.ts';
import type { RunState } from '../engine/contract.ts';
import { Aftercare } from './aftercare.tsx';
import { AskedTogether } from './asked-together.tsx';
import { Elsewhere } from './elsewhere.tsx';
import { HappeningLog } from './happening-log.tsx';
import { InvoiceToPay } from './invoice-to-pay.tsx';
import { MoneyWords } from './money-words.tsx';
import { NextSteps } from './next-steps.tsx';
import { Partials } from './partials.tsx';
import { RawEvents } from './raw-events.tsx';
import { ResultToCome } from './result-to-come.tsx';
import { RunWait } from './run-wait.tsx';
import { RunWords } from './run-words.tsx';
import { hasEnded } from './stages.ts';
import { StateChip } from './state-chip.tsx';
import { Timeline } from './timeline.tsx';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

/** One run from request to review; its address brings it back at any time. */
export function RunPage() {
  const { requestId } = useParams({ from: '/run/$requestId' });
  return <RunView key={requestId} requestId={requestId} />;
}

function RunView({ requestId }: { readonly requestId: string }) {
  const text = useRunText();
  const run = useReadyRun(useTopic('run', { requestId }));
  const [since] = useState(() => Date.now());
  if (run === undefined)
    return (
      <Page title={text('runs-title')}>
        <Wait title={text('run-loading')} since={since} usualSeconds={1} />
      </Page>
    );
  if (run === null)
    return (
      <Page title={text('no-run')}>
        <Empty title={text('no-run')} actions={<Link to="/runs">{text('all-runs')}</Link>}>
          {text('no-run-about')}
        </Empty>
      </Page>
    );
  return <KnownRun run={run} />;
}

function KnownRun({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const { purchase } = run;
  const kind = purchase.request.kind;
  const name = useKinds().of(kind).name;
  const isOpen = !hasEnded(run.purchase.state);
  const encrypted = purchase.request.tags.some(([tag]) => tag === 'encrypted');
  return (
    <Page
      title={name}
      beside={
        <>
          <StateChip state={purchase.state} />
          {encrypted && <Chip title={text('encrypted-run')}>{text('encrypted')}</Chip>}
          <Link to="/runs">{text('all-runs')}</Link>
        </>
      }
      lead={<Untrusted max={200}>{run.about}</Untrusted>}
    >
      <div className={css['page']}>
        <Elsewhere />
        <MoneyWords run={run} />
        {isOpen && <RunWait run={run} />}
        {run.invoiceToPay !== null && (
          <InvoiceToPay requestId={purchase.requestId} invoice={run.invoiceToPay} />
        )}
        <RunOffers run={run} />
        {run.result === null ? <ResultToCome run={run} /> : <ResultView result={run.result} />}
        {run.result === null && <Partials partials={run.partials} />}
        <NextSteps requestId={purchase.requestId} />
        <AskedTogether run={run} />
        <RunWords run={run} />
        <Aftercare run={run} />
        <Timeline run={run} />
        <HappeningLog happenings={run.happenings} />
        <RawEvents run={run} />
      </div>
    </Page>
  );
}
