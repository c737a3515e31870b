import {
  array,
  assert,
  constantFrom,
  option,
  property,
  record as shaped,
  shuffledSubarray,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNOUNCEMENT_KIND, orThrow, parseAnnouncement, satsToMsat } from '../protocol/index.ts';
import { Evidence } from '../reputation/index.ts';
import { authored, PROVIDER } from '../../test/protocol/events.ts';
import { NOW } from '../../test/reputation/jobs.ts';
import { LIVENESS, SORTS, type ListedService } from './contract.ts';
import { listingOf } from './listing.ts';
import { parseProviderLists } from './provider-lists.ts';

const unknown = new Evidence().record(PROVIDER, NOW);

/** A service that is known for this and nothing else. */
function serviceOf(told: {
  readonly name: string;
  readonly sats: number | null;
  readonly low: number | null;
  readonly seconds: number | null;
  readonly step: (typeof LIVENESS)[number];
  readonly createdAt: number;
}): ListedService {
  const { name, sats, low, seconds, step, createdAt } = told;
  const tags = [
    ['d', name],
    ['k', '5050'],
  ];
  const event = authored(PROVIDER, { kind: ANNOUNCEMENT_KIND, created_at: createdAt, tags, content: '' });
  return {
    address: `31990:${PROVIDER}:${name}`,
    announcement: orThrow(parseAnnouncement(event)),
    priceMsat: sats === null ? null : satsToMsat(sats),
    liveness: { step, steps: [], lastSignAt: createdAt },
    record: {
      ...unknown,
      usualSeconds: seconds,
      reliability: low === null ? null : { low, mean: low, weight: 1 },
    },
    relays: [],
    favourite: false,
  };
}

const anyService = shaped({
  name: constantFrom('a', 'b', 'c', 'd', 'e'),
  sats: option(constantFrom(0, 5, 100)),
  low: option(constantFrom(0, 0.2, 0.9)),
  seconds: option(constantFrom(1, 60)),
  step: constantFrom(...LIVENESS),
  createdAt: constantFrom(NOW, NOW - 100),
}).map(serviceOf);

describe('the order of services', () => {
  test('is the same whatever order they came in, with the unknown last', () => {
    const anyServices = array(anyService, { minLength: 1, maxLength: 5 }).map((services) => [
      ...new Map(services.map((service) => [service.address, service])).values(),
    ]);
    const anyOrder = anyServices.chain((services) =>
      shuffledSubarray(services, { minLength: services.length }),
    );
    assert(
      property(anyOrder, constantFrom(...SORTS), (services, sort) => {
        const judged = services.map((service) => ({ service, refusal: null }));
        const listed = listingOf(judged, { sort }).services;
        expect(listingOf(judged.toReversed(), { sort }).services).toEqual(listed);
        const known = listed.map((service) => KNOWN[sort](service) !== null);
        expect(known).toEqual(known.toSorted((left, right) => Number(right) - Number(left)));
      }),
    );
  });

  test.each([
    ['reliability', { low: 0.9 }, { low: 0.2 }],
    ['price', { sats: 0 }, { sats: 5 }],
    ['speed', { seconds: 1 }, { seconds: 60 }],
    ['liveness', { step: 'delivers' }, { step: 'heartbeat' }],
    ['newest', { createdAt: NOW }, { createdAt: NOW - 100 }],
  ] as const)('by %s puts the better one first', (sort, better, worse) => {
    const plain = { sats: null, low: null, seconds: null, step: 'announced', createdAt: NOW } as const;
    const [first, second] = [
      serviceOf({ ...plain, name: 'z', ...better }),
      serviceOf({ ...plain, name: 'a', ...worse }),
    ];
    const judged = [second, first].map((service) => ({ service, refusal: null }));
    expect(listingOf(judged, { sort }).services).toEqual([first, second]);
  });
});

const KNOWN: Readonly<Record<(typeof SORTS)[number], (service: ListedService) => unknown>> = {
  reliability: ({ record }) => record.reliability,
  price: ({ priceMsat }) => priceMsat,
  speed: ({ record }) => record.usualSeconds,
  liveness: ({ liveness }) => liveness,
  newest: ({ announcement }) => announcement,
};

describe('lists that a caller kept', () => {
  test('may leave out either half', () => {
    const address = `31990:${PROVIDER}:service`;
    expect(orThrow(parseProviderLists({}))).toEqual({ blocked: [], allowed: [] });
    expect(orThrow(parseProviderLists({ blocked: [PROVIDER, address] }))).toEqual({
      blocked: [PROVIDER, address],
      allowed: [],
    });
  });

  test.each([
    ['lists', 'text'],
    ['lists', null],
    ['blocked', { blocked: ['npub1'] }],
    ['blocked', { blocked: PROVIDER }],
    ['allowed', { allowed: [7] }],
  ])('are refused rather than read as empty: %s in %j', (field, kept) => {
    expect(parseProviderLists(kept)).toMatchObject({ failure: { code: 'malformed-lists', data: { field } } });
  });
});
