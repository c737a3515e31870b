import { schnorr } from '@noble/curves/secp256k1.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { assert, array, property, string } from 'fast-check';
import { finalizeEvent, verifyEvent as nostrToolsVerify } from 'nostr-tools/pure';
import { describe, expect, test } from 'vitest';
import { eventId, parseEvent, verifyEvent, type EventTemplate, type NostrEvent } from './event.ts';

const SECRET_KEY = hexToBytes('01'.repeat(32));

function sign(template: EventTemplate): NostrEvent {
  const pubkey = bytesToHex(schnorr.getPublicKey(SECRET_KEY));
  const id = eventId({ ...template, pubkey });
  return { ...template, id, pubkey, sig: bytesToHex(schnorr.sign(hexToBytes(id), SECRET_KEY)) };
}

const note = sign({ kind: 1, created_at: 1_700_000_000, tags: [['t', 'coinop']], content: 'hello' });

describe('verifying', () => {
  test('an event signed by another library', () => {
    const template = {
      kind: 5050,
      created_at: 1_700_000_000,
      tags: [['i', 'hi', 'text']],
      content: 'a\n"b"\\\u0000é🤖',
    };
    expect(verifyEvent(finalizeEvent(template, SECRET_KEY))).toBe(true);
  });

  test('never by a mark cached on the object', () => {
    const verified = finalizeEvent({ kind: 1, created_at: 1, tags: [], content: 'true' }, SECRET_KEY);
    expect(nostrToolsVerify(verified)).toBe(true);
    const forged = { ...verified, content: 'forged' };
    expect(nostrToolsVerify(forged)).toBe(true); // the trap: the mark was copied along
    expect(verifyEvent(forged)).toBe(false);
    const parsed = parseEvent(forged);
    expect(parsed.ok && Object.getOwnPropertySymbols(parsed.value)).toEqual([]); // the mark did not pass
  });

  test.each([
    ['content', { content: 'other' }],
    ['tags', { tags: [['t', 'other']] }],
    ['kind', { kind: 2 }],
    ['created_at', { created_at: 1 }],
    ['pubkey', { pubkey: 'a'.repeat(64) }],
    ['id', { id: 'a'.repeat(64) }],
    ['sig', { sig: 'a'.repeat(128) }],
    ['a signature that is not hex', { sig: 'zz' }],
  ])('fails when the %s is changed', (_, change) => {
    expect(verifyEvent(note)).toBe(true);
    expect(verifyEvent({ ...note, ...change })).toBe(false);
  });

  test('fails when the changed event has its right id but the old signature', () => {
    const changed = { ...note, content: 'other' };
    expect(verifyEvent({ ...changed, id: eventId(changed) })).toBe(false);
  });

  test('fails for a key that is no point of the curve', () => {
    const offCurve = { ...note, pubkey: '00'.repeat(32) };
    expect(verifyEvent({ ...offCurve, id: eventId(offCurve) })).toBe(false);
  });
});

describe('the id', () => {
  test('is that of NIP-01: SHA-256 of the UTF-8 of the canonical JSON', async () => {
    const fields = array(array(string({ unit: 'grapheme' })), { maxLength: 3 });
    const samples: EventTemplate[] = [];
    assert(
      property(fields, string({ unit: 'grapheme' }), (tags, content) => {
        samples.push({ kind: 1, created_at: 1, tags, content });
        const { id } = finalizeEvent({ kind: 1, created_at: 1, tags, content }, SECRET_KEY);
        expect(eventId({ kind: 1, created_at: 1, tags, content, pubkey: note.pubkey })).toBe(id);
      }),
      { numRuns: 30 },
    );
    const canonical = `[0,"${note.pubkey}",1700000000,1,[["t","coinop"]],"hello"]`;
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical));
    expect(note.id).toBe(bytesToHex(new Uint8Array(digest)));
  });
});

describe('reading untrusted events', () => {
  test('keeps the seven fields only', () => {
    const read = parseEvent({ ...note, verified: true, [Symbol('verified')]: true });
    expect(read).toEqual({ ok: true, value: note });
    expect(read.ok && Reflect.ownKeys(read.value)).toHaveLength(7);
  });

  test('takes the kinds of the first draft, above the range of NIP-01', () => {
    expect(parseEvent({ ...note, kind: 68_001 })).toMatchObject({ ok: true });
  });

  test.each([
    ['event', null],
    ['event', [note]],
    ['event', 'text'],
    ['id', { ...note, id: note.id.toUpperCase() }],
    ['pubkey', { ...note, pubkey: 'ab' }],
    ['sig', { ...note, sig: 5 }],
    ['created_at', { ...note, created_at: -1 }],
    ['created_at', { ...note, created_at: 1.5 }],
    ['kind', { ...note, kind: 2 ** 32 }],
    ['kind', { ...note, kind: '1' }],
    ['content', { ...note, content: null }],
    ['tags', { ...note, tags: {} }],
    ['tags', { ...note, tags: [['a', 1]] }],
    ['tags', { ...note, tags: ['a'] }],
  ])('refuses a bad %s: %j', (field, input) => {
    expect(parseEvent(input)).toMatchObject({ failure: { code: 'malformed-event', data: { field } } });
  });

  test('a lone surrogate has no UTF-8 form: refused, and never verified even if signed', () => {
    for (const change of [{ content: 'half \ud83e' }, { tags: [['t', '\udd16']] }]) {
      const signed = sign({ ...note, ...change });
      expect(parseEvent(signed)).toMatchObject({ failure: { code: 'malformed-event' } });
      expect(verifyEvent(signed)).toBe(false);
    }
    expect(verifyEvent(sign({ ...note, content: 'whole \ud83e\udd16' }))).toBe(true);
  });
});
