import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sale } from '../../src/ledger/index.ts';
import { keepTroubles } from '../../web/engine/worker/working/troubles.ts';

/** As much of a sale as troubles look at. */
const saleIn = (requestId: string, work: string, money: string) => ({ requestId, work, money }) as Sale;
const told = (code: string, words?: unknown) => ({ code, message: `It is ${code}.`, data: { words } });
const codesOf = (troubles: ReturnType<typeof keepTroubles>, requestId: string) =>
  troubles.of(requestId).map(({ code }) => code);

test('what stood in the way of a job is forgotten once it moves, and a complaint is not', () => {
  const troubles = keepTroubles();
  const working = saleIn('job', 'working', 'settled');
  troubles.note(told('blob-unreachable'), working);
  troubles.note(told('complaint', 'Where is it?'), working);
  troubles.note(told('blob-unreachable'), working);
  troubles.moved(working); // as a lease that is renewed does
  expect(codesOf(troubles, 'job')).toEqual(['blob-unreachable', 'complaint']);
  expect(troubles.of('job').map(({ words }) => words)).toEqual([null, 'Where is it?']);

  troubles.moved(saleIn('another', 'ready', 'settled'));
  expect(codesOf(troubles, 'job')).toHaveLength(2);
  troubles.moved(saleIn('job', 'ready', 'settled'));
  expect([codesOf(troubles, 'job'), troubles.worstOf('job')]).toEqual([['complaint'], 'complaint']);
  troubles.note(told('relay-refused'), saleIn('another', 'ready', 'settled'));
  expect([troubles.worstOf('another'), troubles.worstOf('third')]).toEqual(['trouble', null]);
  expect(troubles.complained()).toEqual(['job']);
});

test('whatever strangers make happen, little of it is kept, and the latest of each code', () => {
  const event = fc.record({
    id: fc.integer({ min: 0, max: 700 }),
    code: fc.constantFrom('complaint', 'a', 'b', 'c', 'd', 'e', 'f', 'g'),
    words: fc.oneof(fc.string({ maxLength: 2_000 }), fc.integer(), fc.constant(null)),
    work: fc.constantFrom('working', 'ready'),
    isMove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 1_500, size: 'max' }), (events) => {
      const troubles = keepTroubles();
      const seen = new Set<string>();
      for (const { id, code, words, work, isMove } of events) {
        const sale = saleIn(`${id}`, work, 'settled');
        seen.add(sale.requestId);
        if (isMove) troubles.moved(sale);
        else {
          troubles.note(told(code, words), sale);
          expect(troubles.of(sale.requestId)[0]?.code).toBe(code);
        }
      }
      const kept = [...seen].map((requestId) => troubles.of(requestId)).filter(({ length }) => length > 0);
      expect(kept.length).toBeLessThanOrEqual(500);
      for (const each of kept) {
        expect(each.length).toBeLessThanOrEqual(5);
        expect(new Set(each.map(({ code }) => code)).size).toBe(each.length);
        for (const { code, words } of each) {
          expect(words === null || (code === 'complaint' && words.length <= 500)).toBe(true);
        }
      }
    }),
    { numRuns: 40 },
  );
});
