import type { ProviderRecord } from '../reputation/index.ts';
import type { LivenessReport, LivenessStep } from './contract.ts';
import type { SignsOfLife } from './signs-of-life.ts';

/** How long each rung holds after it was last seen, in seconds. */
export const HOLDS_SECONDS = {
  /** Clients hide services that were silent for longer. */
  heartbeat: 900,
  pong: 900,
  answer: 86_400,
  delivers: 7 * 86_400,
  'paid-and-delivered': 30 * 86_400,
} as const;

/** An answer to our own ping. */
export interface SeenPong {
  readonly at: number;
  readonly eventId: string;
}

/**
 * Where a provider stands on the ladder at `now` (unix seconds); `null` for one that announces nothing and shows no life.
 * A heartbeat that says `offline` is none.
 */
export function livenessOf(seen: {
  /** The newest announcement. */
  readonly announcement: { readonly id: string; readonly created_at: number } | null;
  readonly signs: SignsOfLife;
  readonly pong: SeenPong | null;
  readonly record: ProviderRecord;
  readonly now: number;
}): LivenessReport | null {
  const { announcement, signs, pong, record, now } = seen;
  const { answer, delivery, paidDelivery } = record.latest;
  const beat = signs.heartbeat;
  const isOnline = beat !== null && beat.beat.status?.toLowerCase() !== 'offline';
  const rungs: Rung[] = [];
  const add = (step: LivenessStep['step'], sighting: Omit<LivenessStep, 'step'>, holdsSeconds: number) =>
    rungs.push({ step: { step, ...sighting }, holdsSeconds });
  if (announcement !== null) add('announced', byItself(announcement.created_at, announcement.id), Infinity);
  if (isOnline) add('heartbeat', byItself(beat.beat.createdAt, beat.eventId), HOLDS_SECONDS.heartbeat);
  if (pong !== null) add('replies', byItself(pong.at, pong.eventId), HOLDS_SECONDS.pong);
  if (answer !== null) add('replies', answer, HOLDS_SECONDS.answer);
  if (delivery !== null) add('delivers', delivery, HOLDS_SECONDS.delivers);
  if (paidDelivery !== null) add('paid-and-delivered', paidDelivery, HOLDS_SECONDS['paid-and-delivered']);
  const steps = rungs
    .filter(({ step, holdsSeconds }) => now - step.at <= holdsSeconds)
    .map(({ step }) => step)
    .filter(isNewestOfItsRung);
  const top = steps.at(-1);
  if (top === undefined) return null;
  return { step: top.step, steps, lastSignAt: Math.max(...rungs.map(({ step }) => step.at)) };
}

/** A rung, and for how long it holds after it was seen. */
interface Rung {
  readonly step: LivenessStep;
  readonly holdsSeconds: number;
}

function byItself(at: number, evidenceId: string): Omit<LivenessStep, 'step'> {
  return { at, evidenceId, by: 'provider' };
}

/** Of several sightings of one rung the newest stays, of equally new ones the first. */
function isNewestOfItsRung(step: LivenessStep, place: number, steps: readonly LivenessStep[]): boolean {
  return !steps.some(
    (other, otherPlace) =>
      other.step === step.step && (other.at > step.at || (other.at === step.at && otherPlace < place)),
  );
}
