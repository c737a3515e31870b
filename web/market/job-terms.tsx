import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Radio.css';
import '@mantine/core/styles/Switch.css';
import { NativeSelect, Radio, Switch, TextInput } from '@mantine/core';
import { Notice } from '../app/index.ts';
import { useMarketText } from './strings.en.ts';
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

const DEADLINES = [2, 10, 60, 1440, 10_080] as const;

/** How much, until when, who chooses, and who may read it. */
export function JobTerms({
  terms,
  target,
  targetReadsEncrypted,
  showProblems,
  onTerms,
}: {
  readonly terms: Terms;
  readonly target: string | null;
  readonly targetReadsEncrypted: boolean;
  readonly showProblems: boolean;
  readonly onTerms: (terms: Terms) => void;
}) {
  const text = useMarketText();
  const encryptedAlone = terms.encrypted && target === null;
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
        <NativeSelect
          label={text('deadline')}
          value={String(terms.deadlineMinutes)}
          data={DEADLINES.map((minutes) => ({ value: String(minutes), label: text(`deadline-${minutes}`) }))}
          onChange={(event) => onTerms({ ...terms, deadlineMinutes: Number(event.currentTarget.value) })}
        />
      </div>
      <Radio.Group
        label={text('how-chosen')}
        value={terms.choice}
        onChange={(choice) => onTerms({ ...terms, choice: choice === 'pick' ? 'pick' : 'ask' })}
      >
        <div className={css['radios']}>
          <Radio value="ask" label={text('choice-ask')} />
          <Radio value="pick" label={text('choice-pick')} description={text('choice-pick-about')} />
        </div>
      </Radio.Group>
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
          {!encryptedAlone && !targetReadsEncrypted && <p>{text('encrypted-unsupported')}</p>}
        </Notice>
      )}
    </div>
  );
}
