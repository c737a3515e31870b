import type { JobPicture, ProviderPart, Rescue, RescueReason } from '../../protocol/index.ts';

/** When a job counts as abandoned by those who were to do it. Durations in seconds. */
export interface RescueSigns {
  /** Which failures count. */
  readonly reasons: readonly RescueReason[];
  /** How long after the request silence counts; and how long others than the one that failed have for an answer. */
  readonly silenceSeconds: number;
  /** How long after the stated time work counts as late. */
  readonly lateSeconds: number;
  /** How long such a job takes at worst, where its provider does not say. */
  readonly worstSeconds: number;
}

/**
 * Where a job stands for somebody who might step in. `over`: nobody needs to, now or later. `waiting`: not yet, and
 * until that time (unix seconds) only news can change it; `null` when only news can at all.
 */
export type Abandonment =
  | { readonly is: 'over' }
  | { readonly is: 'waiting'; readonly until: number | null }
  | { readonly is: 'abandoned'; readonly by: Rescue };

const OVER: Abandonment = { is: 'over' };

/** What providers say whose customer broke the job off: nobody needs it any more. */
const BROKEN_OFF = 'cancelled';

/**
 * Says whether those who were to do a job have abandoned it, by what the job fold makes of its signed events; `at` is
 * unix seconds, and that of the picture. What providers say who were not asked is no sign of anything, save that a
 * result or a success by anybody ends the watch. Who has an offer can take it: such a job is not abandoned.
 */
export function abandonment(picture: JobPicture, signs: RescueSigns, at: number): Abandonment {
  const { request, providers } = picture;
  if (request === null || picture.final || request.encrypted) return OVER;
  if (providers.some(({ state }) => state === 'result-missing')) return OVER;
  const asked = providers.filter(({ addressed, state }) => addressed && state !== 'silent-status');
  const failed = asked.filter(({ state }) => state === 'failed');
  if (failed.some(({ error }) => error?.error?.code === BROKEN_OFF)) return OVER;
  if (asked.some(({ state }) => state === 'offered')) return { is: 'waiting', until: null };

  const working = asked.filter(({ state }) => state === 'working');
  if (working.length > 0) return lateness(working, signs, at);
  const silentUntil = request.createdAt + signs.silenceSeconds;
  if (failed.length > 0) {
    const { targets } = request;
    const nobodyIsLeft = targets.length > 0 && failed.length === targets.length;
    return since(nobodyIsLeft ? at : silentUntil, at, signs, 'error', lastFailed(failed));
  }
  const [onlyTarget = null] = request.targets.length === 1 ? request.targets : [];
  return since(silentUntil, at, signs, 'silence', onlyTarget);
}

/** All who work on it are overdue; of them the one that is so for longest is the one that failed. */
function lateness(working: readonly ProviderPart[], signs: RescueSigns, at: number): Abandonment {
  const overdue = working
    .map(({ pubkey, workingSince, statedSeconds }) => ({
      pubkey,
      lateAt: (workingSince ?? at) + (statedSeconds ?? signs.worstSeconds) + signs.lateSeconds,
    }))
    .toSorted((one, other) => one.lateAt - other.lateAt);
  return since(overdue.at(-1)?.lateAt ?? at, at, signs, 'late', overdue[0]?.pubkey ?? null);
}

function lastFailed(failed: readonly ProviderPart[]): string | null {
  const [last] = failed.toSorted((one, other) => (other.error?.createdAt ?? 0) - (one.error?.createdAt ?? 0));
  return last?.pubkey ?? null;
}

/** Abandoned from that time on, where this failure counts. */
function since(
  from: number,
  at: number,
  { reasons }: RescueSigns,
  reason: RescueReason,
  failedPubkey: string | null,
): Abandonment {
  if (!reasons.includes(reason)) return { is: 'waiting', until: null };
  return at >= from ? { is: 'abandoned', by: { failedPubkey, reason } } : { is: 'waiting', until: from };
}
