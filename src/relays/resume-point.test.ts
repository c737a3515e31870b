import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { compileFilters } from './filter-match.ts';
import { ResumePoint } from './resume-point.ts';

const START = 1_700_000_000;

/** What happens to a relay and a subscription: an event is published (dated so many seconds off), or the line breaks. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('publish' as const),
      offBy: fc.oneof(fc.integer({ min: -300, max: 0 }), fc.integer({ min: 0, max: 100_000 })),
    }),
    fc.record({ type: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 5_000 }) }),
    fc.record({ type: fc.constant('break' as const) }),
    /** Reconnects, and sends so many of the stored events before it breaks again, or all and EOSE. */
    fc.record({ type: fc.constant('connect' as const), sends: fc.option(fc.integer({ min: 0, max: 5 })) }),
  ),
  { maxLength: 60 },
);

test.each([
  { kinds: [1] },
  { kinds: [1], limit: 2 },
  { kinds: [1], limit: 0 },
  { kinds: [1], since: START - 50 },
])('with %j every event published after the first EOSE arrives, however often the line breaks', (filter) => {
  fc.assert(
    fc.property(steps, (script) => {
      let now = START;
      const stored: NostrEvent[] = [];
      const got = new Set<NostrEvent>();
      const owed = new Set<NostrEvent>();
      const resume = new ResumePoint([filter], () => now);
      let live = false;
      let subscribed = false;
      const receive = (event: NostrEvent) => {
        got.add(event);
        resume.saw(event.created_at);
      };
      const connect = (sends: number | null) => {
        const { filters } = resume.askAgain();
        const answers = stored
          .filter(compileFilters(filters))
          .toSorted((left, right) => right.created_at - left.created_at)
          .slice(0, filters[0]?.limit);
        for (const event of answers.slice(0, sends ?? answers.length)) receive(event);
        live = sends === null;
        if (!live) return;
        resume.caughtUp();
        subscribed = true;
      };
      for (const step of script) {
        if (step.type === 'wait') now += step.seconds;
        else if (step.type === 'break') live = false;
        else if (step.type === 'connect') connect(step.sends);
        else {
          const event = noteOf(stored.length, now + step.offBy);
          stored.push(event);
          if (subscribed && compileFilters([filter])(event)) owed.add(event);
          if (live && compileFilters([filter])(event)) receive(event);
        }
      }
      connect(null);
      expect([...owed].filter((event) => !got.has(event))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

function noteOf(index: number, created_at: number): NostrEvent {
  const id = index.toString(16).padStart(64, '0');
  return { id, pubkey: id, sig: id + id, kind: 1, created_at, tags: [], content: '' };
}
