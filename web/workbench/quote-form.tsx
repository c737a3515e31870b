import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { satsToMsat } from '../../src/protocol/index.ts';
import { Fault, Notice, Panel, RefusalText, useCall, useNow, Wait, type Asking } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { DueLine } from './due-line.tsx';
import { PaidHow } from './paid-how.tsx';
import { NO_PLAN, planOf, planProblemIn, PlanFields } from './plan-fields.tsx';
import { TIMES, usualTimes, useTimeWords } from './times.ts';
import { useWorkText } from './strings.en.ts';
import { WhyDialog } from './why-dialog.tsx';
import css from './workbench.module.css';

const MAX_NOTE_CHARS = 500;

/** The person's offer: a price, a time, words; or a no. */
export function QuoteForm({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const timeWords = useTimeWords();
  const { requestId } = job.row;
  const bidMsat = job.asked?.bidMsat ?? null;
  const quoting = useCall('work.quote');
  const declining = useCall('work.decline');
  const [sats, setSats] = useState(bidMsat === null ? '' : String(bidMsat / 1000n));
  const expiresAt = job.asked?.expiresAt ?? null;
  const secondsLeft = expiresAt === null ? null : expiresAt - Math.floor(useNow(30_000) / 1000);
  const [usual] = useState(() => usualTimes(secondsLeft));
  const [usualSeconds, setUsual] = useState(usual.usual);
  const [worstSeconds, setWorst] = useState(usual.worst);
  const [note, setNote] = useState('');
  const [plan, setPlan] = useState(NO_PLAN);
  const [showProblem, setShowProblem] = useState(false);
  const [declines, setDeclines] = useState(false);
  const problem = planProblemIn(plan);
  const amountMsat = /^\d{1,12}$/.test(sats.trim()) ? satsToMsat(Number(sats)) : null;
  const seenBy = job.row.encrypted ? 'private' : 'public';
  if (quoting.askedAt !== null)
    return <Wait title={text('quote-sending')} since={quoting.askedAt} usualSeconds={3} />;
  const send = () => {
    setShowProblem(true);
    if (problem !== null) return;
    if (amountMsat === null) return document.getElementById('quote-sats')?.focus();
    return void quoting.ask({
      requestId,
      amountMsat,
      usualSeconds: Math.min(usualSeconds, worstSeconds),
      worstSeconds,
      note,
      plan: planOf(plan),
    });
  };
  const isAboveBid = amountMsat !== null && bidMsat !== null && amountMsat > bidMsat;
  const times = TIMES.map((seconds) => ({ value: String(seconds), label: timeWords(seconds) }));
  return (
    <Panel title={text('quote')}>
      <DueLine row={job.row} />
      <form
        className={css['form']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className={css['fields']}>
          <TextInput
            id="quote-sats"
            label={text('quote-sats')}
            inputMode="numeric"
            value={sats}
            error={showProblem && amountMsat === null ? text('quote-sats-bad') : null}
            onChange={(event) => setSats(event.currentTarget.value)}
          />
          <NativeSelect
            label={text('quote-usual')}
            data={times}
            value={String(usualSeconds)}
            onChange={(event) => setUsual(Number(event.currentTarget.value))}
          />
          <NativeSelect
            label={text('quote-worst')}
            data={times}
            value={String(worstSeconds)}
            onChange={(event) => setWorst(Number(event.currentTarget.value))}
          />
        </div>
        <p className={css['dim']}>{text('quote-worst-about')}</p>
        {job.asked !== null && (
          <PaidHow asked={job.asked} amountMsat={amountMsat} worstSeconds={worstSeconds} />
        )}
        {secondsLeft !== null && worstSeconds > secondsLeft && (
          <Notice tone="warn">{text('quote-too-late')}</Notice>
        )}
        {isAboveBid && <Notice tone="warn">{text('quote-above-bid')}</Notice>}
        <Textarea
          label={text(`quote-note-${seenBy}`)}
          placeholder={text('quote-note-placeholder')}
          rows={2}
          maxLength={MAX_NOTE_CHARS}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <PlanFields plan={plan} showProblem={showProblem} onPlan={setPlan} />
        <NotSent failure={quoting.failure} />
        {declining.failure !== null && <Fault failure={declining.failure} />}
        <div className={css['actions']}>
          <Button type="submit">{text('quote-send')}</Button>
          <Button variant="default" onClick={() => setDeclines(true)}>
            {text('decline')}
          </Button>
          <Button
            variant="subtle"
            title={text('pass-over-about')}
            onClick={() => void declining.ask({ requestId, reason: null })}
          >
            {text('pass-over')}
          </Button>
        </div>
      </form>
      {declines && (
        <WhyDialog
          asked={{
            title: text('decline-title'),
            label: text(`decline-why-${seenBy}`),
            answer: text('decline-send'),
          }}
          onClose={() => setDeclines(false)}
          onWhy={(message) => {
            setDeclines(false);
            void declining.ask({ requestId, reason: { code: 'declined', message } });
          }}
        />
      )}
    </Panel>
  );
}

/** Why the offer was not made; what admission says about the request is in the failure's data. */
function NotSent({ failure }: Pick<Asking<'work.quote'>, 'failure'>) {
  const text = useWorkText();
  if (failure === null) return null;
  const why = failure.code === 'not-sellable' ? failure.data?.['code'] : null;
  return (
    <>
      <Fault failure={failure} />
      {why === 'no-common-exchange' && <p>{text('quote-no-way')}</p>}
      {typeof why === 'string' && why !== 'no-common-exchange' && (
        <p>
          <RefusalText code={why} detail="" />
        </p>
      )}
    </>
  );
}
