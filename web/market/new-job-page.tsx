import { Button } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Fault, Notice, Page, PageMissing, Panel, useCall, useKinds, useTopic, Wait } from '../app/index.ts';
import { isJobRequestKind, type KindContract } from '../../src/protocol/index.ts';
import { checkDraft, JobFields } from '../forms/index.ts';
import { useAskedSellers } from './asked-sellers.ts';
import { isSats, JobTerms } from './job-terms.tsx';
import {
  hasPrivateFiles,
  jobAnew,
  newJob,
  problemFieldsOf,
  useKeptJob,
  wishOf,
  type BegunJob,
  type KeptJob,
} from './kept-job.ts';
import { useNewJobText } from './new-job.strings.en.ts';
import { mayOpenFiles, priceOverCap, readEncrypted } from './sellers.ts';
import { SellersAside } from './sellers-aside.tsx';
import { useMarketText } from './strings.en.ts';
import { whyAsked } from './why-asked.ts';
import css from './new-job.module.css';

/** A form made from the contract of the kind, beside those who do such work now. */
export function NewJobPage() {
  const { kind: named } = useParams({ from: '/new/$kind' });
  const { text: words = '', to = null, again } = useSearch({ from: '/new/$kind' });
  const kind = Number(named);
  const contract = useKinds().of(kind);
  if (!isJobRequestKind(kind)) return <PageMissing />;
  // A form of its own for each kind and each set of words.
  const name = `${kind} ${again ?? `${words} ${to ?? ''}`}`;
  if (again !== undefined) return <JobAnew key={name} name={name} contract={contract} requestId={again} />;
  return <JobForm key={name} name={name} contract={contract} begun={() => newJob(contract, words, to)} />;
}

/** The form as an earlier run filled it in. */
function JobAnew({
  name,
  contract,
  requestId,
}: {
  readonly name: string;
  readonly contract: KindContract;
  readonly requestId: string;
}) {
  const text = useNewJobText();
  const run = useTopic('run', { requestId });
  const [since] = useState(() => Date.now());
  if (run === undefined)
    return (
      <Page title={contract.name}>
        <Wait title={text('again-loading')} since={since} usualSeconds={1} />
      </Page>
    );
  const begun = () => (run === null ? newJob(contract, '', null) : jobAnew(contract, run));
  // What an encrypted run asked for may be opened only now: the form begins anew with it, unless it was written in.
  return <JobForm key={run?.about} name={name} contract={contract} begun={begun} />;
}

function JobForm({
  name,
  contract,
  begun,
}: {
  readonly name: string;
  readonly contract: KindContract;
  readonly begun: () => BegunJob;
}) {
  const { kind } = contract;
  const text = useMarketText();
  const navigate = useNavigate();
  const services = useTopic('services', { kinds: [kind], limit: 50, sort: 'reliability' });
  const listed = services?.listing?.services ?? [];
  const asksBecause = whyAsked(useTopic('wallet', null), useTopic('ecash-held', null));
  const [kept, keep] = useKeptJob(name, begun);
  const [showProblems, setShowProblems] = useState(false);
  const posting = useCall('market.post');
  const asked = useAskedSellers(kind, kept.targets, services);
  const opensFiles = mayOpenFiles(asked);
  const problems = checkDraft(contract, kept.draft);
  const badFields = problemFieldsOf(problems, kept, opensFiles);
  const post = async () => {
    setShowProblems(true);
    const [first] = badFields;
    if (first !== undefined) return focusField(first);
    const posted = await posting.ask(wishOf(contract, kept));
    if (posted?.ok !== true) return undefined;
    keep(null);
    return navigate({ to: '/run/$requestId', params: { requestId: posted.value.requestId } });
  };
  return (
    <Page
      title={text('new-title', { kind: contract.name })}
      heading={contract.name}
      lead={contract.about}
      beside={<Link to="/">{text('back-to-kinds')}</Link>}
    >
      <div className={css['columns']}>
        <form
          className={css['form']}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void post();
          }}
        >
          <Panel>
            <JobFields
              contract={contract}
              announced={asked[0]?.services?.[0]?.announcement.nip90Params ?? new Map()}
              encrypted={kept.terms.encrypted}
              draft={kept.draft}
              problems={showProblems ? problems : []}
              onDraft={(draft) => keep({ ...kept, draft })}
            />
          </Panel>
          <Panel>
            <JobTerms
              terms={kept.terms}
              asked={asked.length}
              readsEncrypted={readEncrypted(asked)}
              opensFiles={opensFiles || !hasPrivateFiles(kept)}
              overCap={
                isSats(kept.terms.mostSats)
                  ? priceOverCap(BigInt(kept.terms.mostSats.trim()), asked, listed)
                  : null
              }
              asksBecause={asksBecause}
              showProblems={showProblems}
              onTerms={(terms) => keep({ ...kept, terms })}
            />
          </Panel>
          <Posting kept={kept} posting={posting} incomplete={showProblems && badFields.length > 0} />
        </form>
        <SellersAside
          services={listed}
          looking={services === undefined || services.looking}
          asked={asked}
          showsFiles={hasPrivateFiles(kept)}
          onTargets={(targets) => keep({ ...kept, targets })}
        />
      </div>
    </Page>
  );
}

/** What still stands before posting, and the button. */
function Posting({
  kept,
  posting,
  incomplete,
}: {
  readonly kept: KeptJob;
  readonly posting: Pick<ReturnType<typeof useCall<'market.post'>>, 'askedAt' | 'failure'>;
  readonly incomplete: boolean;
}) {
  const text = useMarketText();
  const session = useTopic('session', null);
  const wallet = useTopic('wallet', null);
  const ecash = useTopic('ecash-held', null);
  const signedIn = session?.step === 'signed-in' ? session.session : null;
  if (posting.askedAt !== null)
    return <Wait title={text('posting-title')} since={posting.askedAt} usualSeconds={2} />;
  return (
    <div className={css['posting']}>
      {session !== undefined && signedIn === null && (
        <Notice
          tone="warn"
          title={text('sign-in-first')}
          actions={<Link to="/you">{text('to-sign-in')}</Link>}
        >
          {text('sign-in-first-about')}
        </Notice>
      )}
      {signedIn?.canSign === false && (
        <Notice
          tone="warn"
          title={text('read-only-title')}
          actions={<Link to="/you">{text('to-sign-in')}</Link>}
        >
          {text('read-only-about')}
        </Notice>
      )}
      {signedIn?.canSign === true && wallet?.by === null && ecash === null && (
        <Notice
          tone="warn"
          title={text('wallet-first')}
          actions={<Link to="/wallet">{text('to-wallet')}</Link>}
        >
          {text('wallet-first-about')}
        </Notice>
      )}
      {incomplete && <Notice tone="bad">{text('fix-first')}</Notice>}
      {posting.failure !== null && <Fault failure={posting.failure} />}
      <Button type="submit" size="md" disabled={signedIn?.canSign !== true}>
        {text(kept.targets.length === 0 ? 'post' : 'post-to')}
      </Button>
    </div>
  );
}

function focusField(field: string): void {
  document.getElementById(field)?.focus();
}
