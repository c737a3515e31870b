import { array, assert, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chainLinks,
  MAX_CHAIN_DEPTH,
  MAX_CHAIN_JOBS,
  orderChain,
  orThrow,
  parseJobRequest,
  priorJobs,
} from '../../src/protocol/index.ts';
import { hex32, PROVIDER } from './events.ts';
import { delivers, request } from './job-events.ts';

type Chain = Record<string, readonly string[]>;

const order = (last: string, priors: Chain) =>
  orderChain(last, { priors: new Map(Object.entries(priors)), jobOfResult: new Map() });

/** `0` builds on `1`, and so on, `length` jobs below the last. */
function row(length: number): Chain {
  const jobs = Array.from(
    { length: length + 1 },
    (_, n) => [`${n}`, n < length ? [`${n + 1}`] : []] as const,
  );
  return Object.fromEntries(jobs);
}

describe('the order of a chain', () => {
  test('has every job after those that it builds on, each once', () => {
    expect(order('d', { d: ['b', 'c'], b: ['a'], c: ['a'], a: [], x: ['d'] })).toEqual({
      ok: true,
      value: ['a', 'b', 'c', 'd'],
    });
    expect(order('a', { a: [] })).toEqual({ ok: true, value: ['a'] });
  });

  test('a job that would need its own output is refused, with the circle', () => {
    expect(order('a', { a: ['a'] })).toMatchObject({
      failure: { code: 'chain-cycle', data: { cycle: ['a'] } },
    });
    expect(order('a', { a: ['x', 'b'], b: ['c'], c: ['b'] })).toMatchObject({
      failure: { code: 'chain-cycle', data: { cycle: ['b', 'c'] } },
    });
  });

  test('so many in a row and no more, so many in all and no more', () => {
    expect(order('0', row(MAX_CHAIN_DEPTH))).toMatchObject({ ok: true });
    const limits = { maxDepth: MAX_CHAIN_DEPTH, maxJobs: MAX_CHAIN_JOBS };
    const tooDeep = { failure: { code: 'chain-too-deep', data: limits } };
    expect(order('0', row(MAX_CHAIN_DEPTH + 1))).toMatchObject(tooDeep);
    expect(order('0', row(100_000))).toMatchObject(tooDeep);
    const star = (size: number): Chain => {
      const others = Array.from({ length: size }, (_, n) => `${n + 1}`);
      return { ...Object.fromEntries(others.map((id) => [id, []])), last: others };
    };
    expect(order('last', star(MAX_CHAIN_JOBS))).toMatchObject({ ok: true });
    expect(order('last', star(MAX_CHAIN_JOBS + 1))).toMatchObject(tooDeep);
  });

  test('jobs that nobody knows are named, once nothing else is wrong', () => {
    expect(order('a', { a: ['b', 'c'], b: ['x'] })).toMatchObject({
      failure: { code: 'chain-missing', data: { missing: ['x', 'c'] } },
    });
    expect(order('a', { a: ['x', 'b'], b: ['a'] })).toMatchObject({ failure: { code: 'chain-cycle' } });
    expect(order('a', {})).toMatchObject({ failure: { code: 'chain-missing' } });
  });

  test('a lattice with a million ways through it takes no longer than its jobs', () => {
    const layers = Array.from({ length: MAX_CHAIN_DEPTH + 1 }, (_, layer) =>
      Array.from({ length: layer === 0 ? 1 : 6 }, (_unused, n) => `${layer}.${n}`),
    );
    const lattice = Object.fromEntries(
      layers.flatMap((ids, layer) => ids.map((id) => [id, layers[layer + 1] ?? []])),
    );
    expect(order('0.0', lattice)).toMatchObject({ ok: true, value: { length: 49 } });
  });

  test('whatever builds on whatever is put in order or refused for what is there', () => {
    const job = integer({ min: 0, max: 9 });
    const links = array(record({ job, prior: job }), { maxLength: 20 });
    assert(
      property(links, (drawn) => {
        const priors = new Map<string, string[]>();
        for (const { job: id, prior } of drawn)
          priors.set(`${id}`, [...(priors.get(`${id}`) ?? []), `${prior}`]);
        const ordered = orderChain('0', { priors, jobOfResult: new Map() });
        if (ordered.ok) {
          const places = new Map(ordered.value.map((id, place) => [id, place]));
          for (const [id, place] of places)
            for (const prior of priors.get(id) ?? []) expect(places.get(prior)).toBeLessThan(place);
          expect(ordered.value.at(-1)).toBe('0');
          return;
        }
        const { code, data } = ordered.failure;
        if (code === 'chain-cycle') {
          const cycle = data?.['cycle'] as string[];
          for (const [at, id] of cycle.entries())
            expect(priors.get(id)).toContain(cycle[(at + 1) % cycle.length]);
        } else if (code === 'chain-missing') {
          const missing = data?.['missing'] as string[];
          for (const id of missing) expect(priors.has(id)).toBe(false);
        } else expect(drawn.length).toBeGreaterThan(MAX_CHAIN_DEPTH);
      }),
      { numRuns: 2000 },
    );
  });
});

test('a request builds on what its job inputs name, each once; what is no id is none', () => {
  const inputs = [
    ['job', hex32(1)],
    ['text', hex32(2)],
    ['job', hex32(1)],
    ['job', 'that one'],
    ['job', hex32(3)],
  ].map(([type = '', data = '']) => ({ type, data, relay: null, marker: null }));
  expect(priorJobs(orThrow(parseJobRequest(request({ inputs }))))).toEqual([hex32(1), hex32(3)]);
});

test('events tell what builds on what, by requests or by results', () => {
  const input = (data: string) => ({ data, type: 'job', relay: null, marker: null });
  const first = request();
  const result = delivers(PROVIDER, 1, 'done', first);
  const second = request({ kind: 5002, inputs: [input(result.id)] });
  const last = request({ kind: 5003, inputs: [input(second.id), input(first.id)] });
  const broken = { ...first, id: hex32(9), tags: [['i']] };
  const links = chainLinks([last, second, result, first, broken]);
  expect(orderChain(last.id, links)).toEqual({ ok: true, value: [first.id, second.id, last.id] });
  expect(links.priors.get(broken.id)).toEqual([]);
  expect(orderChain(last.id, chainLinks([last, result]))).toMatchObject({
    failure: { code: 'chain-missing', data: { missing: [second.id, first.id] } },
  });
});
