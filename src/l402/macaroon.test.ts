import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMintedWith, mintMacaroon, readMacaroon, writeMacaroon } from './macaroon.ts';

const told = fc.record({
  location: fc.string({ unit: 'grapheme' }),
  identifier: fc.uint8Array({ maxLength: 300 }),
  caveats: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 64 }),
});
const rootKey = fc.uint8Array({ minLength: 1, maxLength: 64 });

test('what is minted is read as it was, and is genuine', () => {
  fc.assert(
    fc.property(told, rootKey, (parts, key) => {
      const minted = mintMacaroon(key, parts);
      const read = readMacaroon(writeMacaroon(minted));
      expect(read).toEqual(minted);
      expect(read && isMintedWith(key, read)).toBe(true);
    }),
  );
});

test('a macaroon with any bit changed is not genuine, save for its location', () => {
  fc.assert(
    fc.property(told, rootKey, fc.nat(), fc.nat({ max: 7 }), (parts, key, place, bit) => {
      const minted = mintMacaroon(key, parts);
      const bytes = writeMacaroon(minted);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const read = readMacaroon(bytes);
      if (read !== null && isMintedWith(key, read))
        expect({ ...read, location: '' }).toEqual({ ...minted, location: '' });
    }),
  );
});

test('no bytes make the reader fail, and too many caveats are not read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      bytes[0] = 2;
      expect(() => readMacaroon(bytes)).not.toThrow();
    }),
  );
  const many = { location: '', identifier: new Uint8Array(1), caveats: Array<string>(65).fill('a=b') };
  expect(readMacaroon(writeMacaroon(mintMacaroon(new Uint8Array(1), many)))).toBeNull();
});
