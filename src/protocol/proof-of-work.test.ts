import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addWork,
  committedWork,
  eventId,
  retryCondition,
  workAskedFor,
  workCondition,
  workOf,
} from './index.ts';

test('work is the number of leading zero bits of the id', () => {
  // The example of NIP-13.
  expect(workOf('000000000e9d97a1ab09fc381030b346cdd7a142ad57e6df0b46dc9bef6c7e2d')).toBe(36);
  expect(workOf('0'.repeat(64))).toBe(256);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      expect(workOf(hex)).toBe(bits.indexOf('1') === -1 ? 256 : bits.indexOf('1'));
    }),
  );
});

test('the nonce says for which difficulty it was sought', () => {
  expect(committedWork({ tags: [['nonce', '776797', '20']] })).toBe(20);
  expect(committedWork({ tags: [['nonce', '776797']] })).toBeNull();
  expect(committedWork({ tags: [['nonce', '776797', 'twenty']] })).toBeNull();
  expect(committedWork({ tags: [] })).toBeNull();
});

describe('work that is added to an event', () => {
  // The mined note of NIP-13.
  const note = {
    kind: 1,
    created_at: 1651794653,
    tags: [],
    content: "It's just me mining my own business",
  };
  const author = 'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243';

  test('is found where others have found it, and commits to what was sought', () => {
    const worked = addWork(note, author, { bits: 20, firstNonce: 776_797, tries: 1 });
    expect(worked?.tags).toEqual([['nonce', '776797', '20']]);
    expect(eventId({ ...note, ...worked, pubkey: author })).toBe(
      '000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358',
    );
    expect(addWork(note, author, { bits: 20, firstNonce: 776_790, tries: 7 })).toBeNull();
  });

  test('leaves the event as it was but for its nonce, and comes out the same in pieces', () => {
    const tag = fc.tuple(fc.constantFrom('p', 't', 'nonce'), fc.string());
    fc.assert(
      fc.property(fc.string(), fc.array(tag, { maxLength: 4 }), fc.nat(6), (content, tags, bits) => {
        const template = { kind: 5050, created_at: 1, content, tags };
        const search = { bits, firstNonce: 0 };
        const worked = addWork(template, author, { ...search, tries: 10_000 });
        if (worked === null) throw new Error('10,000 tries found no six bits.');
        expect(workOf(eventId({ ...worked, pubkey: author }))).toBeGreaterThanOrEqual(bits);
        expect(committedWork(worked)).toBe(bits);
        const others = tags.filter(([name]) => name !== 'nonce');
        expect(worked).toEqual({ ...template, tags: [...others, worked.tags.at(-1)] });
        const found = Number(worked.tags.at(-1)?.[1]);
        expect(addWork(template, author, { ...search, tries: found })).toBeNull();
        expect(addWork(template, author, { ...search, firstNonce: found, tries: 1 })).toEqual(worked);
      }),
    );
  });
});

test('a condition says how much work is asked for, and nonsense asks for none', () => {
  expect(workAskedFor([{ code: 'trust', detail: '9' }, workCondition(20)])).toBe(20);
  for (const detail of ['', '-1', '1e2', '257', '9999', 'many'])
    expect(workAskedFor([{ code: 'pow', detail }])).toBeNull();
  expect(retryCondition(1_800_000_000)).toEqual({ code: 'retry-after', detail: '1800000000' });
});
