import { afterEach, beforeEach } from 'vitest';
import type { OpenForTest, OpenLedger, TestClock } from './ledger.ts';

/** Hands empty books to each test around it, on a clock that stands still unless the test moves it. */
export function freshBooks(open: OpenForTest, use: (fresh: OpenLedger) => void): TestClock {
  const clock: TestClock = { seconds: 0 };
  let fresh: OpenLedger;
  beforeEach(async () => {
    clock.seconds = 1_700_000_000;
    fresh = await open({ now: () => clock.seconds });
    use(fresh);
  });
  afterEach(() => fresh.remove());
  return clock;
}
