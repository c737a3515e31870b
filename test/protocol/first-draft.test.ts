import { describe, expect, test } from 'vitest';
import {
  answerFilter,
  buildCancellation,
  buildFeedback,
  buildFirstDraftRequest,
  buildResult,
  buildReview,
  buildZapRequest,
  checkRequest,
  foldJob,
  jobRole,
  kindContract,
  msat,
  orThrow,
  parseAnswer,
  parseEvent,
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
  parseReview,
  parseZapRequest,
  requestFilters,
  resultKindOf,
  verifyReview,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { authored, BOLT11, CUSTOMER, hex32, PROVIDER } from './events.ts';
import { DRAFT_BIDS, DRAFT_FACTS } from './first-draft-facts.ts';

const CREATED_AT = 1_700_000_000;
const asked = (tags: readonly (readonly string[])[], content = '') =>
  authored(CUSTOMER, { kind: 68_001, created_at: CREATED_AT, tags, content });
const job = asked([
  ['j', 'summarization'],
  ['input', 'a long text', 'text'],
]);
const answered = (tags: readonly (readonly string[])[], content = '') =>
  authored(PROVIDER, { kind: 68_002, created_at: CREATED_AT + 1, tags: [['e', job.id], ...tags], content });

describe('a request is read as the NIP-90 request that says the same', () => {
  test.each(DRAFT_FACTS)('$says', ({ tags, content = '', reads }) => {
    const read = parseJobRequest(asked(tags, content));
    expect(read).toMatchObject({ ok: true, value: { dialect: 'first-draft', ...reads } });
  });

  test.each(DRAFT_FACTS.filter(({ reads }) => 'bid' in reads && reads.bid !== null))(
    'and fits the contract of its kind: $says',
    ({ tags }) => {
      const request = orThrow(parseJobRequest(asked(tags)));
      expect(checkRequest(kindContract(request.kind), request)).toMatchObject({ ok: true });
    },
  );

  test.each(DRAFT_BIDS)('%j lets a provider ask %s msat', (tags, most) => {
    const request = orThrow(parseJobRequest(asked([['j', 'translation'], ...tags])));
    expect(request.bid).toEqual({ msat: most, raw: tags[0]?.slice(1) });
  });

  test('NIP-90 requests are told apart', () => {
    const nip90 = authored(CUSTOMER, { kind: 5001, created_at: 1, tags: [['d', 'x']], content: '' });
    expect(parseJobRequest(nip90)).toMatchObject({ value: { dialect: 'nip-90', identifier: null } });
  });
});

describe('a request that cannot be read is refused with a code', () => {
  test.each([
    ['no job type', []],
    ['a tag without one', [['j']]],
    ['an empty one', [['j', '', 'gpt-4']]],
    [
      'two',
      [
        ['j', 'translation'],
        ['j', 'summarization'],
      ],
    ],
    [
      'the same twice',
      [
        ['j', 'translation'],
        ['j', 'translation'],
      ],
    ],
  ])('%s: exactly one j tag', (_, tags) => {
    expect(parseJobRequest(asked(tags))).toMatchObject({
      failure: {
        code: 'malformed-tag',
        data: { tag: 'j' },
        message: expect.stringContaining('exactly once') as string,
      },
    });
  });

  test('a job that the draft does not define, with its type', () => {
    expect(parseJobRequest(asked([['j', 'image-generation']]))).toMatchObject({
      failure: { code: 'unknown-job-type', data: { type: 'image-generation' } },
    });
    const long = parseJobRequest(asked([['j', 'x'.repeat(10_000)]]));
    expect(JSON.stringify(long).length).toBeLessThan(500);
  });

  test.each(['input', 'i'])('an %s without data, naming the tag', (name) => {
    expect(parseJobRequest(asked([['j', 'translation'], [name]]))).toMatchObject({
      failure: {
        code: 'missing-input-data',
        data: { tag: 1 },
        message: expect.stringContaining(`"${name}"`) as string,
      },
    });
  });

  test('the maximum as a list inside of a tag, which no event may hold', () => {
    expect(parseEvent({ ...job, tags: [['bid', '10', ['25']]] })).toMatchObject({
      failure: { code: 'malformed-event', data: { field: 'tags' } },
    });
  });
});

describe('a request is written strictly', () => {
  const draft = {
    kind: 5001,
    inputs: [],
    params: new Map(),
    outputs: [],
    relays: [],
    createdAt: CREATED_AT,
  };

  test('as the template has it', () => {
    const inputs = [{ data: hex32(9), type: 'job', relay: null, marker: 'body' }];
    const written = buildFirstDraftRequest({
      ...draft,
      inputs,
      params: new Map([
        ['model', ['gpt-4']],
        ['length', ['3 paragraphs']],
      ]),
      relays: ['wss://a.example'],
      offeredMsat: msat(10_000n),
      bidMsat: msat(25_000n),
      expiresAt: CREATED_AT + 60,
      targets: [PROVIDER],
      identifier: 'my-summary',
      content: 'for my archive',
    });
    expect(orThrow(written)).toEqual({
      kind: 68_001,
      created_at: CREATED_AT,
      content: 'for my archive',
      tags: [
        ['j', 'summarization', 'gpt-4'],
        ['input', hex32(9), 'job', 'body'],
        ['bid', '10', '25'],
        ['param', 'length', '3 paragraphs'],
        ['relays', 'wss://a.example'],
        ['p', PROVIDER],
        ['expiration', (CREATED_AT + 60).toString()],
        ['d', 'my-summary'],
      ],
    });
  });

  test('an offer without a maximum is one number', () => {
    const { tags } = orThrow(buildFirstDraftRequest({ ...draft, bidMsat: msat(10_000n) }));
    expect(tags).toContainEqual(['bid', '10']);
  });

  test('not for jobs that the draft has no name for', () => {
    expect(buildFirstDraftRequest({ ...draft, kind: 5050 })).toMatchObject({
      failure: { code: 'no-job-type', data: { kind: 5050 } },
    });
  });

  test.each([
    { bidMsat: msat(10_500n) },
    { bidMsat: msat(10_000n), offeredMsat: msat(9_999n) },
    { bidMsat: msat(10_000n), offeredMsat: msat(11_000n) },
  ])('not with a bid that it cannot say: %o', (bid) => {
    expect(buildFirstDraftRequest({ ...draft, ...bid })).toMatchObject({ failure: { code: 'invalid-bid' } });
  });
});

describe('answers', () => {
  test('a result says success, asks in sats, and carries the invoice as NIP-90 does', () => {
    const template = buildResult({
      request: job,
      content: 'short',
      amountMsat: msat(20_500n),
      bolt11: BOLT11,
      createdAt: 1,
    });
    expect(template).toMatchObject({ kind: 68_002, content: 'short' });
    expect(template.tags).toEqual([
      ['request', JSON.stringify(job)],
      ['e', job.id],
      ['status', 'success'],
      ['payment', '21'],
      ['p', CUSTOMER],
      ['amount', '20500', BOLT11],
      ['alt', 'Result of a kind 68001 job'],
    ]);
    const event = authored(PROVIDER, template);
    expect(jobRole(event)).toBe('result');
    expect(parseAnswer(event)).toEqual(parseJobResult(event));
    expect(parseJobResult(event)).toMatchObject({
      value: {
        kind: 68_002,
        requestId: job.id,
        customerPubkey: CUSTOMER,
        amount: { msat: 20_500n },
        bolt11: BOLT11,
      },
    });
    expect(parseJobFeedback(event)).toMatchObject({ failure: { code: 'not-job-feedback' } });
  });

  test('a free result asks for nothing', () => {
    const { tags } = buildResult({ request: job, content: 'short', createdAt: 1 });
    expect(tags.map(([name]) => name)).not.toContain('payment');
  });

  test('an error takes the place of the result, and is feedback to its readers', () => {
    const error = { code: 'handler-failed', detail: 'no sound in there' };
    const template = buildFeedback({ request: job, status: 'error', error, createdAt: 1 });
    expect(template).toMatchObject({ kind: 68_002, content: '' });
    expect(template.tags).toContainEqual(['request', JSON.stringify(job)]);
    expect(template.tags).toContainEqual(['status', 'error', 'no sound in there']);
    const event = authored(PROVIDER, template);
    expect(jobRole(event)).toBe('feedback');
    expect(parseAnswer(event)).toMatchObject({
      ok: true,
      value: { status: 'error', info: 'no sound in there', error, requestId: job.id },
    });
    expect(parseJobResult(event)).toMatchObject({ failure: { code: 'not-a-job-result' } });
  });

  test('what the draft has no words for is said in NIP-90’s feedback', () => {
    const quote = { status: 'payment-required', exchange: 'hold', amountMsat: msat(21_000n) } as const;
    const event = authored(PROVIDER, buildFeedback({ request: job, ...quote, createdAt: 1 }));
    expect(event.kind).toBe(7000);
    expect(parseAnswer(event)).toMatchObject({ value: { status: 'payment-required', requestId: job.id } });
  });

  test.each([
    ['without a status', [], 'result'],
    ['with success in other letters', [['status', 'SUCCESS']], 'result'],
    ['with an error and more', [['status', 'error', 'too long']], 'feedback'],
    ['with a demand', [['status', 'payment_required']], 'feedback'],
    ['with a status that nobody knows', [['status', 'resting']], 'feedback'],
  ])('a 68002 %s: %j is a %s', (_, tags, role) => {
    const event = answered(tags, 'words');
    expect(jobRole(event)).toBe(role);
    expect(parseAnswer(event)).toMatchObject({ ok: true, value: { content: 'words' } });
  });

  test('what is no event of a job has no role and is no answer', () => {
    const note = authored(PROVIDER, { kind: 1, created_at: 1, tags: [['e', job.id]], content: '' });
    expect(jobRole(note)).toBeNull();
    expect(parseAnswer(note)).toMatchObject({ failure: { code: 'not-an-answer', data: { kind: 1 } } });
    expect(parseAnswer(job)).toMatchObject({ failure: { code: 'not-an-answer' } });
    expect(jobRole(job)).toBe('request');
  });

  test.each<[readonly (readonly string[])[], bigint | null, string | null]>([
    [[['payment', '10']], 10_000n, null],
    [[['payment', '10', BOLT11]], 10_000n, BOLT11],
    [[['payment', '10 beers']], null, null],
    [
      [
        ['payment', '10'],
        ['payment', '12'],
      ],
      null,
      null,
    ],
    [[['amount', '10500', BOLT11]], 10_500n, BOLT11],
    [
      [
        ['payment', '11'],
        ['amount', '10500', BOLT11],
      ],
      10_500n,
      BOLT11,
    ],
    [
      [
        ['payment', '10500'],
        ['amount', '10500', BOLT11],
      ],
      null,
      BOLT11,
    ],
    [
      [
        ['payment', '10'],
        ['amount', '10', 'beers'],
      ],
      null,
      null,
    ],
  ])('%j asks for %s msat', (tags, amount, bolt11) => {
    const result = orThrow(parseJobResult(answered(tags)));
    expect(result).toMatchObject({ amount: { msat: amount }, bolt11 });
  });
});

describe('the fold of a job', () => {
  const result = authored(
    PROVIDER,
    buildResult({ request: job, content: 'short', createdAt: CREATED_AT + 2 }),
  );
  const error = authored(
    PROVIDER,
    buildFeedback({ request: job, status: 'error', info: 'busy', createdAt: CREATED_AT + 1 }),
  );

  test.each([
    ['requested', []],
    ['failed', [error]],
    ['delivered', [error, result]],
  ])('is %s', (state, events) => {
    expect(foldJob({ request: job, events })).toMatchObject({ state, request: { dialect: 'first-draft' } });
  });

  test('takes no result of the other dialect', () => {
    const other = authored(PROVIDER, { ...result, kind: 6001 });
    expect(foldJob({ request: job, events: [other] })).toMatchObject({
      state: 'requested',
      setAside: [{ reason: 'wrong-result-kind' }],
    });
  });
});

describe('around the job', () => {
  test('the result’s kind follows the request’s', () => {
    expect([5000, 5999, 68_001].map(resultKindOf)).toEqual([6000, 6999, 68_002]);
  });

  test('a provider listens for the job types of its kinds, and for withdrawals', () => {
    const since = 5;
    const kinds = [5001, 5050];
    const draftOnly = [
      { kinds: [68_001], '#j': ['summarization', 'summarize'], since },
      { kinds: [5], '#k': ['68001'], since },
    ];
    expect(requestFilters({ kinds, dialects: ['first-draft'], since })).toEqual(draftOnly);
    expect(requestFilters({ kinds, dialects: ['nip-90', 'first-draft'], since })).toEqual([
      { kinds, since },
      draftOnly[0],
      { kinds: [5], '#k': ['5001', '5050', '68001'], since },
    ]);
    expect(requestFilters({ kinds: [5050], dialects: ['nip-90', 'first-draft'], since })).toEqual([
      { kinds: [5050], since },
      { kinds: [5], '#k': ['5050'], since },
    ]);
    expect(requestFilters({ kinds: [5050], dialects: ['first-draft'], since })).toEqual([]);
  });

  test('a customer listens for results, errors and feedback', () => {
    expect(answerFilter(job)).toEqual({ kinds: [7000, 68_002], '#e': [job.id] });
    expect(answerFilter({ ...job, kind: 5001 })).toEqual({ kinds: [7000, 6001], '#e': [job.id] });
  });

  test('a zap tags the request, a review the result, a deletion withdraws', () => {
    const zapped = { id: job.id, kind: job.kind };
    const draft = { recipientPubkey: PROVIDER, amountMsat: msat(1000n), relays: ['wss://a.example'] };
    const zap = authored(CUSTOMER, buildZapRequest({ ...draft, zapped, createdAt: 1 }));
    expect(parseZapRequest(zap)).toMatchObject({ value: { eventId: job.id } });

    const result = answered([], 'short');
    const review = orThrow(
      parseReview(authored(CUSTOMER, buildReview({ reviewed: result, rating: 1, createdAt: 2 }))),
    );
    const reviewed = orThrow(parseAnswer(result));
    expect(review).toMatchObject({ reviewedId: result.id, reviewedKind: 68_002 });
    expect(verifyReview(review, { request: job, reviewed })).toMatchObject({ ok: true });
    const otherJob: NostrEvent = { ...job, kind: 5001 };
    expect(verifyReview(review, { request: otherJob, reviewed })).toMatchObject({ ok: false });

    const withdrawal = buildCancellation({ requestId: job.id, requestKind: job.kind, createdAt: 2 });
    expect(withdrawal.tags).toContainEqual(['k', '68001']);
  });
});
