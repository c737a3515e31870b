import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Radio.css';
import '@mantine/core/styles/Switch.css';
import { NativeSelect, Radio, Switch, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Notice, useSats, WordButton } from '../app/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import { useNewJobText } from './new-job.strings.en.ts';
import type { PriceOverCap } from './sellers.ts';
import { useMarketText } from './strings.en.ts';
import type { WhyAsked } from './why-asked.ts';
import css from './new-job.module.css';

/** What a request says besides the work. */
export interface Terms {
  /** As written, in sats. */
  readonly mostSats: string;
  readonly deadlineMinutes: number;
  readonly choice: 'ask' | 'pick';
  readonly encrypted: boolean;
}

/** What a form begins with. */
export const FIRST_TERMS: Terms = { mostSats: '100', deadlineMinutes: 10, choice: 'ask', encrypted: false };

/** Whether the price cap is a whole number of sats that can exist. */
export function isSats(written: string): boolean {
  return /^\d{1,12}$/.test(written.trim());
}

/** How long may be waited, in minutes. */
export const DEADLINES = [2, 10, 60, 1440, 10_080] as const;

/** How much, until when, who chooses, and who may read it. */
export function JobTerms({
  terms,
  asked,
  readsEncrypted,
  opensFiles,
  overCap,
  asksBecause,
  showProblems,
  onTerms,
}: {
  readonly terms: Terms;
  /** How many providers are chosen; none means everybody. */
  readonly asked: number;
  /** All of them say that they read encrypted requests, as far as is known. */
  readonly readsEncrypted: boolean;
  /** None of them is known to open no encrypted files, or there is no file. */
  readonly opensFiles: boolean;
  /** An announced price that the limit does not allow. */
  readonly overCap: PriceOverCap | null;
  /** Why nothing is paid without being told, whoever picks. */
  readonly asksBecause: WhyAsked | null;
  readonly showProblems: boolean;
  readonly onTerms: (terms: Terms) => void;
}) {
  const text = useMarketText();
  const newJobText = useNewJobText();
  const encryptedAlone = terms.encrypted && asked === 0;
  const isForSeveral = terms.encrypted && asked > 1;
  return (
    <div className={css['terms']}>
      <div className={css['twoFields']}>
        <TextInput
          id="most-sats"
          label={text('most-money')}
          inputMode="numeric"
          value={terms.mostSats}
          error={showProblems && !isSats(terms.mostSats) ? text('most-money-bad') : null}
          onChange={(event) => onTerms({ ...terms, mostSats: event.currentTarget.value })}
        />
        <CapHint overCap={overCap} onRaise={(mostSats) => onTerms({ ...terms, mostSats })} />
        <NativeSelect
          label={text('deadline')}
          value={String(terms.deadlineMinutes)}
          data={DEADLINES.map((minutes) => ({ value: String(minutes), label: text(`deadline-${minutes}`) }))}
          onChange={(event) => onTerms({ ...terms, deadlineMinutes: Number(event.currentTarget.value) })}
        />
      </div>
      <Radio.Group
        label={text('how-chosen')}
        value={isForSeveral ? 'ask' : terms.choice}
        onChange={(choice) => onTerms({ ...terms, choice: choice === 'pick' ? 'pick' : 'ask' })}
      >
        <div className={css['radios']}>
          <Radio value="ask" label={text('choice-ask')} />
          <Radio
            value="pick"
            label={text('choice-pick')}
            description={isForSeveral ? newJobText('several-ask') : text('choice-pick-about')}
            disabled={isForSeveral}
          />
        </div>
      </Radio.Group>
      {terms.choice === 'pick' && !isForSeveral && asksBecause !== null && (
        <Notice
          actions={
            asksBecause === 'budget' ? <Link to="/wallet">{newJobText('set-budget')}</Link> : undefined
          }
        >
          {newJobText(`pick-asks-${asksBecause}`)} {newJobText('pick-asks-in-time')}
        </Notice>
      )}
      <Switch
        id="encrypted"
        checked={terms.encrypted}
        label={text('encrypted')}
        description={text(terms.encrypted ? 'encrypted-about' : 'public-about')}
        onChange={(event) => onTerms({ ...terms, encrypted: event.currentTarget.checked })}
      />
      {terms.encrypted && (
        <Notice
          tone={encryptedAlone ? 'warn' : 'plain'}
          title={encryptedAlone ? text('encrypted-choose') : undefined}
        >
          {text('encrypted-cost')}
          {isForSeveral && <p>{newJobText('encrypted-several', { count: asked })}</p>}
          {!encryptedAlone && !readsEncrypted && <p>{text('encrypted-unsupported')}</p>}
        </Notice>
      )}
      {terms.encrypted && !encryptedAlone && !opensFiles && (
        <Notice tone="warn" title={newJobText('files-unsupported')}>
          {newJobText('files-unsupported-about')}
        </Notice>
      )}
    </div>
  );
}

/** What the limit does, in a place that is kept for it: which prices it leaves out becomes known later. */
function CapHint({
  overCap,
  onRaise,
}: {
  readonly overCap: PriceOverCap | null;
  readonly onRaise: (mostSats: string) => void;
}) {
  const text = useNewJobText();
  const sats = useSats();
  if (overCap === null) return <p className={css['capHint']}>{text('cap-hint')}</p>;
  const wholeSats = (overCap.priceMsat + 999n) / 1000n;
  const price = sats(satsToMsat(wholeSats));
  return (
    <p className={css['capHint']} data-over={true} role="status">
      {text(`cap-${overCap.of}`, { price })}{' '}
      <WordButton onClick={() => onRaise(String(wholeSats))}>{text('raise-cap', { price })}</WordButton>
    </p>
  );
}
