import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  Ago,
  Empty,
  FailureText,
  Notice,
  Page,
  PlayMoney,
  Sats,
  useNow,
  useTopic,
  Wait,
} from '../app/index.ts';
import { isPaidInto, type WalletState, type WorkbenchState } from '../engine/index.ts';
import type { Msat } from '../../src/protocol/index.ts';
import { KeepBooks } from '../storage/index.ts';
import { useBenchText } from './bench.strings.en.ts';
import { Hours } from './hours.tsx';
import { JobList } from './job-list.tsx';
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
  return <Bench bench={bench} wallet={wallet} hasEcash={ecash !== null} />;
}

function Bench({
  bench,
  wallet,
  hasEcash,
}: {
  readonly bench: WorkbenchState;
  readonly wallet: WalletState;
  readonly hasEcash: boolean;
}) {
  const text = useWorkText();
  const benchText = useBenchText();
  const isOpen = bench.trouble === null;
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
        {isHere &&
          (bench.skills.length > 0 ? <Hours until={bench.presentUntil} isOpen={isOpen} /> : <Withdrawn />)}
        <Trouble trouble={bench.trouble} />
        {!isPaidInto(wallet.by) && (
          <NotPaidInto by={wallet.by} hasEcash={hasEcash} owedMsat={bench.owedMsat} />
        )}
        <Notify />
        {isHere && (
          <>
            <JobList
              title={text('inbox')}
              rows={bench.inbox}
              whenEmpty={isOpen ? text('inbox-empty') : benchText('inbox-closed')}
            />
            <JobList title={text('active')} rows={bench.active} />
            <JobList title={text('offered')} rows={bench.offered} />
            <JobList title={text('done')} rows={bench.done} />
          </>
        )}
        <KeepBooks what="work" />
        <Mishap mishap={bench.mishap} />
      </div>
    </Page>
  );
}

/** No wallet is there that jobs are paid into and money goes back from. */
function NotPaidInto({
  by,
  hasEcash,
  owedMsat,
}: {
  readonly by: WalletState['by'];
  readonly hasEcash: boolean;
  readonly owedMsat: Msat;
}) {
  const text = useWorkText();
  const benchText = useBenchText();
  const toWallet = <Link to="/wallet">{text('connect-wallet')}</Link>;
  return (
    <>
      {owedMsat > 0n && (
        <Notice tone="bad" title={benchText('owed')} actions={toWallet}>
          <Sats msat={owedMsat} />. {benchText('owed-about')}
        </Notice>
      )}
      {!hasEcash && (
        <Notice
          tone="warn"
          title={by === null ? text('no-wallet-yet') : benchText('pays-only')}
          actions={toWallet}
        >
          {by === null ? text('no-wallet-about') : benchText('pays-only-about')}
        </Notice>
      )}
    </>
  );
}

/** What went wrong with no single job; it is forgotten after a while, as nothing says that it is over. */
function Mishap({ mishap }: { readonly mishap: WorkbenchState['mishap'] }) {
  const benchText = useBenchText();
  const now = Math.floor(useNow(60_000) / 1000);
  if (mishap === null || mishap.at < now - MISHAP_SECONDS) return null;
  return (
    <Notice tone="warn" title={benchText('mishap')}>
      <FailureText failure={mishap} /> <Ago at={mishap.at} />
    </Notice>
  );
}

const MISHAP_SECONDS = 3_600;

/** Nothing is announced any more; what was asked before is still here. */
function Withdrawn() {
  const text = useWorkText();
  return (
    <Notice actions={<Link to="/workbench/skills">{text('announce-skills')}</Link>} title={text('withdrawn')}>
      {text('withdrawn-about')}
    </Notice>
  );
}
