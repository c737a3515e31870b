import { describe, expect, test } from 'vitest';
import { MAX_MILESTONES, planProblem, planTags, readPlan, type JobPlan } from './job-plan.ts';
import { msat } from './msat.ts';

const PLAN: JobPlan = {
  title: 'A sketch',
  milestones: [
    { amountMsat: msat(30n), title: 'The drawing' },
    { amountMsat: msat(0n), title: 'Colours' },
  ],
  revisions: 2,
};

describe('a plan', () => {
  test('is written step by step, with the price of the first', () => {
    expect(planTags(PLAN, msat(20n))).toEqual([
      ['milestone', '1', '20', 'A sketch'],
      ['milestone', '2', '30', 'The drawing'],
      ['milestone', '3', '0', 'Colours'],
      ['revisions', '2'],
    ]);
  });

  test('is read whatever the order of its tags, and without the first step', () => {
    const tags = planTags(PLAN, msat(20n));
    expect(readPlan(tags.toReversed())).toEqual(PLAN);
    expect(readPlan(tags.slice(1))).toEqual({ ...PLAN, title: null });
    expect(readPlan([['revisions', '20']])).toEqual({ title: null, milestones: [], revisions: 20 });
  });

  test('has titles of a bounded length', () => {
    const [milestone] = readPlan([['milestone', '2', '1', 'x'.repeat(9999)]])?.milestones ?? [];
    expect(milestone?.title).toHaveLength(120);
  });

  const later = Array.from({ length: MAX_MILESTONES }, (_, index) => ['milestone', `${index + 2}`, '1', 'x']);
  test.each<[string, string[][]]>([
    ['nothing', []],
    ['the first step alone', [['milestone', '1', '20', 'A sketch']]],
    ['no revisions', [['revisions', '0']]],
    ['more revisions than there may be', [['revisions', '21']]],
    [
      'revisions twice',
      [
        ['revisions', '1'],
        ['revisions', '2'],
      ],
    ],
    ['revisions that are no number', [['revisions', '1e1']]],
    ['a gap', [['milestone', '3', '1', 'x']]],
    [
      'a step twice',
      [
        ['milestone', '2', '1', 'x'],
        ['milestone', '2', '2', 'x'],
      ],
    ],
    ['a step of another spelling', [['milestone', '02', '1', 'x']]],
    ['a step without a number', [['milestone'], ['milestone', '2', '1', 'x']]],
    ['a price in words', [['milestone', '2', 'ten', 'x']]],
    ['a price below nothing', [['milestone', '2', '-1', 'x']]],
    ['more money than there is', [['milestone', '2', '2100000000000000001', 'x']]],
    ['a step too many', later],
    ['one wrong step among right ones', [...planTags(PLAN, msat(1n)), ['milestone', '4', '', 'x']]],
  ])('of %s is none', (_, tags) => {
    expect(readPlan(tags)).toBeNull();
  });

  test('of as many steps as there may be is read', () => {
    expect(
      readPlan(later.slice(1).map(([name = '', step], at) => [name, `${Number(step) - 1}`, `${at}`, 'x'])),
    ).toMatchObject({
      milestones: { length: MAX_MILESTONES - 1 },
    });
  });

  test.each<[string, Partial<JobPlan>]>([
    ['half a revision', { revisions: 0.5 }],
    ['more revisions than there may be', { revisions: 21 }],
    ['nothing at all', { milestones: [], revisions: 0 }],
    ['an empty title', { title: ' ' }],
    ['a long title', { milestones: [{ amountMsat: msat(1n), title: 'x'.repeat(121) }] }],
    ['a step too many', { milestones: later.map(() => ({ amountMsat: msat(1n), title: 'x' })) }],
  ])('with %s is not offered', (_, told) => {
    expect(planProblem(PLAN)).toBeNull();
    expect(planProblem({ ...PLAN, ...told })).toMatch(/\.$/);
  });
});
