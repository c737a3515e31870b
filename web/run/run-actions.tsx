import { Button, Textarea, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { Dialog, DialogAnswers, Fault, Notice, useCall, Wait, type Asking } from '../app/index.ts';
import type { EngineCalls, RunState } from '../engine/contract.ts';
import { readFollowUp, satsToMsat } from '../../src/protocol/index.ts';
import { isLocked } from './locked-money.ts';
import { useRunText } from './strings.en.ts';

type Action = 'cancel' | 'stop' | 'hedge' | 'report' | 'resend';

const POSSIBLE: Readonly<Partial<Record<RunState['purchase']['state'], readonly Action[]>>> = {
  requested: ['cancel'],
  offered: ['cancel'],
  approved: ['cancel'],
  paying: ['hedge'],
  locked: ['hedge', 'stop', 'report'],
  paid: ['hedge', 'stop', 'report', 'resend'],
  unreconciled: ['hedge'],
  undelivered: ['resend', 'report', 'hedge'],
  received: ['resend', 'report'],
  reviewed: ['resend', 'report'],
};

/** States in which the same may be asked for once more, on other terms. */
const ASKED_ANEW: ReadonlySet<RunState['purchase']['state']> = new Set([
  'requested',
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
  'undelivered',
  'refunded',
]);

/** What can be done about a run in its present state; each asks before it does something. */
export function RunActions({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const [chosen, setChosen] = useState<Action | null>(null);
  const close = () => setChosen(null);
  const { requestId, state } = run.purchase;
  const delivered = state === 'received' || state === 'reviewed';
  const encrypted = run.purchase.request.tags.some(([tag]) => tag === 'encrypted');
  // It builds on what came before it: its job has a way of its own to ask for it again.
  const isFurtherStep = readFollowUp(run.purchase.request.tags) !== null;
  // What was encrypted for some is not shown to others.
  const actions = (POSSIBLE[state] ?? []).filter((action) => action !== 'hedge' || !encrypted);
  const report = text(delivered ? 'complain' : 'report');
  return (
    <>
      {actions.map((action) => (
        <Button key={action} size="compact-md" variant="default" onClick={() => setChosen(action)}>
          {action === 'report' ? report : text(action)}
        </Button>
      ))}
      {ASKED_ANEW.has(state) && !isFurtherStep && (
        <Link
          to="/new/$kind"
          params={{ kind: String(run.purchase.request.kind) }}
          search={{ again: requestId }}
        >
          {text('ask-anew')}
        </Link>
      )}
      {state === 'over-budget' && <Link to="/wallet">{text('raise-budget')}</Link>}
      {chosen === 'cancel' && <Cancel requestId={requestId} onClose={close} />}
      {chosen === 'stop' && <Stop requestId={requestId} locked={isLocked(run.purchase)} onClose={close} />}
      {chosen === 'hedge' && <Hedge run={run} onClose={close} />}
      {chosen === 'report' && <Report title={report} requestId={requestId} onClose={close} />}
      {chosen === 'resend' && <Resend requestId={requestId} onClose={close} />}
    </>
  );
}

/** A question with its two answers, what it waits for, and why it failed. */
function Question<Name extends keyof EngineCalls>({
  title,
  busy,
  asking,
  onYes,
  onClose,
  children,
}: {
  readonly title: string;
  readonly busy: string;
  readonly asking: Asking<Name>;
  /** `null` when there is nothing to be done any more. */
  readonly onYes: (() => void) | null;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const text = useRunText();
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {asking.failure !== null && <Fault failure={asking.failure} />}
      {asking.askedAt === null ? (
        <DialogAnswers>
          <Button variant="default" onClick={onClose}>
            {text('leave-it')}
          </Button>
          {onYes !== null && <Button onClick={onYes}>{text('do-it')}</Button>}
        </DialogAnswers>
      ) : (
        <Wait title={busy} since={asking.askedAt} usualSeconds={5} />
      )}
    </Dialog>
  );
}

interface AboutRun {
  readonly requestId: string;
  readonly onClose: () => void;
}

function Cancel({ requestId, onClose }: AboutRun) {
  const text = useRunText();
  const asking = useCall('market.cancel');
  const cancel = async () => {
    const done = await asking.ask({ requestId, reason: '' });
    if (done?.ok === true) onClose();
  };
  return (
    <Question
      title={text('cancel')}
      busy={text('cancel-busy')}
      asking={asking}
      onYes={() => void cancel()}
      onClose={onClose}
    >
      <p>{text('cancel-about')}</p>
    </Question>
  );
}

/** Withdraws what is paid for already: the provider is told, and the money is followed to its end. */
function Stop({ requestId, locked, onClose }: AboutRun & { readonly locked: boolean }) {
  const text = useRunText();
  const asking = useCall('market.cancel');
  const [told, setTold] = useState(false);
  const stop = async () => {
    const done = await asking.ask({ requestId, reason: '' });
    setTold(done?.ok === true || done?.failure.code === 'too-late');
  };
  return (
    <Question
      title={text('stop')}
      busy={text('cancel-busy')}
      asking={told ? { ...asking, failure: null } : asking}
      onYes={told ? null : () => void stop()}
      onClose={onClose}
    >
      <p role="status">{text(told ? 'stop-told' : locked ? 'stop-about' : 'stop-about-paid')}</p>
    </Question>
  );
}

function Hedge({ run, onClose }: { readonly run: RunState; readonly onClose: () => void }) {
  const text = useRunText();
  const navigate = useNavigate();
  const asking = useCall('market.hedge');
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [sats, setSats] = useState(() => String(run.purchase.maxAmountMsat / 1000n));
  const isAmount = /^\d{1,12}$/.test(sats.trim());
  const hedge = async () => {
    const done = await asking.ask({
      requestId: run.purchase.requestId,
      maxAmountMsat: satsToMsat(BigInt(sats.trim())),
      idempotencyKey,
    });
    if (done?.ok !== true) return;
    onClose();
    await navigate({ to: '/run/$requestId', params: { requestId: done.value.requestId } });
  };
  return (
    <Question
      title={text('hedge')}
      busy={text('hedge-busy')}
      asking={asking}
      onYes={isAmount ? () => void hedge() : null}
      onClose={onClose}
    >
      <p>{text('hedge-about')}</p>
      <TextInput
        label={text('hedge-most')}
        inputMode="numeric"
        value={sats}
        error={isAmount ? null : text('hedge-most-bad')}
        onChange={(event) => setSats(event.currentTarget.value)}
      />
    </Question>
  );
}

function Report({ title, requestId, onClose }: AboutRun & { readonly title: string }) {
  const text = useRunText();
  const asking = useCall('market.report-undelivered');
  const [reason, setReason] = useState(() => text('report-reason-default'));
  const [possible, setPossible] = useState<
    | readonly Extract<
        EngineCalls['market.report-undelivered']['output'],
        { ok: true }
      >['value']['possible'][number][]
    | null
  >(null);
  const report = async () => {
    const done = await asking.ask({ requestId, reason: reason.slice(0, 1000) });
    if (done?.ok === true) setPossible(done.value.possible);
  };
  return (
    <Question
      title={title}
      busy={text('report-busy')}
      asking={asking}
      onYes={possible === null && reason.trim() !== '' ? () => void report() : null}
      onClose={onClose}
    >
      {possible === null ? (
        <>
          <p>{text('report-about')}</p>
          <Textarea
            label={text('report-reason')}
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </>
      ) : (
        <Notice tone="good" title={text('report-done')}>
          <ul>
            {possible.map((remedy) => (
              <li key={remedy}>{text(`remedy-${remedy}`)}</li>
            ))}
          </ul>
        </Notice>
      )}
    </Question>
  );
}

function Resend({ requestId, onClose }: AboutRun) {
  const text = useRunText();
  const asking = useCall('market.resend');
  const [found, setFound] = useState(false);
  const resend = async () => {
    const done = await asking.ask({ requestId });
    if (done?.ok === true) setFound(true);
  };
  return (
    <Question
      title={text('resend')}
      busy={text('resend-busy')}
      asking={asking}
      onYes={found ? null : () => void resend()}
      onClose={onClose}
    >
      <p role="status">{text(found ? 'resend-done' : 'resend-busy')}</p>
    </Question>
  );
}
