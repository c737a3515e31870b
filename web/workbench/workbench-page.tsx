import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty, Fault, Notice, Page, PlayMoney, Sats, useTopic, Wait } from '../app/index.ts';
import type { WorkbenchState } from '../engine/index.ts';
import { Hours } from './hours.tsx';
import { JobList } from './job-list.tsx';
import { KeepBooks } from './keep-books.tsx';
import { Notify } from './notify.tsx';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** A person's own work: what is asked, what waits for money, what is to be delivered. */
export function WorkbenchPage() {
  const text = useWorkText();
  const session = useTopic('session', null);
  const bench = useTopic('workbench', null);
  const [since] = useState(() => Date.now());
  if (
    session !== undefined &&
    (session.step === 'signed-out' || (session.step === 'signed-in' && !session.session.canSign))
  )
    return (
      <Page title={text('title')} lead={text('lead')}>
        <Empty title={text('sign-in-first')} actions={<Link to="/you">{text('sign-in')}</Link>}>
          {text('sign-in-first-about')}
        </Empty>
      </Page>
    );
  if (bench === undefined)
    return (
      <Page title={text('title')} lead={text('lead')}>
        <Wait title={text('opening')} since={since} usualSeconds={2} />
      </Page>
    );
  if (bench.skills.length === 0)
    return (
      <Page title={text('title')} lead={text('lead')}>
        <Empty
          title={text('no-skills')}
          actions={<Link to="/workbench/skills">{text('announce-skills')}</Link>}
        >
          {text('no-skills-about')}
        </Empty>
      </Page>
    );
  return <Bench bench={bench} />;
}

function Bench({ bench }: { readonly bench: WorkbenchState }) {
  const text = useWorkText();
  const wallet = useTopic('wallet', null);
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
          {wallet?.isPlayMoney === true && <PlayMoney />}
          <Link to="/workbench/skills">{text('change-skills')}</Link>
        </span>
      }
    >
      <div className={css['page']}>
        <Hours until={bench.presentUntil} />
        {bench.trouble !== null && <Fault failure={bench.trouble} />}
        {wallet !== undefined && wallet.by === null && (
          <Notice
            tone="warn"
            title={text('no-wallet-yet')}
            actions={<Link to="/wallet">{text('connect-wallet')}</Link>}
          >
            {text('no-wallet-about')}
          </Notice>
        )}
        <KeepBooks />
        <Notify asked={bench.inbox} />
        <JobList title={text('inbox')} rows={bench.inbox} whenEmpty={text('inbox-empty')} />
        <JobList title={text('active')} rows={bench.active} />
        <JobList title={text('offered')} rows={bench.offered} />
        <JobList title={text('done')} rows={bench.done} />
      </div>
    </Page>
  );
}
