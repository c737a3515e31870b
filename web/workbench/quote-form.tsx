import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { Fault, Notice, Panel, useCall, useNow, useTopic, Wait } from '../app/index.ts';
import type { AskedJob, JobState } from '../engine/index.ts';
import { commonMints, satsToMsat } from '../../src/protocol/index.ts';
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
  const isPrice = /^\d{1,12}$/.test(sats.trim());
  if (quoting.askedAt !== null)
    return <Wait title={text('quote-sending')} since={quoting.askedAt} usualSeconds={3} />;
  const send = () => {
    setShowProblem(true);
    if (problem !== null) return;
    if (!isPrice) return document.getElementById('quote-sats')?.focus();
    return void quoting.ask({
      requestId,
      amountMsat: satsToMsat(Number(sats)),
      usualSeconds: Math.min(usualSeconds, worstSeconds),
      worstSeconds,
      note,
      plan: planOf(plan),
    });
  };
  const isAboveBid = isPrice && bidMsat !== null && satsToMsat(Number(sats)) > bidMsat;
  const times = TIMES.map((seconds) => ({ value: String(seconds), label: timeWords(seconds) }));
  return (
    <Panel title={text('quote')}>
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
            error={showProblem && !isPrice ? text('quote-sats-bad') : null}
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
          <PaidHow asked={job.asked} worstSeconds={worstSeconds} secondsLeft={secondsLeft} />
        )}
        {secondsLeft !== null && worstSeconds > secondsLeft && (
          <Notice tone="warn">{text('quote-too-late')}</Notice>
        )}
        {isAboveBid && <Notice tone="warn">{text('quote-above-bid')}</Notice>}
        <Textarea
          label={text('quote-note')}
          placeholder={text('quote-note-placeholder')}
          rows={2}
          maxLength={MAX_NOTE_CHARS}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <PlanFields plan={plan} showProblem={showProblem} onPlan={setPlan} />
        {quoting.failure !== null && <Fault failure={quoting.failure} />}
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
          asked={{ title: text('decline-title'), label: text('decline-why'), answer: text('decline-send') }}
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

/** When the price becomes the person's: by locked ecash, or before it begins, and why it cannot be locked. */
function PaidHow({
  asked,
  worstSeconds,
  secondsLeft,
}: {
  readonly asked: AskedJob;
  readonly worstSeconds: number;
  readonly secondsLeft: number | null;
}) {
  const text = useWorkText();
  const ecash = useTopic('ecash', null);
  const wallet = useTopic('wallet', null);
  if (ecash === undefined || wallet === undefined) return <p className={css['dim']}>&nbsp;</p>; // its place
  const own = ecash.mints.map(({ url }) => url);
  const unlocked = whyNotLocked(asked, own, secondsLeft !== null && worstSeconds > secondsLeft);
  if (unlocked === null) return <p className={css['dim']}>{text('quote-locked')}</p>;
  const mints = asked.mints.slice(0, MOST_MINTS).map(hostOf).join(', ');
  const isPrepayable = wallet.by !== null && wallet.by !== 'qr'; // a phone is shown invoices, and makes none
  return (
    <p className={css['dim']}>
      {text(unlocked, { mints })} {text(isPrepayable ? 'quote-paid-before' : 'quote-unpayable')}{' '}
      <Link to="/wallet">{text('quote-to-wallet')}</Link>
    </p>
  );
}

/** Why the price cannot be locked until the work is there; `null` where it can. */
function whyNotLocked({ exchanges, mints }: AskedJob, own: readonly string[], isTooLong: boolean) {
  if (own.length === 0) return 'quote-no-mint';
  if (!exchanges.includes('ecash-htlc')) return 'quote-no-ecash';
  if (mints.length > 0 && commonMints(own, mints).length === 0) return 'quote-other-mints';
  return isTooLong ? 'quote-lock-too-long' : null;
}

const MOST_MINTS = 3;

/** What a customer wrote as an address may be none. */
function hostOf(mintUrl: string): string {
  return URL.parse(mintUrl)?.host ?? mintUrl.slice(0, 60);
}
