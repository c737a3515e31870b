import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLock } from './locks.ts';

const KEY = 'ab'.repeat(32);
const REFUND_KEY = 'cd'.repeat(32);
const HASH = 'ef'.repeat(32);
const TAGS = [
  ['pubkeys', `02${KEY}`],
  ['locktime', '4000000000'],
  ['refund', `02${REFUND_KEY}`],
];
const HTLC = ['HTLC', { nonce: '11', data: HASH, tags: TAGS }];
const P2PK = ['P2PK', { nonce: '11', data: `02${KEY}`, tags: [] }];
const READ_HTLC = {
  kind: 'htlc',
  paymentHash: HASH,
  pubkey: KEY,
  refundPubkey: REFUND_KEY,
  refundAfter: 4_000_000_000,
};

describe('the lock of a secret', () => {
  test.each([
    ['compact', JSON.stringify(HTLC)],
    ['spaced', JSON.stringify(HTLC, null, 2)],
    ['spaced as Python does', JSON.stringify(HTLC).replaceAll(',', ', ').replaceAll(':', ': ')],
  ])('is read where it is written %s', (_how, secret) => expect(readLock(secret)).toEqual(READ_HTLC));

  test.each<[string, string]>([
    ['its hash twice', `["HTLC",{"nonce":"11","data":"${'00'.repeat(32)}","data":"${HASH}","tags":TAGS}]`],
    [
      'its hash twice, once escaped',
      `["HTLC",{"nonce":"11","d\\u0061ta":"00","data":"${HASH}","tags":TAGS}]`,
    ],
    ['its tags twice', `["HTLC",{"nonce":"11","data":"${HASH}","tags":[],"tags":TAGS}]`],
    ['its nonce twice', `["HTLC",{"nonce":"1","nonce":"11","data":"${HASH}","tags":TAGS}]`],
    ['an escaped name', `["HTLC",{"nonce":"11","d\\u0061ta":"${HASH}","tags":TAGS}]`],
    ['an escaped kind', `["\\u0048TLC",{"nonce":"11","data":"${HASH}","tags":TAGS}]`],
  ])('is unknown where it has %s', (_what, written) => {
    const secret = written.replace('TAGS', JSON.stringify(TAGS));
    expect(JSON.parse(secret)).toEqual(HTLC);
    expect(readLock(secret)).toBe('unknown');
  });

  test('is unknown where any field of it is said twice', () => {
    const said = fc.constantFrom(...[HTLC, P2PK].map((secret) => JSON.stringify(secret)));
    const field = fc.constantFrom('nonce', 'data', 'tags');
    const value = fc.oneof(fc.string(), fc.array(fc.string())).map((told) => JSON.stringify(told));
    fc.assert(
      fc.property(said, field, value, (secret, name, told) => {
        expect(readLock(secret)).not.toBe('unknown');
        expect(readLock(secret.replace('{', `{"${name}":${told},`))).toBe('unknown');
      }),
    );
  });
});
