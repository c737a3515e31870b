import { describe, expect, test } from 'vitest';
import {
  buildFeedback,
  foldJob,
  type JobInput,
  type JobPicture,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { authored, BOLT11, CUSTOMER, hex32, OTHER_PROVIDER, PROVIDER, STRANGER } from './events.ts';
import { cancels, delivers, job, quotes, request, says, START } from './job-events.ts';

function fold(...events: readonly NostrEvent[]): JobPicture {
  return foldJob({ request: job, events });
}

function reasons({ setAside }: JobPicture): string[] {
  return setAside.map(({ reason }) => reason);
}

function jobInput(data: string): JobInput {
  return { data, type: 'job', relay: null, marker: null };
}

describe('the picture of one job', () => {
  test('an id that nobody has seen', () => {
    expect(foldJob({ request: hex32(5), events: [] })).toMatchObject({
      state: 'unseen',
      final: false,
      request: null,
    });
  });

  test('requested, offered, working, delivered', () => {
    const steps = [
      quotes(PROVIDER, 1, 21, {
        bolt11: BOLT11,
        exchange: 'hold',
        usualSeconds: 2,
        worstSeconds: 9,
        validUntil: START + 60,
      }),
      says(PROVIDER, 2, 'processing'),
      says(PROVIDER, 3, 'partial', { content: 'half' }),
      delivers(PROVIDER, 4, 'whole'),
    ];
    const states = steps.map((_, count) => fold(...steps.slice(0, count)).state);
    expect(states).toEqual(['requested', 'offered', 'working', 'working']);
    const picture = fold(...steps);
    expect(picture).toMatchObject({ state: 'delivered', final: true, setAside: [], request: { id: job.id } });
    expect(picture.providers).toMatchObject([
      {
        pubkey: PROVIDER,
        addressed: true,
        state: 'delivered',
        offer: {
          amount: { msat: 21_000n },
          bolt11: BOLT11,
          exchange: 'hold',
          usualSeconds: 2,
          worstSeconds: 9,
          validUntil: START + 60,
          at: START + 1,
          standing: false,
        },
        partials: [{ content: 'half' }],
        results: [{ content: 'whole' }],
        error: null,
      },
    ]);
    expect(picture.timeline).toEqual([
      { at: START, pubkey: CUSTOMER, what: 'request', amountMsat: null, eventId: job.id },
      {
        at: START + 1,
        pubkey: PROVIDER,
        what: 'payment-required',
        amountMsat: 21_000n,
        eventId: steps[0]?.id,
      },
      { at: START + 2, pubkey: PROVIDER, what: 'processing', amountMsat: null, eventId: steps[1]?.id },
      { at: START + 3, pubkey: PROVIDER, what: 'partial', amountMsat: null, eventId: steps[2]?.id },
      { at: START + 4, pubkey: PROVIDER, what: 'result', amountMsat: null, eventId: steps[3]?.id },
    ]);
  });

  test('several providers each have their part, by key', () => {
    const { providers, state } = fold(
      delivers(OTHER_PROVIDER, 3),
      quotes(PROVIDER, 1, 5),
      delivers(STRANGER, 2),
      delivers(STRANGER, 4),
    );
    expect(state).toBe('delivered');
    expect(providers.map(({ pubkey, state: own, results }) => [pubkey, own, results.length])).toEqual([
      [PROVIDER, 'offered', 0],
      [OTHER_PROVIDER, 'delivered', 1],
      [STRANGER, 'delivered', 2],
    ]);
  });

  test('the latest quote with something to pay is the offer', () => {
    const withoutPrice = says(PROVIDER, 3, 'payment-required');
    const picture = fold(quotes(PROVIDER, 2, 10), quotes(PROVIDER, 1, 50), withoutPrice);
    expect(picture.providers[0]?.offer).toMatchObject({ amount: { msat: 10_000n }, standing: true });
  });

  test('an offer stands until its end, inclusive, while nobody works, fails or delivers', () => {
    const offer = quotes(PROVIDER, 1, 10, { validUntil: START + 30 });
    const standing = (at: number, ...more: NostrEvent[]) =>
      foldJob({ request: job, events: [offer, ...more], at: START + at }).providers.map(
        (part) => part.offer?.standing,
      );
    expect(standing(30)).toEqual([true]);
    expect(standing(31)).toEqual([false]);
    expect(standing(5, says(PROVIDER, 2, 'processing'))).toEqual([false]);
    expect(standing(5, says(PROVIDER, 2, 'error'))).toEqual([false]);
    expect(standing(5, cancels(CUSTOMER, 2))).toEqual([false]);
    expect(standing(5, delivers(OTHER_PROVIDER, 2))).toEqual([false, undefined]);
  });

  test.each([
    ['payment-required', 'processing', 'working'],
    ['processing', 'error', 'failed'],
    ['partial', 'success', 'result-missing'],
    ['processing', 'partial', 'working'],
    ['payment-required', 'error', 'failed'],
  ] as const)('in one second %s comes before %s', (first, second, state) => {
    const events = [says(PROVIDER, 1, first, { content: 'a' }), says(PROVIDER, 1, second, { content: 'b' })];
    expect(fold(...events).providers[0]?.state).toBe(state);
    expect(fold(...events.toReversed()).timeline.map(({ what }) => what)).toEqual(['request', first, second]);
  });

  test('in one second a sample comes before its price, other partial results after it', () => {
    const sample = says(PROVIDER, 1, 'partial', { content: 'taste' });
    expect(fold(sample, quotes(PROVIDER, 1, 5, { exchange: 'sample' })).state).toBe('offered');
    expect(fold(sample, quotes(PROVIDER, 1, 5, { exchange: 'prepay' })).state).toBe('working');
  });

  test('an error is remembered when the provider goes on', () => {
    const part = fold(
      says(PROVIDER, 1, 'error', { error: { code: 'busy', detail: '' } }),
      says(PROVIDER, 2, 'processing'),
    ).providers[0];
    expect(part).toMatchObject({ state: 'working', error: { error: { code: 'busy' } } });
  });

  test('failed means that everybody who answered gave up', () => {
    expect(fold(says(PROVIDER, 1, 'error'))).toMatchObject({ state: 'failed', final: false });
    expect(fold(says(PROVIDER, 1, 'error'), quotes(OTHER_PROVIDER, 1, 5)).state).toBe('offered');
  });

  test('words without meaning change nothing', () => {
    const tags = [
      ['status', 'warming up'],
      ['e', job.id],
    ];
    const chatter = authored(PROVIDER, { kind: 7000, created_at: START + 5, tags, content: '' });
    expect(fold(chatter)).toMatchObject({ state: 'requested', providers: [{ state: 'silent-status' }] });
    expect(fold(chatter, quotes(PROVIDER, 1, 5)).state).toBe('offered');
  });

  test('a result stands whatever its provider says later', () => {
    expect(fold(delivers(PROVIDER, 1), says(PROVIDER, 2, 'error'))).toMatchObject({
      state: 'delivered',
      providers: [{ state: 'delivered' }],
    });
  });

  test('providers that were not asked by name still count, and are told apart', () => {
    const asked = request({ targets: [PROVIDER] });
    const events = [delivers(PROVIDER, 1, 'a', asked), delivers(STRANGER, 1, 'b', asked)];
    const { providers } = foldJob({ request: asked, events });
    expect(providers.map(({ addressed }) => addressed)).toEqual([true, false]);
  });

  test('chained inputs say which result the customer builds on', () => {
    const chained = request({
      inputs: [jobInput(hex32(1)), jobInput(hex32(2))],
      chain: new Map([[hex32(2), hex32(3)]]),
    });
    expect(foldJob({ request: chained, events: [] }).chain).toEqual([
      { requestId: hex32(1), resultId: null },
      { requestId: hex32(2), resultId: hex32(3) },
    ]);
  });
});

describe('who may say what, and when', () => {
  test('only the customer cancels; what comes later is set aside, what came before stays', () => {
    expect(fold(cancels(PROVIDER, 1))).toMatchObject({
      state: 'requested',
      setAside: [{ reason: 'not-the-author' }],
    });
    const picture = fold(quotes(PROVIDER, 1, 5), cancels(CUSTOMER, 2), delivers(PROVIDER, 3));
    expect(picture).toMatchObject({
      state: 'cancelled',
      final: true,
      cancellation: { at: START + 2, reason: 'changed my mind' },
    });
    expect(reasons(picture)).toEqual(['after-cancellation']);
    expect(fold(delivers(PROVIDER, 2), cancels(CUSTOMER, 2)).state).toBe('delivered');
  });

  test('the earliest of several cancellations counts', () => {
    expect(fold(cancels(CUSTOMER, 9), cancels(CUSTOMER, 4)).cancellation?.at).toBe(START + 4);
  });

  test('a request expires by the asked time, and answers after its end are set aside', () => {
    const brief = request({ expiresAt: START + 60 });
    const at = (seconds: number, ...events: NostrEvent[]) =>
      foldJob({ request: brief, events, at: START + seconds });
    expect(at(60).state).toBe('requested');
    expect(at(61)).toMatchObject({ state: 'expired', final: true });
    expect(at(99, delivers(PROVIDER, 60, 'x', brief)).state).toBe('delivered');
    const late = at(99, delivers(PROVIDER, 61, 'x', brief));
    expect(late.state).toBe('expired');
    expect(reasons(late)).toEqual(['after-expiry']);
    expect(foldJob({ request: brief, events: [] }).state).toBe('requested');
  });

  test('the customer cannot answer for a provider', () => {
    const picture = fold(says(CUSTOMER, 1, 'success'), delivers(CUSTOMER, 2), quotes(CUSTOMER, 3, 1));
    expect(picture).toMatchObject({ state: 'requested', providers: [] });
    expect(reasons(picture)).toEqual(['by-customer', 'by-customer', 'by-customer']);
  });

  test('a result of another kind than the request asks for does not count', () => {
    const wrong = authored(PROVIDER, { ...delivers(PROVIDER, 1), kind: 6050 });
    expect(reasons(fold(wrong))).toEqual(['wrong-result-kind']);
  });

  test('events of other jobs and of no job', () => {
    const other = request({ kind: 5050 });
    const note = authored(STRANGER, { kind: 1, created_at: START, tags: [['e', job.id]], content: '' });
    const nameless = authored(STRANGER, {
      kind: 7000,
      created_at: START + 1,
      tags: [['status', 'error']],
      content: '',
    });
    const picture = fold(other, delivers(PROVIDER, 2, 'x', other), note, nameless);
    expect(picture.providers).toEqual([]);
    expect(new Set(reasons(picture))).toEqual(new Set(['other-job', 'unrelated-kind', 'missing-request-id']));
  });

  test('fact 22: escrow, endorsements and heartbeats of agents are no events of a job', () => {
    const around = [21117, 30311, 30333].map((kind) =>
      authored(PROVIDER, { kind, created_at: START + 1, tags: [['e', job.id]], content: '' }),
    );
    expect(reasons(fold(...around))).toEqual(around.map(() => 'unrelated-kind'));
  });

  test('before the request is seen answers count, cancellations cannot', () => {
    const picture = foldJob({ request: job.id, events: [quotes(PROVIDER, 1, 5), cancels(CUSTOMER, 2)] });
    expect(picture).toMatchObject({ state: 'offered', request: null, cancellation: null });
    expect(reasons(picture)).toEqual(['request-unseen']);
  });

  test('an unreadable request is set aside with its reason, and still says who the customer is', () => {
    const broken = authored(CUSTOMER, { kind: 5001, created_at: START, tags: [['i']], content: '' });
    const answer = authored(
      CUSTOMER,
      buildFeedback({ request: broken, status: 'success', createdAt: START + 1 }),
    );
    const picture = foldJob({ request: broken, events: [answer] });
    expect(picture).toMatchObject({ state: 'requested', request: null });
    expect(reasons(picture)).toEqual(['missing-input-data', 'by-customer']);
  });
});
