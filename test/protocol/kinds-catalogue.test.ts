import { describe, expect, test } from 'vitest';
import {
  checkRequest,
  createKindCatalogue,
  KIND_CONTRACTS,
  orThrow,
  parseJobRequest,
  type InputContract,
  type KindContract,
  type KindVariant,
  type ParamContract,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER } from './events.ts';

const text: InputContract = { types: ['text'], min: 1, max: 1, marker: null, description: 'A text.' };
const size: ParamContract = { name: 'size', description: 'How large.', required: false, arity: 1 };

/** A kind of somebody's own. */
const own: KindContract = {
  kind: 5987,
  name: 'Portrait',
  category: 'image',
  status: 'implementation',
  source: 'https://painter.example/job',
  about: 'Paints somebody.',
  inputs: [
    text,
    { types: ['url'], min: 1, max: 1, marker: null, role: 'face', description: 'A photograph of the face.' },
    { types: ['url'], min: 0, max: 2, marker: null, role: 'room', description: 'What is behind.' },
  ],
  params: [{ ...size, required: true, values: ['small', 'large'] }],
  outputs: ['image/png'],
};

const night: KindVariant = {
  id: 'night',
  name: 'Portrait by night',
  status: 'implementation',
  source: 'https://painter.example/job',
  about: 'Paints somebody in the dark.',
  signs: { tags: [['t', 'night']] },
  inputs: [],
  params: [],
  outputs: ['image/png'],
};

describe('anybody can add a kind', () => {
  const catalogue = orThrow(createKindCatalogue([...KIND_CONTRACTS, own]));

  test('a kind of one’s own stands beside the shipped ones', () => {
    expect(catalogue.contract(5987)).toBe(own);
    expect(catalogue.contracts).toHaveLength(KIND_CONTRACTS.length + 1);
    expect(catalogue.contracts.map(({ kind }) => kind)).toEqual(
      [...KIND_CONTRACTS.map(({ kind }) => kind), 5987].toSorted((left, right) => left - right),
    );
  });

  test('of two contracts for one kind the later one counts', () => {
    const mine = { ...own, kind: 5001 };
    const changed = orThrow(createKindCatalogue([...KIND_CONTRACTS, mine]));
    expect(changed.contract(5001)).toBe(mine);
    expect(changed.contracts).toHaveLength(KIND_CONTRACTS.length);
  });

  test('a kind that nobody described takes everything', () => {
    expect(catalogue.contract(5123)).toMatchObject({
      kind: 5123,
      status: 'unknown',
      params: [],
      outputs: [],
    });
  });

  test('requests are checked against it: roles before order', () => {
    const rule = (...tags: string[][]) => {
      const event = authored(CUSTOMER, { kind: 5987, created_at: 1, tags, content: '' });
      const checked = checkRequest(catalogue.contract(5987), orThrow(parseJobRequest(event)));
      return checked.ok ? 'fits' : checked.failure.data?.['rule'];
    };
    const wish = ['i', 'in oil', 'text'];
    const large = ['param', 'size', 'large'];
    const picture = (role: string) => ['i', 'https://a.example/x.png', 'url', '', role];
    expect(rule(wish, picture('room'), picture('face'), large)).toBe('fits');
    expect(rule(wish, picture(''), large)).toBe('fits');
    expect(rule(wish, picture('room'), large)).toBe('too-few-inputs');
    expect(rule(wish, ...['face', 'room', 'room', 'room'].map(picture), large)).toBe('input-type');
    expect(rule(wish, picture('face'))).toBe('param-required');
  });
});

describe('a faulty contract is refused with the code of its fault', () => {
  const withParam = (param: Partial<ParamContract>) => ({ ...own, params: [{ ...size, ...param }] });
  const withInput = (input: Partial<InputContract>) => ({ ...own, inputs: [{ ...text, ...input }] });
  const withSigns = (signs: KindVariant['signs']) => ({ ...own, variants: [{ ...night, signs }] });

  test.each<[fault: string, contract: KindContract, code: string]>([
    ['a result kind', { ...own, kind: 6001 }, 'kind-out-of-range'],
    ['half a kind', { ...own, kind: 5000.5 }, 'kind-out-of-range'],
    ['no name', { ...own, name: ' ' }, 'name-missing'],
    ['a parameter without name', withParam({ name: '' }), 'name-missing'],
    ['an alias without name', withParam({ aliases: [''] }), 'name-missing'],
    ['two parameters of one name', { ...own, params: [size, size] }, 'name-clash'],
    [
      'an alias that is a name',
      { ...own, params: [size, { ...size, name: 'b', aliases: ['size'] }] },
      'name-clash',
    ],
    ['two variants of one id', { ...own, variants: [night, night] }, 'name-clash'],
    ['a variant without id', { ...own, variants: [{ ...night, id: '' }] }, 'name-missing'],
    ['more at least than at most', withInput({ min: 2, max: 1 }), 'bounds-invalid'],
    ['a negative count', withInput({ min: -1 }), 'bounds-invalid'],
    ['room for none', withInput({ min: 0, max: 0 }), 'bounds-invalid'],
    ['a text without bytes', withInput({ maxBytes: 0 }), 'bounds-invalid'],
    ['no values in a tag', withParam({ arity: 0 }), 'bounds-invalid'],
    ['no values allowed', withParam({ values: [] }), 'bounds-invalid'],
    ['least above most', withParam({ valueType: 'integer', min: 2, max: 1 }), 'bounds-invalid'],
    ['a broken pattern', withParam({ pattern: '(' }), 'pattern-invalid'],
    ['a broken sign', withSigns({ firstInput: '[' }), 'pattern-invalid'],
    ['a default that is not allowed', withParam({ values: ['a'], default: ['b'] }), 'default-invalid'],
    ['a default of another count', withParam({ arity: 2, default: ['b'] }), 'default-invalid'],
    [
      'a default out of bounds',
      withParam({ valueType: 'integer', max: 3, default: ['4'] }),
      'default-invalid',
    ],
    ['a default that never counts', withParam({ required: true, default: ['b'] }), 'default-invalid'],
    ['a variant that nothing tells apart', withSigns({}), 'signs-missing'],
    ['a fault in a variant', { ...own, variants: [{ ...night, params: [size, size] }] }, 'name-clash'],
  ])('%s', (_fault, contract, code) => {
    const made = createKindCatalogue([...KIND_CONTRACTS, contract]);
    expect(made).toMatchObject({ ok: false, failure: { code, data: { kind: contract.kind } } });
  });

  test('the failure says which variant and parameter', () => {
    const made = createKindCatalogue([
      { ...own, variants: [{ ...night, params: [{ ...size, pattern: '(' }] }] },
    ]);
    expect(made).toMatchObject({ failure: { data: { kind: 5987, variant: 'night', param: 'size' } } });
  });

  test('the shipped contracts and a sound one have none', () => {
    expect(createKindCatalogue([...KIND_CONTRACTS, { ...own, variants: [night] }])).toMatchObject({
      ok: true,
    });
  });
});
