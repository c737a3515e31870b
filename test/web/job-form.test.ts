import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkRequest,
  KIND_CONTRACTS,
  parseJobRequest,
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
