/** What the page writes of a server: for `coinop.toml`, read by the commands as it was meant, and in the place of a sign. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  array,
  asyncProperty,
  assert,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  string,
  subarray,
  webUrl,
} from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  buildAnnouncement,
  changeAnnouncement,
  msat,
  orThrow,
  parseAnnouncement,
} from '../../src/protocol/index.ts';
import { readConfigFile } from '../../src/cli/config-file.ts';
import { changesBetween } from '../../web/selling/sign-changes.ts';
import {
  identifierOf,
  newSign,
  problemsOf,
  signOf,
  writtenOf,
  type WrittenSign,
} from '../../web/selling/server-sign.ts';
import {
  SELLING_MODES,
  termsProblems,
  tomlOf,
  UNITS,
  USUAL_TERMS,
  type WrittenTerms,
} from '../../web/selling/server-toml.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-toml-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const WRITTEN: WrittenSign = { ...newSign(5050), name: 'Red fox', sats: '7' };

/** What the commands read of it. */
async function read(sign: WrittenSign, terms: WrittenTerms) {
  const path = join(dir, 'coinop.toml');
  await writeFile(path, tomlOf(sign, terms));
  return readConfigFile(path);
}

test('every part of it is read', async () => {
  const sign: WrittenSign = {
    ...WRITTEN,
    about: 'Lines\nabout "foxes"',
    picture: ' https://fox.example/red fox.png ',
    seller: 'Fox & Sons',
    pricing: 'flexible',
    sats: '3',
  };
  const terms: WrittenTerms = {
    ...USUAL_TERMS,
    work: 'http',
    workAt: 'https://fox.example/run',
    exchanges: ['hold', 'prepay'],
    conditions: [{ key: '1', code: 'members-only', detail: 'For members.' }],
    relays: 'wss://one.example, wss://two.example',
  };
  expect(await read(sign, terms)).toMatchObject({
    ok: true,
    value: {
      relays: ['wss://one.example', 'wss://two.example'],
      service: [
        {
          id: 'red-fox',
          kind: 5050,
          name: 'Red fox',
          about: 'Lines\nabout "foxes"',
          picture: 'https://fox.example/red fox.png',
          seller: 'Fox & Sons',
          http: { url: 'https://fox.example/run' },
          per_unit: { unit: 'characters', price_sat: 1, units: 100, min_sat: 3 },
          usual_seconds: 5,
          worst_seconds: 50,
          exchanges: ['hold', 'prepay'],
          conditions: [{ code: 'members-only', detail: 'For members.' }],
        },
      ],
    },
  });
});

test('whatever is written and not complained of is taken', async () => {
  const words = string({ unit: 'binary', maxLength: 40 }).filter((said) => said.trim() !== '');
  const signs = record({
    name: oneof(constant('Tabs\t, "quotes", \\ and \u{1f98a}\n[[service]]\u007f'), words),
    about: words,
    picture: oneof(constant(''), constant('https://x'), webUrl({ validSchemes: ['https'] })),
    seller: oneof(constant(''), words),
    kind: integer({ min: 5000, max: 5999 }),
    pricing: constantFrom('fixed' as const, 'flexible' as const, 'free' as const),
    sats: constantFrom('7', '999999999'),
  });
  const terms = record({
    work: constantFrom('exec' as const, 'module' as const, 'mcp' as const),
    workAt: constantFrom('./fox.sh --loud', 'fox "quoted" \\ ü'),
    unit: constantFrom(...UNITS),
    units: constantFrom('1', '100'),
    unitSats: constantFrom('0', '12'),
    usualSeconds: constantFrom('5', '50'),
    worstSeconds: constantFrom('50', '2592000'),
    exchanges: subarray([...SELLING_MODES]),
    conditions: array(record({ key: words, code: constantFrom('members-only', 'a1'), detail: words }), {
      maxLength: 2,
    }),
    relays: constantFrom('', 'wss://a.example ws://b.example'),
  });
  await assert(
    asyncProperty(signs, terms, async (said, written) => {
      const asked = written.exchanges.join() === 'hold' ? { ...written, worstSeconds: '600' } : written;
      const sign = { ...WRITTEN, ...said };
      expect([...problemsOf(sign), ...termsProblems(sign, asked)]).toEqual([]);
      expect(await read(sign, asked)).toMatchObject({
        ok: true,
        value: {
          service: [
            { id: identifierOf(sign), kind: sign.kind, name: sign.name.trim(), about: sign.about.trim() },
          ],
        },
      });
    }),
    { numRuns: 60 },
  );
});

test('what is wrong with it is said', async () => {
  const wrong: WrittenTerms = {
    ...USUAL_TERMS,
    work: 'http',
    workAt: 'fox.example',
    units: '0',
    usualSeconds: '60',
    conditions: [{ key: '1', code: 'Members only', detail: '' }],
    relays: 'fox.example',
  };
  const flexible: WrittenSign = { ...WRITTEN, pricing: 'flexible' };
  expect([...termsProblems(flexible, wrong)]).toEqual(['work', 'unit', 'times', 'conditions', 'relays']);
  for (const untimely of [
    { worstSeconds: '2592001' },
    { worstSeconds: '601', exchanges: ['hold' as const] },
    { usualSeconds: '51' },
  ]) {
    const terms = { ...USUAL_TERMS, ...untimely };
    expect([...termsProblems(WRITTEN, terms)]).toEqual(['times']);
    expect(await read(WRITTEN, terms)).toMatchObject(
      untimely.usualSeconds === undefined ? { failure: { code: 'invalid-config' } } : { ok: true },
    );
  }
  expect(problemsOf({ ...WRITTEN, kind: 0 })).toEqual(new Set(['kind']));
});

test('a sign that is opened and put up again says the same, and what is changed is told field by field', () => {
  const written = buildAnnouncement({
    identifier: 'fox',
    kinds: [5050, 5001],
    name: 'Red fox',
    about: 'Lines about foxes',
    picture: 'https://fox.example/fox.png',
    seller: 'Foxes & Co',
    byHand: true,
    amount: 'flexible',
    fromMsat: msat(21_000n),
    lud16: 'fox@fox.example',
    operatorPubkey: 'b'.repeat(64),
    supportsEncryption: true,
    supportsEncryptedFiles: true,
    acceptsNutzaps: true,
    nip90Params: new Map([['tone', { required: true, values: ['dry, very', 'wet'], description: null }]]),
    createdAt: 1,
  });
  const content = JSON.stringify({ ...(JSON.parse(written.content) as object), reactions: ['+'] });
  const event = { ...written, content, id: 'c'.repeat(64), pubkey: 'a'.repeat(64), sig: '' };
  const opened = writtenOf(orThrow(parseAnnouncement(event)));
  const replacedBy = (sign: WrittenSign) => {
    const announced = signOf(sign);
    if (announced === null) throw new Error('something is missing');
    return changesBetween(event, changeAnnouncement(event, { ...announced, createdAt: 2 }));
  };
  expect(replacedBy(opened)).toEqual([]);
  expect(replacedBy({ ...opened, name: 'Fox', pricing: 'free', furtherKinds: [] })).toEqual([
    { field: 'name', before: 'Red fox', after: 'Fox' },
    { field: 'amount', before: 'flexible', after: 'free' },
    { field: 'amountFrom', before: '21', after: null },
    { field: '#k', before: '5001, 5050', after: '5001' },
  ]);
});
