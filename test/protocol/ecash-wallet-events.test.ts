import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildEcashQuote,
  buildEcashToken,
  buildEcashTokenDeletion,
  buildEcashWallet,
  orThrow,
  parseEcashQuote,
  parseEcashToken,
  parseEcashWallet,
  type EventTemplate,
} from '../../src/protocol/index.ts';

const owner = secretKeySigner(generateSecretKey());
const hex32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const createdAt = fc.integer({ min: 0, max: 4_000_000_000 });
const mint = fc.webUrl();
const proof = fc.record({
  amount: fc.bigInt({ min: 1n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
  id: hex32.map((hex) => `01${hex}`),
  secret: fc.string({ minLength: 1 }),
  C: hex32.map((hex) => `02${hex}`),
  dleq: fc.option(fc.record({ e: hex32, s: hex32, r: hex32 })),
});

/** Signs an event and decrypts it again as its owner. */
async function published(template: EventTemplate) {
  const event = await owner.sign(template);
  return [event, await owner.nip44.decrypt(owner.pubkey, event.content)] as const;
}

describe('an ecash wallet on relays is read as it was written', () => {
  const ownerPubkey = owner.pubkey;

  test('its key and mints (17375)', () =>
    fc.assert(
      fc.asyncProperty(
        hex32,
        fc.uniqueArray(mint, { minLength: 1, maxLength: 5 }),
        createdAt,
        async (...told) => {
          const [lockSecretKey, mints, at] = told;
          const settings = { ownerPubkey, lockSecretKey, mints, createdAt: at };
          const written = await published(await buildEcashWallet(settings, owner.nip44));
          expect(written[0].tags).toEqual([]);
          expect(written[0].content).not.toContain(lockSecretKey);
          expect(orThrow(parseEcashWallet(...written))).toEqual(settings);
        },
      ),
      { numRuns: 20 },
    ));

  test('its ecash (7375)', () =>
    fc.assert(
      fc.asyncProperty(
        mint,
        fc.array(proof, { maxLength: 4 }),
        fc.array(hex32),
        createdAt,
        async (...told) => {
          const [url, proofs, replacedIds, at] = told;
          const token = { ownerPubkey, mint: url, unit: 'sat', proofs, replacedIds, createdAt: at };
          const written = await published(await buildEcashToken(token, owner.nip44));
          expect(orThrow(parseEcashToken(...written))).toEqual(token);
        },
      ),
      { numRuns: 20 },
    ));

  test('its quotes (7374)', () =>
    fc.assert(
      fc.asyncProperty(mint, fc.string({ minLength: 1 }), createdAt, createdAt, async (...told) => {
        const [url, quote, expiresAt, at] = told;
        const note = { ownerPubkey, mint: url, quote, expiresAt, createdAt: at };
        const written = await published(await buildEcashQuote(note, owner.nip44));
        expect(orThrow(parseEcashQuote(...written))).toEqual(note);
      }),
      { numRuns: 20 },
    ));

  test('deleted tokens are named with their kind', () => {
    expect(buildEcashTokenDeletion(['a', 'b'], 5)).toEqual({
      kind: 5,
      created_at: 5,
      tags: [
        ['e', 'a'],
        ['e', 'b'],
        ['k', '7375'],
      ],
      content: '',
    });
  });
});

describe('an ecash wallet on relays that is none', () => {
  const read = async (kind: number, plain: string, tags: string[][] = []) => {
    const event = await owner.sign({ kind, created_at: 1, tags, content: 'encrypted' });
    const parsers = { 17375: parseEcashWallet, 7375: parseEcashToken, 7374: parseEcashQuote };
    const parse = parsers[kind as keyof typeof parsers] ?? parseEcashToken;
    const parsed = parse(event, plain);
    return parsed.ok ? 'ok' : parsed.failure.code;
  };
  const KEY = 'ab'.repeat(32);
  const PIECE = { amount: 1, id: '00ad268c4d1f5826', secret: 'x', C: `02${KEY}` };

  test.each<[number, unknown, string]>([
    [
      17375,
      [
        ['privkey', KEY],
        ['mint', 'https://m'],
      ],
      'ok',
    ],
    [17375, [['mint', 'https://m']], 'malformed-wallet'],
    [17375, [['privkey', KEY]], 'malformed-wallet'],
    [17375, { privkey: KEY }, 'malformed-wallet'],
    [7375, { mint: 'https://m', proofs: [PIECE] }, 'ok'],
    [7375, { mint: 'https://m', proofs: [PIECE], del: [1, KEY] }, 'ok'],
    [7375, { proofs: [PIECE] }, 'malformed-wallet'],
    [7375, { mint: 'https://m' }, 'malformed-wallet'],
    [7375, { mint: 'https://m', proofs: [{ ...PIECE, amount: -1 }] }, 'malformed-wallet'],
    [7375, { mint: 'https://m', proofs: Array.from({ length: 1001 }, () => PIECE) }, 'malformed-wallet'],
    [7375, { mint: 'https://m', unit: 1, proofs: [] }, 'malformed-wallet'],
    [7375, 'nonsense', 'malformed-wallet'],
    [1, { mint: 'https://m', proofs: [] }, 'wrong-kind'],
  ])('kind %i: %j is %s', async (kind, plain, code) => {
    expect(await read(kind, JSON.stringify(plain))).toBe(code);
  });

  test.each<[string[][], string, string]>([
    [
      [
        ['mint', 'https://m'],
        ['expiration', '9'],
      ],
      'q',
      'ok',
    ],
    [[['expiration', '9']], 'q', 'malformed-tag'],
    [[['mint', 'https://m']], 'q', 'malformed-tag'],
    [
      [
        ['mint', 'https://m'],
        ['expiration', 'soon'],
      ],
      'q',
      'malformed-tag',
    ],
    [
      [
        ['mint', 'https://m'],
        ['expiration', '9'],
      ],
      '',
      'malformed-wallet',
    ],
  ])('a quote with %j', async (tags, plain, code) => {
    expect(await read(7374, plain, tags)).toBe(code);
  });
});
