import { assert, bigInt, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMsat, formatSats, MAX_MSAT, msat, parseMsat, satsToMsat, ZERO_MSAT } from './msat.ts';

describe('millisatoshis', () => {
  test('are not negative and not more than can exist', () => {
    expect(msat(MAX_MSAT)).toBe(2_100_000_000_000_000_000n);
    expect(() => msat(-1n)).toThrow(RangeError);
    expect(() => msat(MAX_MSAT + 1n)).toThrow(RangeError);
    expect(() => addMsat(MAX_MSAT, msat(1n))).toThrow(RangeError);
    expect(addMsat(msat(1n), msat(2n), ZERO_MSAT)).toBe(3n);
  });

  test('come from whole sats only', () => {
    expect(satsToMsat(21)).toBe(21_000n);
    expect(satsToMsat(21n)).toBe(21_000n);
    for (const wrong of [0.5, -1, Number.NaN, Infinity, 2 ** 53])
      expect(() => satsToMsat(wrong)).toThrow(RangeError);
  });

  test('are read from what they print as, and from nothing else', () => {
    assert(
      property(bigInt({ min: 0n, max: MAX_MSAT }), (amount) => {
        expect(parseMsat(amount.toString())).toBe(amount);
      }),
    );
    assert(
      property(string(), (text) => {
        const read = parseMsat(text);
        expect(read === null || read.toString() === text).toBe(true);
      }),
    );
    for (const text of ['', '01', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1_000', (MAX_MSAT + 1n).toString()])
      expect(parseMsat(text)).toBeNull();
  });

  test('are shown in sats', () => {
    const shown = [0n, 1n, 500n, 21_000n, 1_234_567_890n].map((amount) => formatSats(msat(amount)));
    expect(shown).toEqual(['0 sat', '0.001 sat', '0.5 sat', '21 sat', '1,234,567.89 sat']);
  });
});
