import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bech32 } from '@scure/base';
import * as fc from 'fast-check';
import { decode as lightDecode } from 'light-bolt11-decoder';
import { describe, expect, test } from 'vitest';
import {
  BOLT11_EXAMPLE_KEY,
  sampleInvoice,
  signInvoice,
  type InvoiceField,
} from '../../test/fixtures/signed-invoice.ts';
import { parseInvoice, type Invoice } from './bolt11.ts';
import { msat } from './msat.ts';

const EXAMPLE_PAYEE = '03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad';
const EXAMPLE_HASH = '0001020304050607080900010203040506070809000102030405060708090102';
const CAKE_HASH = '3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1';
const secret: InvoiceField = ['s', { hex: '11'.repeat(32) }];
const hash: InvoiceField = ['p', { hex: EXAMPLE_HASH }];
const cake: InvoiceField = ['h', { hex: CAKE_HASH }];
const minute: InvoiceField = ['x', { number: 60 }];
const features: InvoiceField = ['9', [16, 8, 0]];
const features99: InvoiceField = ['9', [16, ...Array<number>(16).fill(0), 16, 8, 0]];
const donation: InvoiceField = ['d', { text: 'Please consider supporting this project' }];
const beans: InvoiceField = ['d', { text: 'coffee beans' }];

/**
 * The examples of BOLT11, rebuilt from the facts it states (key, time, fields): `published` is the SHA-256
 * of the text that it prints, so a match says that the very same invoice is read.
 */
const EXAMPLES: readonly {
  readonly title: string;
  readonly published: string;
  readonly prefix: string;
  readonly createdAt?: number;
  readonly fields: readonly InvoiceField[];
  readonly highS?: boolean;
  readonly reads: Partial<Invoice>;
}[] = [
  {
    title: 'a donation of any amount',
    published: '01909c572bf4360ac50dd661ab0efb655123b1b043252d638fc6c7b804510764',
    prefix: 'lnbc',
    fields: [secret, hash, donation, features],
    reads: {
      network: 'bitcoin',
      amountMsat: null,
      paymentHash: EXAMPLE_HASH,
      paymentSecret: '11'.repeat(32),
      description: 'Please consider supporting this project',
      descriptionHash: null,
      payee: EXAMPLE_PAYEE,
      createdAt: 1_496_314_658,
      expiresAt: 1_496_318_258,
      routeHintCount: 0,
      minFinalCltvExpiry: 18,
      featureBits: [8, 14],
    },
  },
  {
    title: 'a cup of coffee within one minute',
    published: '53553d4022efe9d00de74f7033bbf54d0a8d806e6dba2665b0f43abe0e8351fd',
    prefix: 'lnbc2500u',
    fields: [secret, hash, ['d', { text: '1 cup coffee' }], minute, features],
    reads: { amountMsat: msat(250_000_000n), expiresAt: 1_496_314_718 },
  },
  {
    title: 'a description in Japanese',
    published: '17abe4a341974793738c744ca676dcedd759b7ab3f8daf46a620d6e39b563f7c',
    prefix: 'lnbc2500u',
    fields: [secret, hash, ['d', { text: 'ナンセンス 1杯' }], minute, features],
    reads: { description: 'ナンセンス 1杯' },
  },
  {
    title: 'a hashed description',
    published: '85c32166dc5a739a971870cda82c75e43c0769fb1c49a355a33239b1e7d0315d',
    prefix: 'lnbc20m',
    fields: [secret, hash, cake, features],
    reads: {
      amountMsat: msat(2_000_000_000n),
      description: null,
      descriptionHash: CAKE_HASH,
    },
  },
  {
    title: 'testnet with a fallback address',
    published: '99caec8e60bdfe9a63ba014674c86c72c1b395dbc3550cb2c57de7c308df7cbc',
    prefix: 'lntb20m',
    fields: [
      secret,
      cake,
      hash,
      ['f', [17, ...bech32.toWords(hexToBytes('3172b5654f6683c8fb146959d347ce303cae4ca7'))]],
      features,
    ],
    reads: { network: 'testnet', payee: EXAMPLE_PAYEE },
  },
  {
    title: 'an amount in picobitcoin, a route hint and a final delta',
    published: 'd62da364dd44c0d3688bb52bc1a9e1c4c24dcf5754a48e10f5a52b89d8a9d9a1',
    prefix: 'lnbc9678785340p',
    createdAt: 1_572_468_703,
    fields: [
      ['p', { hex: '462264ede7e14047e9b249da94fefc47f41f7d02ee9b091815a5506bc8abf75f' }],
      [
        'd',
        {
          text: 'Blockstream Store: 88.85 USD for Blockstream Ledger Nano S x 1, "Back In My Day" Sticker x 2, "I Got Lightning Working" Sticker x 2 and 1 more items',
        },
      ],
      secret,
      ['x', [18, 14, 20, 0]],
      ['c', { number: 10 }],
      [
        'r',
        {
          hex: '03d06758583bb5154774a6eb221b1276c9e82d65bbaceca806d90e20c108f4b1c708fe4e000cf00001000003e8000009c40028',
        },
      ],
      features,
    ],
    reads: {
      amountMsat: msat(967_878_534n),
      createdAt: 1_572_468_703,
      expiresAt: 1_573_073_503,
      routeHintCount: 1,
      minFinalCltvExpiry: 10,
    },
  },
  {
    title: 'features 8, 14 and 99',
    published: 'e7b52cf31779391a2b8e5b31611a25718e0f6705f71e1dea1d2705b67776ec23',
    prefix: 'lnbc25m',
    fields: [hash, beans, secret, features99],
    reads: { featureBits: [8, 14, 99], description: 'coffee beans' },
  },
  {
    title: 'fields of other lengths, which are ignored',
    published: '97da8ca3b5df818d56c76db37adb7cbcd599ec78846f0a279eabd99779d90795',
    prefix: 'lnbc25m',
    fields: [
      hash,
      beans,
      secret,
      features99,
      ['2', [0, 0, 0]],
      ['f', [19, ...Array<number>(32).fill(0)]],
      ['p', Array<number>(51).fill(0)],
      ['p', Array<number>(53).fill(0)],
      ['h', Array<number>(51).fill(0)],
      ['h', Array<number>(53).fill(0)],
      ['s', Array<number>(51).fill(0)],
      ['s', Array<number>(53).fill(0)],
      ['n', Array<number>(52).fill(0)],
      ['n', Array<number>(54).fill(0)],
    ],
    reads: { paymentHash: EXAMPLE_HASH, descriptionHash: null, payee: EXAMPLE_PAYEE },
  },
  {
    title: 'payment metadata',
    published: '8186dac14052073d36cb4f3f40656c4dea9e12ce9ace7767fe43572ef50a92f2',
    prefix: 'lnbc10m',
    fields: [
      hash,
      ['d', { text: 'payment metadata inside' }],
      ['m', { hex: '01fafaf0' }],
      secret,
      ['9', [8, 0, 0, 0, 0, 0, 0, 16, 8, 0]],
    ],
    reads: { featureBits: [8, 14, 48] },
  },
];

const accepted = (text: string): Invoice => {
  const parsed = parseInvoice(text);
  if (!parsed.ok) throw new Error(`${parsed.failure.code}: ${parsed.failure.message}`);
  return parsed.value;
};
const unpack = (text: string) => {
  const decoded = bech32.decodeUnsafe(text, false);
  if (decoded === undefined) throw new Error('not bech32');
  return decoded;
};
const refusal = (text: string): string => {
  const parsed = parseInvoice(text);
  return parsed.ok ? 'accepted' : parsed.failure.code;
};

describe('the examples of BOLT11', () => {
  test.each(EXAMPLES)('reads $title', ({ published, prefix, createdAt, fields, reads }) => {
    const text = signInvoice({ prefix, createdAt: createdAt ?? 1_496_314_658, fields });
    expect(bytesToHex(sha256(utf8ToBytes(text)))).toBe(published);
    expect(accepted(text)).toMatchObject(reads);
    expect(accepted(text.toUpperCase())).toEqual(accepted(text));
  });

  const coffee = { createdAt: 1_496_314_658, fields: [hash, beans, secret, features] };
  test('recovers the payee of a signature in its high-S form', () => {
    expect(accepted(signInvoice({ ...coffee, prefix: 'lnbc', highS: true })).payee).toBe(EXAMPLE_PAYEE);
  });

  test('refuses the high-S form where the payee is stated', () => {
    const fields: InvoiceField[] = [...coffee.fields, ['n', { hex: EXAMPLE_PAYEE }]];
    expect(accepted(signInvoice({ ...coffee, prefix: 'lnbc', fields })).payee).toBe(EXAMPLE_PAYEE);
    expect(refusal(signInvoice({ ...coffee, prefix: 'lnbc', fields, highS: true }))).toBe(
      'bad-invoice-signature',
    );
  });

  test('refuses a stated payee who did not sign', () => {
    const other = bytesToHex(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey()));
    const fields: InvoiceField[] = [...coffee.fields, ['n', { hex: other }]];
    expect(refusal(signInvoice({ ...coffee, prefix: 'lnbc', fields }))).toBe('bad-invoice-signature');
  });

  test.each([
    [
      'an unknown required feature',
      { fields: [hash, beans, secret, ['9', [1, ...Array<number>(20).fill(0)]]] },
      'unknown-invoice-feature',
    ],
    ['no payment secret', { fields: [hash, cake, features] }, 'malformed-invoice'],
    ['no payment hash', { fields: [secret, cake, features] }, 'malformed-invoice'],
    ['neither description nor its hash', { fields: [hash, secret, features] }, 'malformed-invoice'],
    ['both description and its hash', { fields: [hash, secret, beans, cake] }, 'malformed-invoice'],
    [
      'two payment hashes',
      { fields: [hash, ['p', { hex: '33'.repeat(32) }], secret, beans] },
      'malformed-invoice',
    ],
    ['text that is not UTF-8', { fields: [hash, secret, ['d', { hex: 'ff00' }]] }, 'malformed-invoice'],
    [
      'an endless expiry',
      { fields: [hash, secret, beans, ['x', Array<number>(300).fill(31)]] },
      'malformed-invoice',
    ],
    ['an unknown multiplier', { prefix: 'lnbc2500x' }, 'malformed-invoice-amount'],
    ['less than a millisatoshi', { prefix: 'lnbc2500000001p' }, 'malformed-invoice-amount'],
    ['an amount of nothing', { prefix: 'lnbc0' }, 'malformed-invoice-amount'],
    ['an amount with leading zeros', { prefix: 'lnbc01m' }, 'malformed-invoice-amount'],
    ['more bitcoin than exist', { prefix: 'lnbc21000001' }, 'malformed-invoice-amount'],
    ['another chain', { prefix: 'lnltc10m' }, 'unknown-invoice-network'],
    ['a prefix that is also an object key', { prefix: 'lnconstructor' }, 'unknown-invoice-network'],
  ] satisfies [string, { prefix?: string; fields?: InvoiceField[] }, string][])(
    'refuses %s',
    (_title, told, code) => {
      expect(refusal(signInvoice({ prefix: 'lnbc25m', ...coffee, ...told }))).toBe(code);
    },
  );

  test('refuses a broken checksum, mixed case, a missing separator, a short and an oversized text', () => {
    const text = signInvoice({ ...coffee, prefix: 'lnbc25m' });
    expect(refusal(`${text.slice(0, -1)}${text.endsWith('q') ? 'p' : 'q'}`)).toBe('malformed-invoice');
    expect(refusal(text.replace('lnbc', 'LNBC'))).toBe('malformed-invoice');
    expect(refusal(text.replace(/^lnbc25m1/, ''))).toBe('malformed-invoice');
    expect(refusal(bech32.encode('lnbc', [1, 2, 3], false))).toBe('malformed-invoice');
    expect(refusal(` ${text}`)).toBe('malformed-invoice');
    const { prefix, words } = unpack(text);
    const lengthOfTheFirstField = 8;
    expect(refusal(bech32.encode(prefix, words.with(lengthOfTheFirstField, 31), false))).toBe(
      'malformed-invoice',
    );
    expect(refusal('lnbc'.padEnd(8_193, 'q'))).toBe('invoice-too-long');
    expect(refusal('')).toBe('malformed-invoice');
  });
});

/** Amounts in millisatoshis written in every way that states them exactly. */
const prefixes = fc
  .record({
    currency: fc.constantFrom('bc', 'tb', 'tbs', 'bcrt'),
    digits: fc.integer({ min: 1, max: 21_000_000 }),
    multiplier: fc.constantFrom('', 'm', 'u', 'n', 'p'),
  })
  .map(
    ({ currency, digits, multiplier }) => `ln${currency}${digits}${multiplier === 'p' ? '0p' : multiplier}`,
  );

const invoices = fc.record({
  prefix: prefixes,
  createdAt: fc.integer({ min: 0, max: 2 ** 35 - 1 }),
  secretKey: fc.constantFrom(BOLT11_EXAMPLE_KEY, '01'.repeat(32), 'fe'.repeat(32)),
  paymentHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex),
  description: fc.string({ unit: 'grapheme', maxLength: 80 }),
  expirySeconds: fc.integer({ min: 1, max: 31_536_000 }),
});
const write = (facts: typeof invoices extends fc.Arbitrary<infer Facts> ? Facts : never): string =>
  signInvoice({
    ...facts,
    fields: [
      ['p', { hex: facts.paymentHash }],
      secret,
      ['d', { text: facts.description }],
      ['x', { number: facts.expirySeconds }],
      features,
    ],
  });

describe('any invoice', () => {
  test('reads what was written, and what an independent decoder reads', () => {
    fc.assert(
      fc.property(invoices, (facts) => {
        const text = write(facts);
        const invoice = accepted(text);
        expect(invoice).toMatchObject({
          paymentHash: facts.paymentHash,
          description: facts.description,
          createdAt: facts.createdAt,
          expiresAt: facts.createdAt + facts.expirySeconds,
          payee: bytesToHex(secp256k1.getPublicKey(hexToBytes(facts.secretKey))),
        });
        const { sections } = lightDecode(text);
        const told = (name: string): unknown => {
          const section = sections.find((candidate) => candidate.name === name);
          return section !== undefined && 'value' in section ? section.value : undefined;
        };
        expect(invoice.amountMsat?.toString()).toBe(told('amount'));
        expect(invoice.paymentHash).toBe(told('payment_hash'));
        expect(invoice.createdAt).toBe(told('timestamp'));
        expect(facts.expirySeconds).toBe(told('expiry'));
        expect(invoice.description).toBe(told('description'));
      }),
      { numRuns: 60 },
    );
  });

  test('refuses to lend its signature to another amount, network, hash or payee', () => {
    fc.assert(
      fc.property(
        invoices,
        prefixes,
        fc.nat(),
        fc.integer({ min: 1, max: 31 }),
        (facts, prefix, at, change) => {
          const text = write(facts);
          const honest = accepted(text);
          const { words, prefix: signedPrefix } = unpack(text);
          const index = at % words.length;
          const otherWords = words.map((word, i) => (i === index ? word ^ change : word));
          for (const tampered of [
            ...(prefix === signedPrefix ? [] : [bech32.encode(prefix, words, false)]),
            bech32.encode(signedPrefix, otherWords, false),
          ]) {
            const parsed = parseInvoice(tampered);
            // Recovery yields some key for almost any hash, so a change shows as another payee: never as the honest one.
            if (parsed.ok) expect(parsed.value.payee).not.toBe(honest.payee);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('never throws, whatever the text', () => {
    const words = fc.array(fc.integer({ min: 0, max: 31 }), { maxLength: 400 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(prefixes, words).map(([prefix, data]) => bech32.encode(prefix, data, false)),
        ),
        (text) => {
          expect(parseInvoice(text).ok).toBeTypeOf('boolean');
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('the sample of other tests is a regtest invoice of 21 sat', () => {
  expect(accepted(sampleInvoice())).toMatchObject({ network: 'regtest', amountMsat: 21_000n });
});
