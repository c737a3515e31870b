import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/index.ts';
import { freshBooks } from './fresh-books.ts';
import type { OpenForTest } from './ledger.ts';

/** What every driver promises about what one of several processes does for all. */
export function dutiesContract(open: OpenForTest): void {
  describe('duties', () => {
    let ledger: Ledger;
    const clock = freshBooks(open, (fresh) => {
      ledger = fresh.ledger;
    });

    it('are held by one holder at a time, who keeps them by asking again', async () => {
      const { duties } = ledger;
      const asked = await Promise.all(['a', 'b', 'c'].map((holder) => duties.take('speak', holder, 10)));
      expect(asked.filter(Boolean)).toHaveLength(1);
      const holder = ['a', 'b', 'c'][asked.indexOf(true)] ?? '';
      clock.seconds += 9;
      expect(await duties.take('speak', holder, 10)).toBe(true);
      clock.seconds += 9;
      expect(await duties.take('speak', 'another', 10)).toBe(false);
      expect(await duties.take('something else', 'another', 10)).toBe(true);
    });

    it('pass on when their time is over, or their holder gives them up', async () => {
      const { duties } = ledger;
      expect(await duties.take('speak', 'a', 10)).toBe(true);
      clock.seconds += 10;
      expect(await duties.take('speak', 'b', 10)).toBe(true);
      expect(await duties.take('speak', 'a', 10)).toBe(false);
      await duties.giveUp('speak', 'a'); // not its own any more
      expect(await duties.take('speak', 'a', 10)).toBe(false);
      await duties.giveUp('speak', 'b');
      expect(await duties.take('speak', 'a', 10)).toBe(true);
    });
  });
}
