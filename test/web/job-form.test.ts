import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkRequest,
  KIND_CONTRACTS,
  parseJobRequest,
  satsToMsat,
  ZERO_MSAT,
  type JobContract,
  type KindContract,
} from '../../src/protocol/index.ts';
import { checkDraft } from '../../web/forms/check-draft.ts';
import {
  askableVariants,
  draftOf,
  emptyDraft,
  readingOf,
  typesOf,
  wishPartsOf,
  type JobDraft,
} from '../../web/forms/draft.ts';
import { isShowable, statedSize } from '../../web/results/image-size.ts';
import { kindsForTask } from '../../web/market/kind-search.ts';
import { standingFor } from '../../web/market/offers/standing.ts';
import { whyNoOffer } from '../../web/market/offers/untaken.ts';
import { mayOpenFiles, priceOverCap, readEncrypted, sellersShown } from '../../web/market/sellers.ts';
import { offer, PROVIDER, runWith, service } from './scripted/parts.ts';

const contracts = fc.constantFrom(...KIND_CONTRACTS);

/** Words that people write into fields, good and bad. */
const written = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'some words',
    '12',
    '1.5',
    '-3',
    'a'.repeat(64),
    'https://example.com/a.pdf',
    '{"a":1}',
  ),
  fc.string({ maxLength: 40 }),
);

/** What somebody may have filled in. */
function drafts(contract: KindContract): fc.Arbitrary<JobDraft> {
  const variants = [null, ...askableVariants(contract).map(({ id }) => id)];
  return fc.constantFrom(...variants).chain((variant) => {
    const reading = readingOf(contract, variant);
    return fc.record({
      variant: fc.constant(variant),
      inputs: fc.tuple(
        ...reading.inputs.map((group) =>
          fc.array(fc.record({ type: fc.constantFrom(...typesOf(group)), data: written }), { maxLength: 3 }),
        ),
      ),
      files: fc.constant(reading.inputs.map(() => [])),
      params: paramsOf(reading),
      output: fc.constantFrom('', ...reading.outputs),
    });
  });
}

function paramsOf({ params }: JobContract): fc.Arbitrary<Record<string, string[]>> {
  return fc.record(
    Object.fromEntries(
      params.map(({ name, values, suggested, arity }) => {
        const value = fc.oneof(written, ...(values ?? suggested ?? []).map((one) => fc.constant(one)));
        return [name, fc.array(value, { maxLength: Math.max(2, arity ?? 3) })];
      }),
    ),
  );
}

test('what a form lets through, a provider that keeps to the contract takes, and a form asks anew', () => {
  let through = 0;
  fc.assert(
    fc.property(
      contracts.chain((contract) => drafts(contract).map((draft) => [contract, draft] as const)),
      ([contract, draft]) => {
        if (checkDraft(contract, draft).length > 0) return;
        const { inputs, params, outputs } = wishPartsOf(contract, draft);
        const request = parseJobRequest({
          id: '0'.repeat(64),
          pubkey: '1'.repeat(64),
          created_at: 1_700_000_000,
          kind: contract.kind,
          tags: [
            ...inputs.map(({ data, type, marker }) => ['i', data, type, '', marker ?? '']),
            ...Object.entries(params).map(([name, values]) => ['param', name, ...values]),
            ...outputs.map((output) => ['output', output]),
          ],
          content: '',
          sig: '2'.repeat(128),
        });
        if (!request.ok) throw new Error(request.failure.message);
        const checked = checkRequest(contract, request.value);
        if (!checked.ok) throw new Error(`${contract.kind} ${draft.variant}: ${checked.failure.message}`);
        const anew = wishPartsOf(contract, draftOf(contract, request.value));
        expect(anew).toEqual({ inputs, params, outputs, files: [] });
        through += 1;
      },
    ),
    { numRuns: 3000 },
  );
  expect(through).toBeGreaterThan(100);
});

test('an empty form says what is missing, and words go where they fit', () => {
  for (const contract of KIND_CONTRACTS) {
    const empty = emptyDraft(contract, '');
    const needs =
      contract.inputs.some(({ min }) => min > 0) || contract.params.some(({ required }) => required);
    expect([contract.kind, checkDraft(contract, empty).length > 0]).toEqual([contract.kind, needs]);
  }
  const kindOf = (wanted: number) => KIND_CONTRACTS.find(({ kind }) => kind === wanted)!;
  expect(wishPartsOf(kindOf(5050), emptyDraft(kindOf(5050), 'say it')).inputs).toEqual([
    { type: 'text', data: 'say it' },
  ]);
  const address = 'https://example.com/a.pdf';
  expect(wishPartsOf(kindOf(5000), emptyDraft(kindOf(5000), address)).inputs).toEqual([
    { type: 'url', data: address },
  ]);
});

test.each([
  ['summarise this article', 5001],
  ['draw a red fox', 5100],
  ['transcribe my podcast', 5000],
  ['translate to Spanish', 5002],
  ['read it aloud', 5250],
  ['write a poem', 5050],
])('“%s” finds kind %i first', (task, kind) => {
  expect(kindsForTask(task, KIND_CONTRACTS)[0]?.kind).toBe(kind);
});

test.each([
  ['übersetze das ins Spanische', 5002],
  ['übersetzen', 5002],
  ['ein Bild malen', 5100],
  ['mal mir einen roten Fuchs', 5100],
  ['fasse diesen Artikel zusammen', 5001],
  ['zusammenfassen', 5001],
  ['schreib ein Gedicht', 5050],
  ['lies mir das vor', 5250],
  ['meinen Podcast abschreiben', 5000],
  ['summarise this article', 5001],
  ['Image generation', 5100],
])('in German “%s” finds kind %i first', async (task, kind) => {
  const { strings } = await import('../../web/market/kind-words.strings.de.ts');
  const { strings: names } = await import('../../web/app/kit/kinds.strings.de.ts');
  const inGerman = (words: string) => Object.entries(names).find(([english]) => english === words)?.[1] ?? '';
  const kinds = KIND_CONTRACTS.map((contract) => ({
    ...contract,
    name: inGerman(contract.name),
    about: inGerman(contract.about),
  }));
  const said = new Map(Object.entries(strings));
  const wordsFor = (number: number) => said.get(`${number}`) ?? '';
  expect(kindsForTask(task, kinds, wordsFor)[0]?.kind).toBe(kind);
});

test('the size that a picture states is read without opening it, whatever the bytes', async () => {
  const gif = new Blob([new Uint8Array([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x10, 0x27, 0x20, 0x4e])]);
  expect(await statedSize(gif)).toEqual({ width: 10_000, height: 20_000 });
  expect(isShowable({ width: 10_000, height: 20_000 })).toBe(false);
  expect(isShowable({ width: 4000, height: 3000 })).toBe(true);
  const heads = fc.constantFrom([], [0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47], [0x52, 0x49, 0x46, 0x46]);
  await fc.assert(
    fc.asyncProperty(heads, fc.uint8Array({ maxLength: 200 }), async (head, rest) => {
      const size = await statedSize(new Blob([Uint8Array.from([...head, ...rest])]));
      expect(size === null || size.width >= 0).toBe(true);
    }),
  );
});

const signs = (pubkey: string, priceSats: number | null, more: Parameters<typeof service>[1] = {}) => ({
  ...service(0, { pubkey, ...more }),
  address: `31990:${pubkey}:0`,
  priceMsat: priceSats === null ? null : satsToMsat(priceSats),
});
const asked = (...services: ReturnType<typeof signs>[]) =>
  services.map((sign) => ({ pubkey: sign.announcement.pubkey, services: [sign] }));

test('a limit that leaves out what is announced is found, of those who are asked the dearest', () => {
  const [dear, cheap, silent] = [signs('d', 300), signs('c', 50), signs('s', null)];
  expect(priceOverCap(100n, [], [dear, cheap, silent])).toBeNull();
  expect(priceOverCap(40n, [], [dear, cheap])).toEqual({ of: 'all', priceMsat: satsToMsat(50) });
  expect(priceOverCap(50n, [], [dear, cheap])).toBeNull();
  expect(priceOverCap(40n, asked(cheap, dear), [cheap])).toEqual({
    of: 'chosen',
    priceMsat: satsToMsat(300),
  });
  expect(priceOverCap(40n, asked(silent), [cheap])).toBeNull();
  expect(priceOverCap(40n, [{ pubkey: 'd', services: null }], [])).toBeNull();
});

test('only a sign that says so keeps a file from whom it is for', () => {
  const no = asked(signs('a', 1, { supportsEncryptedFiles: false, supportsEncryption: false }));
  const unknown = { pubkey: 'b', services: null };
  const unseen = { pubkey: 'b', services: [] };
  const said = [[], no, [unknown], [unseen], [...no, unknown], asked(signs('c', 1))];
  expect(said.map(mayOpenFiles)).toEqual([true, false, true, true, false, true]);
  expect(said.map(readEncrypted)).toEqual([true, false, true, false, false, true]);
});

test('who is asked is always shown, first where a form began with it, else in its place', () => {
  const listed = Array.from({ length: 40 }, (_, index) => signs(`seller ${index}`, 1));
  const askedOf = (at: number) => ({ pubkey: `seller ${at}`, services: listed.slice(at, at + 1) });
  const shown = (chosen: readonly number[], begunWith: readonly number[]) => {
    const { first, others } = sellersShown(
      listed,
      chosen.map(askedOf),
      begunWith.map((at) => askedOf(at).pubkey),
    );
    return [first.map(({ pubkey }) => pubkey), others.map(({ announcement }) => announcement.pubkey)];
  };
  const names = (from: number, to: number) =>
    listed.slice(from, to).map(({ announcement }) => announcement.pubkey);
  expect(shown([], [])).toEqual([[], names(0, 12)]);
  expect(shown([3], [])).toEqual([[], names(0, 12)]);
  expect(shown([3], [3])).toEqual([['seller 3'], [...names(0, 3), ...names(4, 13)]]);
  expect(shown([30, 2], [30])).toEqual([['seller 30'], names(0, 12)]);
  expect(shown([30], [])).toEqual([['seller 30'], names(0, 12)]);
  expect(shown([], [30])).toEqual([[], names(0, 12)]);
});

test('why a run ended without an offer is read from the books of all requests of its wish, whatever they say', () => {
  const run = runWith(null);
  const endOf = (data: Readonly<Record<string, unknown>>) => ({ code: 'no-offer', message: '', data });
  const dear = { providerPubkey: PROVIDER, code: 'above-max', amountMsat: '150000', mintUrl: null };
  const ended = (failure: typeof run.purchase.failure) => ({
    requestId: '',
    providerPubkey: PROVIDER,
    state: 'no-offer' as const,
    failure,
  });
  const together = [
    ended(endOf({ refused: [dear], providerErrors: [] })),
    ended(endOf({ left: [{ providerPubkey: PROVIDER, code: 'distrusted' }] })),
    ended(null),
  ];
  const { untaken, declined } = whyNoOffer({ ...run, together });
  expect(untaken.map(({ code, amountMsat }) => [code, amountMsat])).toEqual([
    ['above-max', 150_000n],
    ['distrusted', null],
  ]);
  expect(declined).toEqual([]);
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (refused, left) => {
      const failure = endOf({ refused, left, providerErrors: refused });
      expect(whyNoOffer({ ...run, purchase: { ...run.purchase, failure } }).untaken).toEqual([]);
    }),
  );
});

test('an offer that is looked at follows its provider to what is no dearer, and to nothing else', () => {
  const line = (more: Partial<ReturnType<typeof offer>>) => ({
    offer: { ...offer(), ...more },
    service: null,
  });
  const looked = line({ id: 'begun', exchange: 'free', amountMsat: ZERO_MSAT, totalMsat: ZERO_MSAT });
  const done = line({ ...looked.offer, id: 'done', delivered: true });
  const other = line({ ...looked.offer, id: 'other', providerPubkey: 'e'.repeat(64) });
  const dearer = line({ ...looked.offer, id: 'dearer', amountMsat: satsToMsat(1), totalMsat: satsToMsat(1) });
  const otherwise = line({ ...looked.offer, id: 'otherwise', exchange: 'prepay' });
  expect(standingFor(looked, [other, done, looked])).toBe(looked);
  expect(standingFor(looked, [other, dearer, otherwise, done])).toBe(done);
  expect(standingFor(looked, [other, dearer, otherwise])).toBe(looked);
});
