import type { NostrEvent } from '../protocol/index.ts';
import type { SubscribeOptions } from './contract.ts';
import type { RecentMap } from './recent-map.ts';
import type { RelayRequest } from './request-table.ts';
import { ResumePoint } from './resume-point.ts';

/** One subscription as all its relays share it. */
export interface Subscription {
  readonly options: SubscribeOptions;
  readonly matches: (event: NostrEvent) => boolean;
  /** Ids that were handed on, with the date of each event. */
  readonly seen: RecentMap<number>;
}

/** What the owner of a subscription at one relay wants to hear: every answer or failure, and the final refusal. */
export interface LiveRequestEvents {
  readonly onAnswered: () => void;
  readonly onRefused: () => void;
}

/** One subscription at one relay, across reconnects. */
export function liveRequest(
  subscription: Subscription,
  relay: string,
  now: () => number,
  { onAnswered, onRefused }: LiveRequestEvents,
): RelayRequest {
  const { options, matches, seen } = subscription;
  const resume = new ResumePoint(options.filters, now);
  return {
    filters: () => resume.askAgain(),
    wants: (event) => {
      const seenDate = seen.get(event.id);
      // The date of the verified copy: this one may be forged.
      if (seenDate !== undefined) resume.saw(seenDate);
      return seenDate === undefined && matches(event);
    },
    deliver: (event) => {
      resume.saw(event.created_at);
      if (seen.get(event.id) !== undefined) return;
      seen.set(event.id, event.created_at);
      options.onEvent(event, relay);
    },
    onEose: () => {
      resume.caughtUp();
      onAnswered();
      options.onEose?.(relay);
    },
    onClosed: (message, final) => {
      onAnswered();
      if (!final) return;
      onRefused();
      options.onClosed?.(relay, message);
    },
    onUnreachable: onAnswered,
  };
}
