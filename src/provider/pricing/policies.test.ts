import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildJobRequest, msat, orThrow, parseJobRequest, satsToMsat } from '../../protocol/index.ts';
import { NO_RECORD } from '../trust-policy.ts';
import { sizeOfInputs, sizeOfRequest, type JobSize } from './job-size.ts';
import { byLoad, fixedPrice, perUnit, undercut, type PricedUnit } from './policies.ts';
import { proofOfWorkByLoad, waitingSeconds, type PriceSituation, type PricingPolicy } from './pricing.ts';

const text = (data: string, type = 'text') => ({ data, type, relay: null, marker: null });

function requestOf(inputs: readonly ReturnType<typeof text>[], params: Record<string, string> = {}) {
  const template = buildJobRequest({
    kind: 5050,
    inputs,
    params: new Map(Object.entries(params).map(([name, value]) => [name, [value]])),
    outputs: [],
    relays: [],
    createdAt: 1,
  });
  const [id, pubkey, sig] = ['aa'.repeat(32), 'bb'.repeat(32), 'cc'.repeat(64)];
  return orThrow(parseJobRequest({ ...template, id, pubkey, sig }));
}

function situation(told: Partial<PriceSituation> = {}): PriceSituation {
  const request = told.request ?? requestOf([text('hello world')]);
  return {
    request,
    size: sizeOfRequest(request),
    load: { running: 0, waiting: 0, concurrency: 2, secondsPerJob: 5 },
    record: NO_RECORD,
    rivals: [],
    ...told,
  };
}

const priceIn = (policy: PricingPolicy, told: Partial<PriceSituation> = {}) =>
  orThrow(policy.price(situation(told))).amountMsat;
const sats = fc.integer({ min: 0, max: 1_000_000 }).map(satsToMsat);
const amount = fc.bigInt({ min: 0n, max: 10n ** 9n }).map(msat);
const rival = fc.record({
  providerPubkey: fc.stringMatching(/^[0-9a-f]{64}$/),
  amountMsat: fc.bigInt({ min: 1n, max: 10n ** 10n }).map(msat),
});
const load = fc.record({
  running: fc.nat(50),
  waiting: fc.nat(500),
  concurrency: fc.integer({ min: 1, max: 50 }),
  secondsPerJob: fc.integer({ min: 0, max: 100 }),
});

/** Any policy that these can be put together to. */
const policy: fc.Arbitrary<PricingPolicy> = fc.letrec<{ policy: PricingPolicy }>((tie) => ({
  policy: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    sats.map(fixedPrice),
    fc
      .record({
        unit: fc.constantFrom<PricedUnit>('characters', 'words', 'bytes', 'items', { param: 'max_tokens' }),
        priceMsat: amount,
        perUnits: fc.integer({ min: 1, max: 1000 }),
        baseMsat: sats,
        minMsat: sats,
        unknownUnits: fc.nat(5000),
      })
      .map(perUnit),
    fc
      .tuple(
        tie('policy'),
        fc.record({ idlePercent: fc.nat(300), busyPercent: fc.nat(300), busyJobs: fc.nat(100) }),
      )
      .map(([of, told]) => byLoad(of, told)),
    fc
      .tuple(tie('policy'), fc.record({ floorMsat: sats, byMsat: sats, requotes: fc.nat(5) }))
      .map(([of, told]) => undercut(of, told)),
  ),
})).policy;

describe('every policy', () => {
  test('asks the same in the same situation, never less than its least, and a fixed one always that', () => {
    fc.assert(
      fc.property(
        policy,
        load,
        fc.array(rival, { maxLength: 8 }),
        fc.string({ maxLength: 200 }),
        (priced, now, rivals, words) => {
          const told = { load: now, rivals, request: requestOf([text(words)]) };
          const asked = priceIn(priced, told);
          expect(priceIn(priced, told)).toBe(asked);
          expect(asked).toBeGreaterThanOrEqual(priced.fromMsat);
          if (priced.isFixed) expect(asked).toBe(priced.fromMsat);
        },
      ),
    );
  });
});

describe('a price per unit', () => {
  test('counts what the request says, begun units in full', () => {
    const request = requestOf([text('two words'), text('and three more')]);
    const cost = (unit: PricedUnit, perUnits = 1) =>
      priceIn(perUnit({ unit, perUnits, priceMsat: satsToMsat(1) }), { request });
    expect(cost('words')).toBe(satsToMsat(5));
    expect(cost('words', 4)).toBe(satsToMsat(2));
    expect(cost('characters')).toBe(satsToMsat(23));
    expect(cost('items')).toBe(satsToMsat(2));
    const emoji = requestOf([text('é🦊')]);
    expect(priceIn(perUnit({ unit: 'characters', priceMsat: satsToMsat(1) }), { request: emoji })).toBe(
      satsToMsat(2),
    );
    expect(priceIn(perUnit({ unit: 'bytes', priceMsat: satsToMsat(1) }), { request: emoji })).toBe(
      satsToMsat(6),
    );
  });

  test('grows with the text, and never by less than nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), amount, sats, (shorter, more, priceMsat, minMsat) => {
        const priced = perUnit({ unit: 'characters', priceMsat, minMsat });
        const [less, greater] = [shorter, shorter + more].map((words) =>
          priceIn(priced, { request: requestOf([text(words)]) }),
        );
        expect(greater).toBeGreaterThanOrEqual(less ?? 0n);
        expect(less).toBeGreaterThanOrEqual(minMsat);
      }),
    );
  });

  test('counts a parameter, and nothing that is no number', () => {
    const priced = perUnit({ unit: { param: 'max_tokens' }, priceMsat: msat(50n), baseMsat: satsToMsat(1) });
    const asking = (max_tokens: string) =>
      priced.price(situation({ request: requestOf([], { max_tokens }) }));
    expect(orThrow(asking('100')).amountMsat).toBe(satsToMsat(6));
    for (const nonsense of ['', '-1', '1e3', 'many', '9'.repeat(20), '9'.repeat(12)])
      expect(asking(nonsense)).toMatchObject({ ok: false, failure: { code: 'price-unknown' } });
  });

  test('of what lies behind a URL is unknown, or that of the most there may be, which is said', () => {
    const request = requestOf([text('https://a.example/x', 'url')]);
    const told = { unit: 'bytes', perUnits: 1000, priceMsat: satsToMsat(1) } as const;
    expect(perUnit(told).price(situation({ request }))).toMatchObject({
      ok: false,
      failure: { code: 'price-unknown', data: { unit: 'bytes' } },
    });
    const most = perUnit({ ...told, unknownUnits: 20_000 });
    expect(orThrow(most.price(situation({ request })))).toEqual({
      amountMsat: satsToMsat(20),
      note: 'For at most 20000 bytes.',
    });
    const measured = sizeOfRequest(request, new Map([[0, { bytes: new Uint8Array(2500), isText: false }]]));
    expect(priceIn(most, { request, size: measured })).toBe(satsToMsat(3));
  });

  test('covers no more than it was asked for', () => {
    const priced = perUnit({ unit: 'characters', priceMsat: msat(1n), unknownUnits: 10 });
    const url = sizeOfRequest(requestOf([text('https://a.example', 'url')]));
    const found = (content: string, mediaType: string | null): JobSize =>
      sizeOfInputs([{ bytes: new TextEncoder().encode(content), mediaType }]);
    expect(priced.covers?.(url, found('x'.repeat(10), 'text/plain'))).toBe(true);
    expect(priced.covers?.(url, found('x'.repeat(11), 'text/plain'))).toBe(false);
    expect(priced.covers?.(url, found('x'.repeat(11), 'application/octet-stream'))).toBe(false);
    const asked = sizeOfRequest(requestOf([text('x'.repeat(30))]));
    expect(priced.covers?.(asked, asked)).toBe(true);
  });

  test('knows how long the sound of a WAV file lasts, whatever its header claims', () => {
    const wav = (claimed: number, there: number) => {
      const bytes = new Uint8Array(44 + there);
      const view = new DataView(bytes.buffer);
      for (const [at, word] of [
        [0, 'RIFF'],
        [8, 'WAVE'],
        [12, 'fmt '],
        [36, 'data'],
      ] as const)
        bytes.set(new TextEncoder().encode(word), at);
      view.setUint32(16, 16, true);
      view.setUint32(28, 16_000, true);
      view.setUint32(40, claimed, true);
      return sizeOfInputs([{ bytes, mediaType: 'audio/wav' }]).seconds;
    };
    expect(wav(48_000, 48_000)).toBe(3);
    expect(wav(0xffffffff, 48_000)).toBe(3);
    expect(sizeOfInputs([{ bytes: new Uint8Array(50), mediaType: 'audio/wav' }]).seconds).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const head = new Uint8Array([...new TextEncoder().encode('RIFF0000WAVE'), ...bytes]);
        const { seconds } = sizeOfInputs([{ bytes: head, mediaType: 'audio/wav' }]);
        expect(seconds === null || (seconds >= 0 && seconds <= bytes.length)).toBe(true);
      }),
    );
  });
});

describe('a price by load', () => {
  test('rises evenly from idle to busy, and no further', () => {
    const priced = byLoad(fixedPrice(satsToMsat(100)), { idlePercent: 50, busyPercent: 200, busyJobs: 10 });
    const at = (running: number, waiting: number) =>
      priceIn(priced, { load: { running, waiting, concurrency: 1, secondsPerJob: 1 } });
    expect([at(0, 0), at(1, 4), at(0, 10), at(4, 500)]).toEqual([50, 125, 200, 200].map(satsToMsat));
    expect(priced.fromMsat).toBe(satsToMsat(50));
  });
});

describe('undercutting', () => {
  const own = fixedPrice(satsToMsat(100));
  const chasing = undercut(own, { floorMsat: satsToMsat(40), byMsat: satsToMsat(5), requotes: 3 });
  const against = (...rivals: number[]) =>
    priceIn(chasing, {
      rivals: rivals.map((each) => ({ providerPubkey: 'aa'.repeat(32), amountMsat: satsToMsat(each) })),
    });

  test('goes a little below the cheapest, and never below the floor', () => {
    expect(against()).toBe(satsToMsat(100));
    expect(against(90)).toBe(satsToMsat(85));
    expect(against(60, 90)).toBe(satsToMsat(55));
    expect(against(44)).toBe(satsToMsat(40));
    expect(against(1)).toBe(satsToMsat(40));
    expect(against(500)).toBe(satsToMsat(100));
  });

  test('no offers of others, however many and of whatever kind, bring a price below the floor or above its own', () => {
    fc.assert(
      fc.property(
        policy,
        sats,
        sats,
        fc.array(rival, { maxLength: 20 }),
        load,
        (of, floorMsat, byMsat, rivals, now) => {
          const told = { rivals, load: now };
          const asked = priceIn(undercut(of, { floorMsat, byMsat, requotes: 3 }), told);
          const alone = priceIn(of, told);
          expect(asked).toBeGreaterThanOrEqual(floorMsat);
          expect(asked).toBeLessThanOrEqual(alone > floorMsat ? alone : floorMsat);
        },
      ),
    );
  });
});

test('a floor holds whatever is put around it', () => {
  const chasing = undercut(fixedPrice(satsToMsat(100)), {
    floorMsat: satsToMsat(40),
    byMsat: msat(0n),
    requotes: 1,
  });
  const idle = byLoad(chasing, { idlePercent: 10, busyPercent: 100, busyJobs: 10 });
  const rivals = [{ providerPubkey: 'aa'.repeat(32), amountMsat: satsToMsat(50) }];
  expect(priceIn(idle, { rivals })).toBe(satsToMsat(40));
});

test('the wait is that of the jobs before, in as many rows as are worked on at once', () => {
  const wait = (running: number, waiting: number) =>
    waitingSeconds({ running, waiting, concurrency: 4, secondsPerJob: 2.5 });
  expect([wait(0, 0), wait(3, 0), wait(4, 0), wait(4, 7)]).toEqual([0, 0, 3, 5]);
});

test('the work asked of strangers rises by a bit each time the queue doubles', () => {
  const bits = proofOfWorkByLoad({ idleBits: 8, mostBits: 12 });
  const at = (waiting: number) => bits({ running: 4, waiting, concurrency: 4, secondsPerJob: 1 });
  expect([0, 1, 3, 7, 15, 1000].map(at)).toEqual([8, 9, 10, 11, 12, 12]);
});
