import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { msat } from '../../protocol/index.ts';
import { createLog, LOG_LEVELS, type LogFields, type LogFormat } from './log.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((each) => Buffer.from(each).toString('hex'));
const bech32 = fc
  .array(fc.nat({ max: 31 }), { minLength: 58, maxLength: 58 })
  .map((letters) => letters.map((letter) => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'[letter]).join(''));
const base64url = fc
  .uint8Array({ minLength: 32, maxLength: 48 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

/** Secrets that the log was never told of: it must know them by their looks. */
const unknownSecret = fc.oneof(
  bech32.map((data) => ({ secret: `nsec1${data}`, said: `nsec1${data}` })),
  bech32.map((data) => ({ secret: data, said: `ncryptsec1${data}` })),
  hex(32).map((secret) => ({ secret, said: secret })),
  fc.tuple(hex(32), hex(32)).map(([pubkey, secret]) => ({
    secret,
    said: `nostr+walletconnect://${pubkey}?relay=wss%3A%2F%2Frelay.example&secret=${secret}`,
  })),
  base64url.map((data) => ({ secret: data, said: `cashuB${data}` })),
  base64url.map((data) => ({ secret: data, said: `Authorization: Bearer ${data}` })),
  base64url.map((data) => ({ secret: data, said: `sk-${data}` })),
  hex(16).map((secret) => ({ secret, said: `{"api_key": "${secret}"}` })),
  hex(16).map((secret) => ({ secret, said: `X-Api-Key: ${secret}` })),
  hex(8).map((secret) => ({ secret, said: `postgres://coinop:${secret}@db.example:5432/coinop` })),
  hex(100).map((secret) => ({ secret, said: `macaroon ${secret}` })),
);
const words = fc.constantFrom(
  '',
  'wallet said ',
  'Error: connect to ',
  'at Object.<anonymous> (',
  '\u001b[31m',
  '\n',
);

function logTo(lines: string[], secrets: readonly string[], format: LogFormat = 'json') {
  return createLog({
    level: 'debug',
    format,
    write: (line) => lines.push(line),
    secrets,
    now: () => 1_700_000_000,
  });
}

describe('nothing secret is ever written', () => {
  test('that looks like a secret, wherever in a line it is said', () => {
    fc.assert(
      fc.property(
        unknownSecret,
        words,
        words,
        fc.constantFrom(...LOG_LEVELS),
        (made, before, after, level) => {
          const said = `${before}${made.said} ${after}`;
          const lines: string[] = [];
          for (const format of ['json', 'pretty'] as const) {
            const log = logTo(lines, [], format);
            log[level](said);
            log[level]('a job', { code: said, service: said, work: said, by: said, exchange: said });
            // An id field that is no id is masked like any word.
            log[level]('a job', { job: `${made.said}!`, customer: `x${made.said}` });
          }
          expect(lines.join('')).not.toContain(made.secret);
          expect(lines).toHaveLength(6);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('that it was told of, as it is and as addresses and JSON write it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 40 }).filter((text) => text.trim().length >= 6),
        words,
        (secret, before) => {
          const lines: string[] = [];
          const log = logTo(lines, [secret]);
          const bare = secret.trim();
          log.error(`${before}${bare}|${encodeURIComponent(bare)}|${JSON.stringify(bare)}`);
          log.error('x', { code: bare });
          const said = lines.map((line) => JSON.parse(line) as { message: string; code?: string });
          const text = said
            .map(({ message, code }) => `${message}${code ?? ''}`)
            .join('')
            .replaceAll('[secret]', '\0');
          for (const spelling of [bare, encodeURIComponent(bare)]) expect(text).not.toContain(spelling);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('not even halved by the end of what is kept of a long message', () => {
    fc.assert(
      fc.property(hex(32), fc.integer({ min: 1900, max: 2010 }), (secret, length) => {
        const lines: string[] = [];
        logTo(lines, []).warn(`${'word '.repeat(500).slice(0, length)} ${secret}`);
        expect(lines.join('')).not.toContain(secret.slice(0, 12));
      }),
    );
  });
});

test('ids stay in their fields, so that every line of a job can be found', () => {
  const lines: string[] = [];
  const [job, customer] = ['ab'.repeat(32), 'cd'.repeat(32)];
  const fields: LogFields = {
    job,
    customer,
    service: 'echo',
    kind: 5050,
    amountMsat: msat(21_000n),
    durationMs: 12,
  };
  logTo(lines, []).info('job delivered, money settled', fields);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    at: '2023-11-14T22:13:20.000Z',
    message: 'job delivered, money settled',
    job,
    customer,
    service: 'echo',
    kind: 5050,
    amountMsat: '21000',
    durationMs: 12,
  });
});

test('public names are not taken for secrets', () => {
  const lines: string[] = [];
  const said = `npub1${'q9'.repeat(29)} at wss://relay.example/some/long/path/of/words 2026-11-21T19:07:35 exit code 137`;
  logTo(lines, []).info(said);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: said });
});

test('says no more than its level', () => {
  for (const [index, level] of LOG_LEVELS.entries()) {
    const lines: string[] = [];
    const log = createLog({ level, format: 'json', write: (line) => lines.push(line) });
    for (const each of LOG_LEVELS) log[each]('x');
    expect(lines).toHaveLength(LOG_LEVELS.length - index);
  }
});

test('a line for people is one line, whatever strangers put into it', () => {
  const lines: string[] = [];
  logTo(lines, [], 'pretty').warn('one\ntwo\u001b[2J', { code: 'a\rb', job: 'ab'.repeat(32) });
  expect(lines[0]).toMatch(/^.*22:13:20.* .*abababababab.* .*one�two�\[2J.* .*\(a�b\).*\n$/);
  expect(lines[0]?.trimEnd().split('\n')).toHaveLength(1);
});
