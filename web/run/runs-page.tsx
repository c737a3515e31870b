import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  Ago,
  Chip,
  Empty,
  KindName,
  Page,
  PubkeyName,
  Sats,
  Untrusted,
  useTopic,
  VirtualList,
  Wait,
} from '../app/index.ts';
import type { RunSummary } from '../engine/contract.ts';
import { KeepBooks, useStorage } from '../storage/index.ts';
import { Elsewhere } from './elsewhere.tsx';
import { hasEnded } from './stages.ts';
import { StateChip } from './state-chip.tsx';
import { useRunText } from './strings.en.ts';
import css from './runs.module.css';

/** More than a person scrolls through; older ones are in the export. */
const MOST_RUNS = 10_000;

/** Everything that this key asked for in this browser, the newest first. */
export function RunsPage() {
  const text = useRunText();
  const booked = useTopic('runs', { limit: MOST_RUNS });
  const { isKept } = useStorage();
  // Both at once: what is said of the storage would push the list away.
  const runs = isKept === undefined ? undefined : booked;
  const [since] = useState(() => Date.now());
  return (
    <Page title={text('runs-title')} lead={text('runs-lead')}>
      <Elsewhere />
      {runs?.some(({ state }) => !hasEnded(state)) === true && <KeepBooks what="purchases" />}
      {runs === undefined && <Wait title={text('runs-loading')} since={since} usualSeconds={1} />}
      {runs?.length === 0 && (
        <Empty title={text('no-runs')} actions={<Link to="/">{text('to-the-market')}</Link>}>
          {text('no-runs-about')}
        </Empty>
      )}
      {runs !== undefined && runs.length > 0 && (
        <div className={css['list']}>
          <VirtualList
            items={runs}
            label={text('runs-title')}
            estimatedHeight={68}
            keyOf={requestOf}
            Row={RunRow}
          />
        </div>
      )}
    </Page>
  );
}

const requestOf = ({ requestId }: RunSummary) => requestId;

function RunRow({ item: run }: { readonly item: RunSummary }) {
  const text = useRunText();
  return (
    // A plain link: the router's own costs too much to be made by the hundred while the list scrolls.
    <a href={`#/run/${run.requestId}`} className={css['run']}>
      <span className={css['kind']}>
        <KindName kind={run.kind} />
      </span>
      <span className={css['about']}>
        <Untrusted max={140}>{run.about}</Untrusted>
      </span>
      <span className={css['facts']}>
        <StateChip state={run.state} />
        {run.encrypted && <Chip>{text('encrypted')}</Chip>}
        {run.providerPubkey !== null && <PubkeyName pubkey={run.providerPubkey} />}
        {run.amountMsat !== null && <Sats msat={run.amountMsat} />}
        <Ago at={run.openedAt} />
      </span>
    </a>
  );
}
