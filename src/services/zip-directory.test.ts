import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentFile, makeZip } from '../../test/fixtures/documents.ts';
import { checkZip } from './zip-directory.ts';

const LIMITS = { maxEntries: 20, maxUnpackedBytes: 100_000 };

function codeOf(bytes: Uint8Array): string {
  const checked = checkZip(bytes, LIMITS);
  return checked.ok ? 'ok' : checked.failure.code;
}

describe('zip archives', () => {
  it('tells the names in an archive that another program made', () => {
    const checked = checkZip(documentFile('delivery-note.docx'), LIMITS);
    expect(checked.ok && checked.value).toContain('word/document.xml');
  });

  it('takes what is within the limits', () => {
    const content = new Uint8Array(100_000);
    expect(codeOf(makeZip([{ name: 'a', content }]))).toBe('ok');
    expect(codeOf(makeZip([{ name: 'a', content, stored: true }]))).toBe('ok');
    expect(codeOf(makeZip([{ name: 'empty', content: new Uint8Array() }]))).toBe('ok');
    expect(codeOf(makeZip([]))).toBe('ok');
  });

  it('refuses bombs: honest, split over entries, lying, and with too many entries', () => {
    expect(codeOf(makeZip([{ name: 'a', content: new Uint8Array(100_001) }]))).toBe('file-too-large');
    const half = new Uint8Array(60_000);
    expect(codeOf(makeZip(['a', 'b'].map((name) => ({ name, content: half }))))).toBe('file-too-large');
    const content = new Uint8Array(50_000_000);
    expect(codeOf(makeZip([{ name: 'a', content, claimedBytes: 100 }]))).toBe('file-unreadable');
    expect(codeOf(makeZip([{ name: 'a', content: half, claimedBytes: 60_001 }]))).toBe('file-unreadable');
    const many = Array.from({ length: 21 }, (_, index) => ({
      name: String(index),
      content: new Uint8Array(),
    }));
    expect(codeOf(makeZip(many))).toBe('file-too-large');
  });

  it('refuses an archive whose directory goes on where the count stops', () => {
    const zip = Buffer.from(makeZip(['a', 'b'].map((name) => ({ name, content: new Uint8Array(9) }))));
    zip.writeUInt16LE(1, zip.length - 12);
    expect(codeOf(zip)).toBe('file-unreadable');
  });

  it('answers for any damage', () => {
    const whole = Buffer.from(documentFile('delivery-note.docx'));
    const damage = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(damage, fc.nat({ max: whole.length }), (changes, length) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of changes) damaged[at] = value;
        expect(['ok', 'file-unreadable', 'file-too-large']).toContain(codeOf(damaged));
        expect(codeOf(whole.subarray(0, length))).toBe(length === whole.length ? 'ok' : 'file-unreadable');
      }),
      { numRuns: 500 },
    );
  });
});
