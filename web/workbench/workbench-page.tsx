import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty, Notice, Page, PlayMoney, Sats, useTopic, Wait } from '../app/index.ts';
import type { WalletState, WorkbenchState } from '../engine/index.ts';
import { Hours } from './hours.tsx';
import { JobList } from './job-list.tsx';
import { KeepBooks } from './keep-books.tsx';
import { Notify } from './notify.tsx';
import { SignInFirst, useBench, useSigner } from './signer.tsx';
import { Trouble } from './trouble.tsx';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** A person's own work: what is asked, what waits for money, what is to be delivered. */
export function WorkbenchPage() {
  const text = useWorkText();
  const signer = useSigner();
  const bench = useBench(signer);
  const wallet = useTopic('wallet', null);
  const ecash = useTopic('ecash-held', null);
  const [since] = useState(() => Date.now());
  if (signer === null)
    return (
      <Page title={text('title')} lead={text('lead')}>
        <SignInFirst />
      </Page>
    );
  // All at once: what one of them adds later would push the others away.
  if (bench === undefined || wallet === undefined || ecash === undefined)
    return (
      <Page title={text('title')} lead={text('lead')}>
        <Wait title={text('opening')} since={since} usualSeconds={2} />
      </Page>
    );
  if (bench.workerPubkey === null)
    return (
      <Page title={text('title')} lead={text('lead')}>
        <Empty
          title={text('no-skills')}
          actions={
            <>
              <Link to="/workbench/skills">{text('announce-skills')}</Link>
              <Link to="/workbench/server">{text('announce-server')}</Link>
            </>
          }
        >
          {text('no-skills-about')}
        </Empty>
      </Page>
    );
  return <Bench bench={bench} wallet={wallet} canBePaid={wallet.by !== null || ecash !== null} />;
}

function Bench({
  bench,
  wallet,
  canBePaid,
}: {
  readonly bench: WorkbenchState;
  readonly wallet: WalletState;
  readonly canBePaid: boolean;
}) {
  const text = useWorkText();
  const isHere = bench.trouble?.code !== 'worked-elsewhere';
  return (
    <Page
      title={text('title')}
      beside={
        <span className={css['today']}>
          <Link to="/workbench/earnings">
            {bench.earnedTodayMsat === 0n ? (
              text('today-nothing')
            ) : (
              <>
                <Sats msat={bench.earnedTodayMsat} /> {text('today')}
              </>
            )}
          </Link>
          {wallet.isPlayMoney && <PlayMoney />}
          <Link to="/workbench/skills">{text('change-skills')}</Link>
        </span>
      }
    >
      <div className={css['page']}>
        {isHere && (bench.skills.length > 0 ? <Hours until={bench.presentUntil} /> : <Withdrawn />)}
        <Trouble trouble={bench.trouble} />
        {!canBePaid && (
          <Notice
            tone="warn"
            title={text('no-wallet-yet')}
            actions={<Link to="/wallet">{text('connect-wallet')}</Link>}
          >
            {text('no-wallet-about')}
          </Notice>
        )}
        <Notify />
        <JobList title={text('inbox')} rows={bench.inbox} whenEmpty={text('inbox-empty')} />
        <JobList title={text('active')} rows={bench.active} />
        <JobList title={text('offered')} rows={bench.offered} />
        <JobList title={text('done')} rows={bench.done} />
        <KeepBooks />
      </div>
    </Page>
  );
}

/** Nothing is announced any more; what was asked before is still here. */
function Withdrawn() {
  const text = useWorkText();
  return (
    <Notice actions={<Link to="/workbench/skills">{text('announce-skills')}</Link>} title={text('withdrawn')}>
      {text('withdrawn-about')}
    </Notice>
  );
}
