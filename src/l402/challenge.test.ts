import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readChallenges } from './challenge.ts';

const TOKEN = 'AGIAJEemVQUTEyNCR0exk7ek90Cg==';
const INVOICE = 'lnbcrt210n1pw5kjhmpp';
const L402 = { scheme: 'L402', token: TOKEN, bolt11: INVOICE };
const LSAT = { ...L402, scheme: 'LSAT' };

describe('a challenge', () => {
  test.each([
    ['as bLIP-26 writes it', `L402 macaroon="${TOKEN}", invoice="${INVOICE}"`, [L402]],
    ['in any case', `l402 Macaroon="${TOKEN}",INVOICE="${INVOICE}"`, [L402]],
    ['under its old name', `LSAT macaroon="${TOKEN}", invoice="${INVOICE}"`, [LSAT]],
    ['with a token and a version', `L402 version="0" token="${TOKEN}", invoice="${INVOICE}"`, [L402]],
    ['without quotes', `L402 macaroon=${TOKEN}, invoice=${INVOICE}`, [L402]],
    ['in single quotes', `L402 macaroon='${TOKEN}' invoice='${INVOICE}'`, [L402]],
    ['with spaces around', `  L402   macaroon = "${TOKEN}" ,, invoice= "${INVOICE}" `, [L402]],
    ['the other way round', `L402 invoice="${INVOICE}", macaroon="${TOKEN}"`, [L402]],
    ['with escapes', `L402 macaroon="${TOKEN}", invoice="l\\nbcrt210n1pw5kjhmpp"`, [L402]],
    [
      'behind the old one',
      `LSAT macaroon="${TOKEN}", invoice="${INVOICE}", L402 macaroon="${TOKEN}", invoice="${INVOICE}"`,
      [L402, LSAT],
    ],
    [
      'among other schemes',
      `Basic realm="a, L402 macaroon=b", Negotiate YWJj==, L402 macaroon="${TOKEN}", invoice="${INVOICE}", Bearer`,
      [L402],
    ],
    ['of another scheme', `Payment macaroon="${TOKEN}", invoice="${INVOICE}"`, []],
    ['without an invoice', `L402 macaroon="${TOKEN}"`, []],
    ['without a token', `L402 invoice="${INVOICE}"`, []],
    ['with two invoices', `L402 macaroon="${TOKEN}", invoice="${INVOICE}", invoice="lnbcrt1"`, []],
    ['that would break the next header', `L402 macaroon="a\\\r\nb", invoice="${INVOICE}"`, []],
    ['too long', `L402 macaroon="${TOKEN}", invoice="${INVOICE}"${' '.repeat(40_000)}`, []],
    ['of nothing', '', []],
  ])('%s', (_how, header, challenges) => {
    expect(readChallenges(header)).toEqual(challenges);
  });

  test('of any text at all has a token that may stand in a header', () => {
    const pieces = fc.constantFrom(
      'L402',
      'lsat',
      ' ',
      ',',
      '=',
      '"',
      "'",
      '\\',
      'macaroon',
      'invoice',
      'token',
      'a',
    );
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(header, (text) => {
        for (const { token, bolt11 } of readChallenges(text)) {
          expect(() => new Headers({ authorization: `L402 ${token}:00` })).not.toThrow();
          expect(bolt11).not.toBe('');
        }
      }),
    );
  });
});
