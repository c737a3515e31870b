import { formatMoment, Untrusted, useLanguage, useNow, useTopic, Wait } from '../app/index.ts';
import { isLive } from '../market/index.ts';
import type { RunState } from '../engine/contract.ts';
import { RunActions } from './run-actions.tsx';
import { useRunText } from './strings.en.ts';

const WORKED_FOR: ReadonlySet<RunState['purchase']['state']> = new Set(['locked', 'paid']);

/** The wait that a run is in: what is known, how long against usual, and what can be done meanwhile. */
export function RunWait({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const language = useLanguage();
  const { purchase, comparison, happenings, errors, usualSeconds } = run;
  const services = useTopic('services', { kinds: [purchase.request.kind], limit: 50, sort: 'reliability' });
  const asking = purchase.state === 'requested' || purchase.state === 'offered';
  const hasOffers = (comparison?.offers.length ?? 0) > 0;
  const sent = new Set(happenings.flatMap(({ what }) => (what.type === 'sent' ? what.relays : [])));
  const live = services?.listing?.services.filter(isLive).length ?? 0;
  const note = happenings.findLast(({ what }) => what.type === 'progress')?.what;
  // What is on its way is settled by the wallet, whatever the time; work that is paid for can be late.
  const isOverdue = useNow(1_000) / 1000 >= purchase.deadlineAt && WORKED_FOR.has(purchase.state);
  const title = isOverdue
    ? text('wait-overdue')
    : asking
      ? text(hasOffers && purchase.approval === 'ask' ? 'wait-approve' : 'wait-offers')
      : text(purchase.state === 'approved' || purchase.state === 'paying' ? 'wait-payment' : 'wait-work');
  const since = asking ? purchase.openedAt : (sinceState(run) ?? purchase.updatedAt);
  return (
    <Wait
      title={title}
      since={since * 1000}
      {...(asking ? {} : { usualSeconds })}
      known={[
        ...(asking ? [text('known-relays', { count: sent.size })] : []),
        ...(asking && live > 0 ? [text('known-live', { count: live })] : []),
        ...(asking && live === 0 && services?.listing != null ? [text('known-none-live')] : []),
        ...(errors.length > 0 ? [text('known-errors', { count: errors.length })] : []),
        ...(note?.type === 'progress' && note.note.trim() !== ''
          ? [<Untrusted key="note">{text('known-progress', { note: note.note.slice(0, 200) })}</Untrusted>]
          : []),
        text(isOverdue ? 'known-overdue' : 'known-deadline', {
          time: formatMoment(purchase.deadlineAt, language),
        }),
      ]}
      actions={<RunActions run={run} />}
    />
  );
}

function sinceState({ happenings, purchase }: RunState): number | null {
  return (
    happenings.findLast(({ what }) => what.type === 'state' && what.state === purchase.state)?.at ?? null
  );
}
