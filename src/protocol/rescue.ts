import { isHex32 } from './event.ts';
import { firstTag, type Tags } from './tag-reading.ts';

/**
 * How the provider that was asked first came to nothing: it said `error`, nobody said anything (`silence`), or the work
 * was begun and is overdue (`late`).
 */
export const RESCUE_REASONS = ['error', 'silence', 'late'] as const;

/** One of the reasons for a rescue. */
export type RescueReason = (typeof RESCUE_REASONS)[number];

/** For whom, and why, somebody steps in who was not asked, or not asked first. */
export interface Rescue {
  /** `null` where nobody in particular was to do the job. */
  readonly failedPubkey: string | null;
  readonly reason: RescueReason;
}

const WELCOME = 'welcome';

/** Our `rescue` tag of an offer. Whom it names, and why, is its author's claim. */
export function rescueTag({ failedPubkey, reason }: Rescue): string[] {
  return ['rescue', failedPubkey ?? '', reason];
}

/** Reads the `rescue` tag of an offer; `null` when there is none, or none with a known reason. */
export function readRescue(tags: Tags): Rescue | null {
  const tag = tags.find(([name]) => name === 'rescue');
  const reason = RESCUE_REASONS.find((known) => known === tag?.[2]);
  if (reason === undefined) return null;
  return { failedPubkey: isHex32(tag?.[1]) ? tag[1] : null, reason };
}

/** The `rescue` tag of a request that names providers, and takes offers of others should these fail. */
export const RESCUE_WELCOME_TAG: readonly string[] = ['rescue', WELCOME];

/** Whether the tags of a request say that others than those named may step in. */
export function readRescueWelcome(tags: Tags): boolean {
  return firstTag(tags, 'rescue')?.[1] === WELCOME;
}
