import {
  assert,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
  string,
  uniqueArray,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildAnnouncement,
  buildFeedback,
  buildHeartbeat,
  buildJobRequest,
  buildResult,
  checkRequest,
  EXCHANGE_MODES,
  foldJob,
  kindContract,
  msat,
  parseAnnouncement,
  parseEvent,
  parseHeartbeat,
  parseJobFeedback,
  RESCUE_REASONS,
  parseJobRequest,
  parseJobResult,
  paymentAddress,
  type EventTemplate,
  type JobRequest,
} from '../../src/protocol/index.ts';
import { anyEvent, authored, BOLT11, CUSTOMER, hex32, PROVIDER } from './events.ts';
import { amountMsat, plan, requestDrafts, unix, word } from './request-drafts.ts';

const seconds = integer({ min: 0, max: 1_000_000 });
const requestDraft = requestDrafts({
  kind: integer({ min: 5000, max: 5999 }),
  paramName: word,
  bidMsat: amountMsat,
});

function readRequest(...draft: Parameters<typeof buildJobRequest>): JobRequest {
  const read = parseJobRequest(authored(CUSTOMER, buildJobRequest(...draft)));
  if (!read.ok) throw new Error(read.failure.message);
  return read.value;
}

const request = readRequest({
  kind: 5001,
  inputs: [{ data: 'a long text', type: 'text', relay: null, marker: null }],
  params: new Map(),
  outputs: [],
  relays: [],
  createdAt: 1_700_000_000,
});

function inputTags({ tags }: EventTemplate): (readonly string[])[] {
  return tags.filter(([name]) => name === 'i');
}

/** How a price is announced. */
function announced(amount: bigint): string {
  const draft = { identifier: 'x', kinds: [5001], name: 'x', about: 'x', amount: msat(amount) };
  const rest = { supportsEncryption: false, acceptsNutzaps: false, nip90Params: new Map(), createdAt: 1 };
  const read = parseAnnouncement(authored(PROVIDER, buildAnnouncement({ ...draft, ...rest })));
  return read.ok ? read.value.amount.pricing : read.failure.code;
}

describe('what is built is read back the same', () => {
  test('job requests', () => {
    assert(
      property(requestDraft, (draft) => {
        const read = readRequest(draft);
        expect(read).toMatchObject({
          kind: draft.kind,
          customerPubkey: CUSTOMER,
          inputs: draft.inputs,
          outputs: draft.outputs,
          relays: draft.relays,
          targets: draft.targets ?? [],
          exchanges: draft.exchanges ?? [],
          mints: draft.mints ?? [],
          expiresAt: draft.expiresAt ?? null,
          content: draft.content ?? '',
          createdAt: draft.createdAt,
          encrypted: false,
        });
        expect(read.params).toEqual(draft.params);
        expect(read.chain).toEqual(draft.chain ?? new Map());
        expect(read.bid?.msat).toBe(draft.bidMsat);
        expect(read.refundLud16).toBe(draft.refundLud16 ?? null);
        expect(read.welcomesRescue).toBe(draft.welcomesRescue ?? false);
        expect(read.followUp).toEqual(draft.followUp ?? null);
      }),
    );
  });

  test('job feedback', () => {
    const draft = record(
      {
        status: constantFrom('payment-required', 'processing', 'error', 'success', 'partial'),
        createdAt: unix,
        info: word,
        amountMsat,
        exchange: constantFrom(...EXCHANGE_MODES),
        validUntil: unix,
        error: record({ code: constantFrom('over-capacity', 'handler-failed'), detail: string() }),
        content: string(),
        relayHint: constantFrom('wss://a.example'),
        rescue: record({
          failedPubkey: constantFrom(PROVIDER, null),
          reason: constantFrom(...RESCUE_REASONS),
        }),
        plan,
      },
      { requiredKeys: ['status', 'createdAt'] },
    );
    assert(
      property(draft, seconds, seconds, (given, usualSeconds, worstSeconds) => {
        const template = buildFeedback({ ...given, request, usualSeconds, worstSeconds });
        const read = parseJobFeedback(authored(PROVIDER, template));
        expect(read).toMatchObject({
          ok: true,
          value: {
            requestId: request.id,
            customerPubkey: CUSTOMER,
            providerPubkey: PROVIDER,
            status: given.status,
            rawStatus: given.status,
            amount: given.amountMsat === undefined ? null : { msat: given.amountMsat },
            bolt11: null,
            exchange: given.exchange ?? null,
            usualSeconds,
            worstSeconds,
            validUntil: given.validUntil ?? null,
            error: given.error ?? null,
            rescue: given.rescue ?? null,
            plan: given.plan ?? null,
            content: given.content ?? '',
            createdAt: given.createdAt,
          },
        });
        const detail = given.error?.detail === '' ? null : (given.error?.detail ?? null);
        expect(read.ok && read.value.info).toBe(given.info ?? detail);
      }),
    );
  });

  test('job results, which carry the seven fields of the request and its inputs', () => {
    assert(
      property(requestDraft, string(), amountMsat, unix, (draft, content, amount, createdAt) => {
        const asked = readRequest(draft);
        const template = buildResult({
          request: { ...asked.event, verified: true } as typeof asked.event,
          content,
          mediaType: 'text/markdown',
          amountMsat: amount,
          bolt11: BOLT11,
          createdAt,
        });
        expect(parseJobResult(authored(PROVIDER, template))).toMatchObject({
          ok: true,
          value: {
            kind: draft.kind + 1000,
            requestId: asked.id,
            customerPubkey: CUSTOMER,
            amount: { msat: amount },
            bolt11: BOLT11,
            content,
            mediaType: 'text/markdown',
            createdAt,
          },
        });
        const inTag: unknown = JSON.parse(template.tags.find(([name]) => name === 'request')?.[1] ?? '');
        expect(inTag).toEqual(asked.event);
        expect(inputTags(template)).toEqual(inputTags(asked.event));
      }),
    );
  });

  test('announcements, with both spellings of the fields that have two', () => {
    const draft = record(
      {
        identifier: word,
        kinds: uniqueArray(integer({ min: 5000, max: 5999 }), { minLength: 1, maxLength: 4 }),
        name: word.filter((name) => name.trim() === name),
        about: constantFrom('Reads documents', 'Says “True” things'),
        amount: constantFrom('free' as const, 'flexible' as const, msat(21_000n)),
        supportsEncryption: boolean(),
        acceptsNutzaps: boolean(),
        nip90Params: constantFrom(
          new Map(),
          new Map([['size', { required: true, values: ['1', '2'], description: 'How big' }]]),
          new Map([['seed', { required: false, values: [], description: null }]]),
        ),
        createdAt: unix,
        picture: constantFrom('https://a.example/x.png'),
        lud16: constantFrom('me@wallet.example'),
        seller: constantFrom('Rosa'),
        byHand: constantFrom(true as const),
        operatorPubkey: constantFrom(CUSTOMER),
      },
      {
        requiredKeys: [
          'identifier',
          'kinds',
          'name',
          'about',
          'amount',
          'supportsEncryption',
          'acceptsNutzaps',
          'nip90Params',
          'createdAt',
        ],
      },
    );
    assert(
      property(draft, (given) => {
        const event = authored(PROVIDER, buildAnnouncement(given));
        const { amount, kinds, nip90Params, ...written } = given;
        const { picture = null, lud16 = null, operatorPubkey = null, ...same } = written;
        const pricing = typeof amount === 'string' ? amount : 'fixed';
        const sign = { pricing, msat: typeof amount === 'string' ? null : amount };
        const read = parseAnnouncement(event);
        expect(read).toMatchObject({
          ok: true,
          value: {
            ...same,
            picture,
            lud16,
            operatorPubkey,
            amount: sign,
            kinds: kinds.toSorted((a, b) => a - b),
          },
        });
        expect(read.ok && read.value.nip90Params).toEqual(nip90Params);
        expect(JSON.parse(event.content)).toMatchObject({
          supportsEncryption: given.supportsEncryption,
          encryptionSupported: given.supportsEncryption,
          acceptsNutZaps: given.acceptsNutzaps,
          cashuAccepted: given.acceptsNutzaps,
          ...(picture === null ? {} : { picture, image: picture }),
        });
      }),
    );
  });

  test('heartbeats', () => {
    assert(
      property(word, word, unix, (identifier, status, createdAt) => {
        const event = authored(PROVIDER, buildHeartbeat({ identifier, status, createdAt }));
        expect(parseHeartbeat(event)).toMatchObject({
          ok: true,
          value: { pubkey: PROVIDER, identifier, status, createdAt, expiresAt: createdAt + 300 },
        });
      }),
    );
  });

  test('prices finer than a sat are announced as flexible, nothing as free', () => {
    expect([announced(0n), announced(1n), announced(1500n), announced(2000n)]).toEqual([
      'free',
      'flexible',
      'flexible',
      'fixed',
    ]);
  });
});

describe('no event can make a reader throw', () => {
  test('any well-shaped event, decrypted to anything', () => {
    assert(
      property(anyEvent, option(string({ unit: 'binary' }), { nil: undefined }), (event, decrypted) => {
        const asked = parseJobRequest(event, decrypted);
        if (asked.ok) checkRequest(kindContract(event.kind), asked.value);
        const said = parseJobFeedback(event, decrypted);
        if (said.ok) paymentAddress(said.value);
        parseJobResult(event, decrypted);
        parseAnnouncement(event);
        parseHeartbeat(event);
        foldJob({ request: event, events: [event] });
        foldJob({ request: hex32(1), events: [event], at: 1 });
      }),
      { numRuns: 2000 },
    );
  });

  test('a hostile announcement is read in one pass', () => {
    const content = `"${'\\"'.repeat(100_000)}\\`;
    const event = authored(PROVIDER, { kind: 31990, created_at: 1, tags: [['k', '5001']], content });
    expect(parseAnnouncement(event)).toMatchObject({ ok: true, value: { name: null } });
  });

  test('more tags and values than a call takes arguments', () => {
    const many = Array.from({ length: 200_000 }, () => 'x');
    const tags = [...many.map(() => ['i', 'x', 'text']), ['param', 'a'], ['param', 'a', ...many]];
    const event = authored(CUSTOMER, { kind: 5001, created_at: 1, tags, content: '' });
    expect(parseJobRequest(event)).toMatchObject({ ok: true, value: { kind: 5001 } });
    expect(buildResult({ request: event, content: '', createdAt: 2 }).tags).toHaveLength(200_004);
  });

  test('anything at all, where an event is expected', () => {
    assert(
      property(
        anyEvent,
        string(),
        constantFrom(null, 1, 'x', [], [[]], [[1]], {}, -1, 1.5, '\ud800'),
        (event, key, value) => {
          const field = key in event ? key : 'tags';
          parseEvent({ ...event, [field]: value });
          parseEvent(value);
        },
      ),
    );
  });
});
