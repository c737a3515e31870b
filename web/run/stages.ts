import type { RunState } from '../engine/contract.ts';

/** The steps of a run, in the order of most. */
const STAGES = ['request', 'offers', 'payment', 'queue', 'work', 'delivery'] as const;
/** Their order where the work, or a part of it, is there before it is paid for. */
const PAID_LAST = ['request', 'offers', 'queue', 'work', 'payment', 'delivery'] as const;

/** One of the steps of a run. */
export type StageName = (typeof STAGES)[number];

/** One step of a run; times are unix seconds. */
export interface Stage {
  readonly name: StageName;
  readonly state: 'done' | 'now' | 'ahead' | 'skipped' | 'failed';
  readonly startedAt: number | null;
  /** `null` while it lasts. */
  readonly endedAt: number | null;
}

/** States in which nothing more is awaited. */
const ENDED: ReadonlySet<RunState['purchase']['state']> = new Set([
  'received',
  'reviewed',
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
  'undelivered',
  'refunded',
]);

/** Whether a purchase in this state is over, well or not. */
export function hasEnded(state: RunState['purchase']['state']): boolean {
  return ENDED.has(state);
}

/** How far the run is, step by step, from what happened to it. */
export function stagesOf(run: RunState): Stage[] {
  const { purchase } = run;
  const ended = hasEnded(run.purchase.state);
  const order = isPaidLast(run) ? PAID_LAST : STAGES;
  const marks = inOrder(order, marksOf(run));
  const end = ended ? (marks.delivery ?? purchase.updatedAt) : null;
  const stages: Stage[] = [];
  order.forEach((name, index) => {
    const startedAt = marks[name];
    const next = order.slice(index + 1).flatMap((later) => marks[later] ?? [])[0] ?? null;
    if (startedAt === null) {
      const passed = next !== null || (ended && marks.delivery !== null);
      stages.push({ name, state: passed ? 'skipped' : 'ahead', startedAt: null, endedAt: null });
      return;
    }
    const last = next === null;
    const failed = last && ended && name !== 'delivery';
    const state = failed ? 'failed' : last && !ended ? 'now' : 'done';
    stages.push({ name, state, startedAt, endedAt: next ?? end });
  });
  return stages;
}

/** Another offer is waited for: what was paid before came to nothing. */
function isAskedAnew({ what }: RunState['happenings'][number]): boolean {
  return what.type === 'state' && what.state === 'requested';
}

/** Offers that are taken before there is an invoice: it comes with the work, or with a part of it. */
const EXCHANGES_PAID_LAST: ReadonlySet<string> = new Set(['postpay', 'sample', 'reveal']);

function isPaidLast({ purchase: { offer } }: RunState): boolean {
  return offer !== null && EXCHANGES_PAID_LAST.has(offer.exchange);
}

/** When each step began; `null` for those that did not, or not yet. */
function marksOf(run: RunState): Record<StageName, number | null> {
  const { purchase, happenings, result } = run;
  const sinceAsked = happenings.slice(happenings.findLastIndex(isAskedAnew) + 1);
  const stateAt = (...states: readonly string[]) =>
    sinceAsked.find(({ what }) => what.type === 'state' && states.includes(what.state))?.at ?? null;
  const provider = purchase.offer?.providerPubkey ?? null;
  const paidAt = stateAt('locked', 'paid');
  const costs = purchase.offer !== null && purchase.offer.amountMsat > 0n;
  const begunAt = costs && !isPaidLast(run) ? paidAt : stateAt('offered');
  const resultAt =
    happenings.find(({ what }) => what.type === 'result')?.at ??
    (result === null ? null : purchase.updatedAt);
  const workAt = happenings.find(
    ({ at, what }) =>
      (what.type === 'progress' || what.type === 'partial') &&
      (provider === null || what.providerPubkey === provider) &&
      at >= (begunAt ?? 0),
  )?.at;
  return {
    request: purchase.openedAt,
    offers: happenings.find(({ what }) => what.type === 'sent')?.at ?? stateAt('offered'),
    payment: costs ? (stateAt('approved', 'paying') ?? paidAt) : null,
    queue: begunAt,
    work: workAt ?? null,
    delivery: resultAt,
  };
}

/** No step begins before the one before it: clocks and relays are not in order by themselves. */
function inOrder(
  order: readonly StageName[],
  marks: Record<StageName, number | null>,
): Record<StageName, number | null> {
  let latest = 0;
  const ordered = { ...marks };
  for (const name of order) {
    const at = marks[name];
    if (at === null) continue;
    latest = Math.max(latest, at);
    ordered[name] = latest;
  }
  return ordered;
}
