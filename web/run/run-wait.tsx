import { formatMoment, Untrusted, useLanguage, useNow, useTopic, Wait } from '../app/index.ts';
import { isLive } from '../market/index.ts';
import type { RunState } from '../engine/contract.ts';
import { isOnItsWay } from './locked-money.ts';
import { RunActions } from './run-actions.tsx';
import { useRunText } from './strings.en.ts';

const WORKED_FOR: ReadonlySet<RunState['purchase']['state']> = new Set(['locked', 'paid']);

/** The wait that a run is in: what is known, how long against usual, and what can be done meanwhile. */
export function RunWait({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const language = useLanguage();
  const { purchase, happenings, errors, usualSeconds } = run;
  const services = useTopic('services', { kinds: [purchase.request.kind], limit: 50, sort: 'reliability' });
  const asking = purchase.state === 'requested';
  const isUnknown = purchase.state === 'unreconciled';
  const sent = new Set(happenings.flatMap(({ what }) => (what.type === 'sent' ? what.relays : [])));
  const live = services?.listing?.services.filter(isLive).length ?? 0;
  const note = happenings.findLast(({ what }) => what.type === 'progress')?.what;
  // What is on its way is settled by the wallet, whatever the time; work that is paid for can be late.
  const isOverdue = useNow(1_000) / 1000 >= purchase.deadlineAt && WORKED_FOR.has(purchase.state);
  const since = asking ? purchase.openedAt : (sinceState(run) ?? purchase.updatedAt);
  return (
    <Wait
      title={text(isOverdue ? 'wait-overdue' : titleOf(run))}
      since={since * 1000}
      {...(asking || isUnknown ? {} : { usualSeconds })}
      known={[
        ...(asking ? [text('known-relays', { count: sent.size })] : []),
        ...(asking && live > 0 ? [text('known-live', { count: live })] : []),
        ...(asking && live === 0 && services?.listing != null ? [text('known-none-live')] : []),
        ...(errors.length > 0 ? [text('known-errors', { count: errors.length })] : []),
        ...(note?.type === 'progress' && note.note.trim() !== ''
          ? [<Untrusted key="note">{text('known-progress', { note: note.note.slice(0, 200) })}</Untrusted>]
          : []),
        // Whether it was paid is found out for as long as that takes.
        ...(isUnknown
          ? []
          : [
              text(isOverdue ? 'known-overdue' : 'known-deadline', {
                time: formatMoment(purchase.deadlineAt, language),
              }),
            ]),
      ]}
      actions={<RunActions run={run} />}
    />
  );
}

/** What is waited for. */
function titleOf({ purchase, comparison }: RunState) {
  const { state, offer, approval } = purchase;
  switch (state) {
    case 'requested':
      return comparison !== null && comparison.offers.length > 0 && approval === 'ask'
        ? 'wait-approve'
        : 'wait-offers';
    case 'offered': // taken: what is free, or names its invoice later, is worked on; the others are paid at once
      return offer === null || offer.paymentHash === null ? 'wait-taken' : 'wait-payment';
    case 'approved':
    case 'paying':
      return 'wait-payment';
    case 'unreconciled':
      return 'wait-unknown';
    default:
      return isOnItsWay(purchase) ? 'wait-payment' : 'wait-work';
  }
}

function sinceState({ happenings, purchase }: RunState): number | null {
  return (
    happenings.findLast(({ what }) => what.type === 'state' && what.state === purchase.state)?.at ?? null
  );
}
