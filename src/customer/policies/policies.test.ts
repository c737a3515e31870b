import {
  array,
  assert,
  bigInt,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
  shuffledSubarray,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authored, hex32 } from '../../../test/protocol/events.ts';
import { EXCHANGE_MODES, EXCHANGE_RISKS, msat, satsToMsat, ZERO_MSAT } from '../../protocol/index.ts';
import type { ProviderRecord } from '../../reputation/index.ts';
import type { ComparedOffer } from '../compared-offer.ts';
import { POLICIES, type PolicyName } from './policies.ts';
import { exposureRank, prospectOf, usualPriceMsat } from './prospect.ts';

const event = authored(hex32(1), { kind: 7000, created_at: 0, tags: [], content: '' });
const NAMES = Object.keys(POLICIES) as PolicyName[];

function offer(told: Partial<ComparedOffer> = {}): ComparedOffer {
  const { exchange = 'hold', amountMsat = satsToMsat(20) } = told;
  return {
    id: hex32(1),
    event,
    providerPubkey: hex32(2),
    exchange,
    amountMsat,
    feeLimitMsat: ZERO_MSAT,
    totalMsat: amountMsat,
    exposure: EXCHANGE_RISKS[exchange],
    record: null,
    bolt11: null,
    ecash: { mints: [], htlc: null },
    isPromise: false,
    promisedMsat: null,
    sample: null,
    words: null,
    reveal: null,
    usualSeconds: 10,
    worstSeconds: 20,
    validUntil: null,
    conditions: [],
    rescue: null,
    plan: null,
    delivered: false,
    withdrawn: false,
    createdAt: 0,
    ...told,
  };
}

/** A record of own purchases, and the reliability that comes of it or of what others say. */
function known(told: {
  readonly low?: number;
  readonly mean?: number;
  readonly delivered?: number;
  readonly lost?: number;
  readonly usualSeconds?: number | null;
}): ProviderRecord {
  const { low = 0.8, mean = 0.9, delivered = 0, lost = 0, usualSeconds = null } = told;
  return {
    providerPubkey: hex32(2),
    paidJobs: delivered,
    own: {
      delivered: 0,
      paidAndDelivered: delivered,
      paidAndUndelivered: lost,
      refunded: 0,
      failed: 0,
      paidMsat: ZERO_MSAT,
      lostMsat: ZERO_MSAT,
      usualSeconds,
      worstSeconds: null,
    },
    others: {
      customers: 0,
      knownCustomers: 0,
      delivered: 0,
      paidAndDelivered: 3,
      failed: 0,
      paidComplaints: 1,
      usualSeconds: null,
      worstSeconds: null,
    },
    usualSeconds,
    worstSeconds: null,
    secondsFrom: usualSeconds === null ? null : 'own',
    reliability: { low, mean, weight: 10 },
    ratings: { mean: null, customers: 0, knownCustomers: 0, unpaid: 0 },
    latest: { answer: null, delivery: null, paidDelivery: null },
    evidenceIds: [],
  };
}

/** Which of two offers a policy takes, in whatever order they come. */
function taken(name: PolicyName, first: Partial<ComparedOffer>, second: Partial<ComparedOffer>): string {
  const [left, right] = [offer({ id: hex32(8), ...first }), offer({ id: hex32(7), ...second })];
  const choice = POLICIES[name].choose([left, right]);
  expect(POLICIES[name].choose([right, left])).toEqual(choice);
  return choice?.offerId === left.id ? 'first' : choice?.offerId === right.id ? 'second' : 'neither';
}

test.each(NAMES)('%s takes nothing from nothing', (name) => {
  expect(POLICIES[name].choose([])).toBeNull();
});

describe('balanced prefers', () => {
  test.each<[string, Partial<ComparedOffer>, Partial<ComparedOffer>]>([
    ['the cheaper of two alike', { amountMsat: satsToMsat(20) }, { amountMsat: satsToMsat(21) }],
    ['the faster of two alike', { usualSeconds: 3 }, { usualSeconds: 4 }],
    ['the earlier of two alike', { createdAt: 1 }, { createdAt: 2 }],
    [
      'a lock at the usual price to a nobody who wants a trifle in advance',
      { exchange: 'hold', amountMsat: satsToMsat(20) },
      { exchange: 'prepay', amountMsat: satsToMsat(1) },
    ],
    ['a good record to half the price of a nobody', { record: known({}) }, { amountMsat: satsToMsat(10) }],
    [
      'a long record in advance to a nobody’s lock',
      { exchange: 'prepay', record: known({ low: 0.9, mean: 0.95 }) },
      {},
    ],
    [
      'a nobody’s lock to a short record in advance',
      {},
      { exchange: 'prepay', record: known({ low: 0.27, mean: 0.67 }), amountMsat: satsToMsat(15) },
    ],
    [
      'a measured time to a claim that it is shorter than',
      { record: known({ usualSeconds: 5 }), usualSeconds: 50 },
      { record: known({}), usualSeconds: 40 },
    ],
    ['what is here to what is to come', { exchange: 'postpay', delivered: true }, { exchange: 'postpay' }],
    [
      'a good record to a gift of a nobody',
      { record: known({}) },
      { exchange: 'free', delivered: true, amountMsat: ZERO_MSAT },
    ],
  ])('%s', (_title, better, worse) => {
    expect(taken('balanced', better, worse)).toBe('first');
  });
});

test('a good record is worth something to balanced, not everything', () => {
  const nobodies = [19, 20, 21].map((sats) => offer({ id: hex32(sats), amountMsat: satsToMsat(sats) }));
  const choose = (sats: number) =>
    POLICIES.balanced.choose([...nobodies, offer({ record: known({}), amountMsat: satsToMsat(sats) })])
      ?.offerId;
  expect(choose(50)).toBe(offer().id);
  expect(choose(200)).toBe(hex32(19));
});

test('cheapest takes the lowest price of the safest mode', () => {
  expect(taken('cheapest', {}, { exchange: 'prepay', amountMsat: satsToMsat(1) })).toBe('first');
  expect(taken('cheapest', { usualSeconds: 99 }, { amountMsat: satsToMsat(21), record: known({}) })).toBe(
    'first',
  );
});

test('fastest counts the time that is lost when nothing comes', () => {
  expect(taken('fastest', { record: known({}), usualSeconds: 40 }, { usualSeconds: 1 })).toBe('first');
  expect(taken('fastest', { usualSeconds: 1, amountMsat: satsToMsat(90) }, { usualSeconds: 2 })).toBe(
    'first',
  );
});

test('best takes the record that rests on more, whatever it costs', () => {
  const [long, short] = [known({ low: 0.8, mean: 0.85 }), known({ low: 0.5, mean: 0.9 })];
  expect(taken('best', { record: long, amountMsat: satsToMsat(90) }, { record: short })).toBe('first');
});

describe.each(NAMES)('%s', (name) => {
  test('takes nothing of somebody who took our money for nothing, until that is made up for', () => {
    const choose = (of: ProviderRecord) => POLICIES[name].choose([offer({ record: of })]);
    expect(choose(known({ delivered: 9, lost: 1 }))).toBeNull();
    expect(choose(known({ delivered: 10, lost: 1 }))).not.toBeNull();
    expect(choose(known({ delivered: 10, lost: 2 }))).toBeNull();
    expect(choose(known({ delivered: 0, lost: 0 }))).not.toBeNull();
  });

  test('still takes its gifts', () => {
    const gift = offer({ exchange: 'free', amountMsat: ZERO_MSAT, record: known({ lost: 1 }) });
    expect(POLICIES[name].choose([gift])?.offerId).toBe(gift.id);
  });
});

test('says why, for people', () => {
  const others = [satsToMsat(25), satsToMsat(30)].map((amountMsat, index) =>
    offer({ id: hex32(index + 3), amountMsat }),
  );
  const mine = offer({
    amountMsat: satsToMsat(21),
    record: known({ delivered: 118, lost: 2, usualSeconds: 4 }),
  });
  expect(POLICIES.balanced.choose([...others, mine])?.why).toEqual([
    'safest way to pay: the money is locked and comes back by itself when nothing comes',
    '118 of 120 jobs that you bought there delivered',
    '21 sat, cheapest of 3 of that safety',
    'usually 4 s, as you have seen',
  ]);
});

test.each<[string, Partial<ComparedOffer>, Partial<ComparedOffer>[], string[]]>([
  [
    'new, and alone',
    {},
    [],
    [
      '20 sat, the only offer that may be taken',
      expect.stringContaining('locked'),
      'new: nothing is known of its provider',
    ],
  ],
  [
    'known by others, and alone in its safety',
    { record: known({}) },
    [{ id: hex32(9), exchange: 'prepay' }],
    [
      '20 sat, the only offer of that safety among 2',
      expect.stringContaining('locked'),
      '3 of 4 paid jobs of others delivered, as far as they show it',
    ],
  ],
  [
    'here already',
    { exchange: 'postpay', delivered: true },
    [],
    [
      '20 sat, the only offer that may be taken',
      'the result is here already',
      expect.stringContaining('new'),
    ],
  ],
  [
    'a gift',
    { exchange: 'free', delivered: true, amountMsat: ZERO_MSAT },
    [],
    ['0 sat, the only offer that may be taken', 'costs nothing', expect.stringContaining('new')],
  ],
])('says why of an offer that is %s', (_title, best, others, why) => {
  expect(POLICIES.cheapest.choose([offer(best), ...others.map(offer)])?.why).toEqual(why);
});

test('many trifling offers of nobodies do not move what a job usually costs', () => {
  const honest = [18, 20, 22].map((sats) => offer({ amountMsat: satsToMsat(sats), record: known({}) }));
  const trifles = Array.from({ length: 12 }, () => offer({ exchange: 'prepay', amountMsat: satsToMsat(1) }));
  expect(usualPriceMsat([...honest, ...trifles].map(prospectOf))).toBeGreaterThanOrEqual(satsToMsat(18));
});

const share = integer({ min: 0, max: 100 }).map((percent) => percent / 100);
const records: Arbitrary<ProviderRecord | null> = option(
  record({
    low: share,
    mean: share,
    delivered: integer({ min: 0, max: 30 }),
    lost: integer({ min: 0, max: 3 }),
    usualSeconds: option(integer({ min: 0, max: 300 })),
  }).map((told) => known({ ...told, low: Math.min(told.low, told.mean) })),
);
const offers = array(
  record({
    amountMsat: bigInt(0n, 5n).map((sats) => msat(sats * 1000n)),
    exchange: constantFrom(...EXCHANGE_MODES),
    usualSeconds: option(integer({ min: 0, max: 400 })),
    delivered: boolean(),
    createdAt: integer({ min: 0, max: 3 }),
    record: records,
  }),
  { minLength: 1, maxLength: 12 },
).map((list) => list.map((told, index) => offer({ ...told, id: hex32(index) })));

/** No worse in anything that a policy looks at, and better in something. */
function dominates(better: ComparedOffer, worse: ComparedOffer): boolean {
  const [left, right] = [measuresOf(better), measuresOf(worse)];
  return (
    left.every((number, index) => number <= right[index]!) &&
    left.some((number, index) => number < right[index]!)
  );
}

function measuresOf(each: ComparedOffer): number[] {
  const { exposure, chance, seconds } = prospectOf(each);
  const low = each.record?.reliability?.low ?? 0;
  return [Number(each.totalMsat), exposureRank(exposure), -chance, -low, seconds];
}

describe.each(NAMES)('%s, over any offers,', (name) => {
  test('takes one that may be taken and that none of them dominates, in whatever order they came', () => {
    assert(
      property(
        offers.chain((list) =>
          shuffledSubarray(list, { minLength: list.length }).map((shuffled) => ({ list, shuffled })),
        ),
        ({ list, shuffled }) => {
          const choice = POLICIES[name].choose(list);
          expect(POLICIES[name].choose(shuffled)).toEqual(choice);
          const acceptable = list.filter((each) => !prospectOf(each).distrusted);
          expect(choice === null).toBe(acceptable.length === 0);
          if (choice === null) return;
          const chosen = acceptable.find(({ id }) => id === choice.offerId);
          expect(chosen).toBeDefined();
          expect(choice.why.length).toBeGreaterThan(0);
          expect(acceptable.filter((each) => dominates(each, chosen!))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
