import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { committedWork, workOf } from './index.ts';

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
