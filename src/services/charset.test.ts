import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from './charset.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('text of unknown encoding', () => {
  it.each([
    ['UTF-8', new TextEncoder().encode('Grüße ₿'), null, 'Grüße ₿'],
    ['UTF-8 with a mark', bytes(0xef, 0xbb, 0xbf, 0x61), null, 'a'],
    ['UTF-16LE with a mark', bytes(0xff, 0xfe, 0x61, 0, 0xac, 0x20), null, 'a€'],
    ['UTF-16BE with a mark', bytes(0xfe, 0xff, 0, 0x61, 0x20, 0xac), null, 'a€'],
    ['latin1', latin1('caf\xe9 na\xefve'), null, 'café naïve'],
    ['a declared charset', bytes(0xa4), 'text/plain; charset=ISO-8859-15', '€'],
    ['a quoted charset', bytes(0x82, 0xa0), 'text/plain; charset="shift_jis"', 'あ'],
    ['a meta element', latin1('<meta charset="koi8-r">\xc1'), 'text/html', '<meta charset="koi8-r">а'],
    ['a wrong declaration', latin1('caf\xe9'), 'text/plain; charset=utf-8', 'café'],
    ['an unknown declaration', new TextEncoder().encode('é'), 'text/plain; charset=klingon', 'é'],
    ['a mark against a declaration', bytes(0xff, 0xfe, 0x61, 0), 'text/plain; charset=utf-8', 'a'],
    ['nothing', bytes(), null, ''],
  ])('reads %s', (_name, encoded, mediaType, text) => {
    expect(decodeText(encoded, mediaType)).toBe(text);
  });

  it.each([
    ['a NUL', bytes(0x61, 0, 0x61)],
    ['control characters', Uint8Array.from({ length: 256 }, (_, index) => index || 1)],
  ])('refuses %s', (_name, encoded) => expect(decodeText(encoded, null)).toBeNull());

  it('gives back whatever was encoded as UTF-8 and is text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '₿', '😀', '\n', ' ', 'ア') });
    fc.assert(
      fc.property(text, (sent) => {
        expect(decodeText(new TextEncoder().encode(sent), null)).toBe(sent);
      }),
    );
  });
});
