import {
  array,
  assert,
  asyncProperty,
  bigInt,
  constantFrom,
  dictionary,
  integer,
  oneof,
  option,
  property,
  record,
  string,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildAssertion,
  buildFavourites,
  buildLabelling,
  buildNutzap,
  buildNutzapInfo,
  buildNutzapRedemption,
  buildPing,
  buildPong,
  buildRecommendation,
  buildRelayList,
  buildReview,
  buildSubscription,
  buildSubscriptionReceipt,
  buildSubscriptionTier,
  buildUnsubscription,
  buildZapReceipt,
  buildZapRequest,
  decryptContent,
  msat,
  orThrow,
  parseAddress,
  parseAssertion,
  parseFavourites,
  parseLabelling,
  parseNutzap,
  parseNutzapInfo,
  parseNutzapRedemption,
  parsePing,
  parsePong,
  parseRecommendation,
  parseRelayList,
  parseReview,
  parseSubscription,
  parseSubscriptionReceipt,
  parseSubscriptionTier,
  parseUnsubscription,
  parseZapReceipt,
  parseZapRequest,
  type EventTemplate,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { anyTags, authored, BOLT11, CUSTOMER, hex32, PROVIDER } from './events.ts';

const READERS: Readonly<Record<number, (event: NostrEvent, decrypted?: string) => Outcome<object>>> = {
  7: parseReview,
  1985: parseLabelling,
  7000: parsePong,
  7001: parseSubscription,
  7002: parseUnsubscription,
  7003: parseSubscriptionReceipt,
  7007: parsePing,
  7376: parseNutzapRedemption,
  9321: parseNutzap,
  9734: parseZapRequest,
  9735: parseZapReceipt,
  10002: parseRelayList,
  10019: parseNutzapInfo,
  10090: parseFavourites,
  30382: parseAssertion,
  30383: parseAssertion,
  30384: parseAssertion,
  31117: parseReview,
  31989: parseRecommendation,
  37001: parseSubscriptionTier,
};
const KINDS = Object.keys(READERS).map(Number);

const unix = integer({ min: 0, max: 4_000_000_000 });
const id = integer({ min: 0, max: 255 }).map(hex32);
const ids = uniqueArray(id, { minLength: 1, maxLength: 3 });
const word = string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const maybe = <Value>(value: Arbitrary<Value>): Arbitrary<Value | null> => option(value, { nil: null });
const relay = constantFrom('wss://a.example', 'ws://127.0.0.1:7777', 'wss://b.example/path');
const announcement = record({
  kind: constantFrom(31990),
  pubkey: id,
  identifier: constantFrom('', 'a:b', 'summaries'),
});
const price = record({
  amount: oneof(
    integer({ min: 1, max: 10 ** 9 }).map((n) => ({ msat: msat(BigInt(n)), raw: [n.toString(), 'msats'] })),
    constantFrom({ msat: null, raw: ['100', 'usd'] }),
  ),
  cadence: constantFrom('daily', 'monthly', 'yearly'),
});
const splits = array(record({ pubkey: maybe(id), weight: integer({ min: 0, max: 100 }) }), { maxLength: 3 });
const proof = record({
  amount: bigInt({ min: 1n, max: 2n ** 40n }),
  id: constantFrom('009a1f293253e41e'),
  secret: word,
  C: id.map((hex) => `02${hex}`),
  dleq: maybe(record({ e: id, s: id, r: id })),
});

/** Reads what was built, as the provider's event. */
function reread(template: EventTemplate): object {
  const read = READERS[template.kind]?.(authored(PROVIDER, template));
  return orThrow(read ?? { ok: false, failure: { code: 'no-reader', message: `${template.kind}` } });
}

/** Whatever is built from a draft reads as that draft. */
function roundTrips<Draft extends object>(
  drafts: Arbitrary<Draft>,
  build: (draft: Draft) => EventTemplate,
  reads: (draft: Draft) => object = (draft) => draft,
): void {
  assert(
    property(drafts, (draft) => {
      expect(reread(build(draft))).toMatchObject(reads(draft));
    }),
    { numRuns: 60 },
  );
}

describe('what is built is read back the same', () => {
  test('pings and pongs', () => {
    roundTrips(
      record({ providerPubkey: id, createdAt: unix }),
      buildPing,
      ({ providerPubkey, createdAt }) => ({
        targets: [providerPubkey],
        createdAt,
      }),
    );
    roundTrips(
      record({ ping: record({ id, senderPubkey: id }), content: string(), createdAt: unix }),
      buildPong,
      ({ ping, content, createdAt }) => ({ pingId: ping.id, providerPubkey: PROVIDER, content, createdAt }),
    );
  });

  test('relay lists', () => {
    const relays = uniqueArray(relay);
    assert(
      property(relays, relays, unix, (read, write, createdAt) => {
        const list = orThrow(parseRelayList(authored(PROVIDER, buildRelayList({ read, write, createdAt }))));
        expect([new Set(list.read), new Set(list.write)]).toEqual([new Set(read), new Set(write)]);
      }),
    );
  });

  test('subscriptions from tier to receipt', () => {
    roundTrips(
      record({
        identifier: word,
        title: maybe(word),
        picture: maybe(constantFrom('https://a.example/x.png')),
        about: string(),
        perks: array(word, { maxLength: 2 }),
        prices: array(price, { minLength: 1, maxLength: 3 }),
        splits,
        verifierPubkeys: ids,
        createdAt: unix,
      }),
      buildSubscriptionTier,
    );
    roundTrips(
      record({
        recipientPubkey: id,
        tier: maybe(announcement.map((address) => ({ ...address, kind: 37001 }))),
        tierEventId: maybe(id),
        price,
        splits,
        createdAt: unix,
      }),
      buildSubscription,
    );
    roundTrips(
      record({ subscription: record({ id, recipientPubkey: id }), createdAt: unix }),
      buildUnsubscription,
      ({ subscription }) => ({
        subscriptionId: subscription.id,
        recipientPubkey: subscription.recipientPubkey,
      }),
    );
    roundTrips(
      record({
        recipientPubkey: id,
        subscriberPubkey: id,
        subscriptionId: id,
        tierIdentifier: maybe(word),
        validFrom: integer({ min: 0, max: 1000 }),
        validUntil: integer({ min: 1000, max: 2000 }),
        createdAt: unix,
      }),
      buildSubscriptionReceipt,
    );
  });

  test('zap requests and receipts', () => {
    const draft = record(
      {
        recipientPubkey: id,
        amountMsat: bigInt({ min: 1n, max: 10n ** 12n }).map(msat),
        relays: uniqueArray(relay, { minLength: 1 }),
        createdAt: unix,
        zapped: record({ id, kind: constantFrom(7000, 6050) }),
        address: constantFrom(`31990:${hex32(3)}:x`),
        comment: string(),
        lnurl: constantFrom('lnurl1x'),
      },
      { requiredKeys: ['recipientPubkey', 'amountMsat', 'relays', 'createdAt'] },
    );
    roundTrips(draft, buildZapRequest, ({ zapped, address, comment, lnurl, createdAt: _, ...same }) => ({
      ...same,
      eventId: zapped?.id ?? null,
      address: address ?? null,
      comment: comment ?? '',
      lnurl: lnurl ?? null,
      receiptPubkey: null,
    }));
    assert(
      property(draft, option(id, { nil: undefined }), unix, (request, preimage, paidAt) => {
        const event = authored(CUSTOMER, buildZapRequest(request));
        const zapRequest = orThrow(parseZapRequest(event));
        const description = JSON.stringify(event);
        const told = preimage === undefined ? {} : { preimage };
        const template = buildZapReceipt({ zapRequest, description, bolt11: BOLT11, paidAt, ...told });
        expect(reread(template)).toMatchObject({
          signerPubkey: PROVIDER,
          recipientPubkey: request.recipientPubkey,
          senderPubkey: CUSTOMER,
          eventId: request.zapped?.id ?? null,
          address: request.address ?? null,
          bolt11: BOLT11,
          description,
          preimage: preimage ?? null,
          createdAt: paidAt,
        });
      }),
      { numRuns: 60 },
    );
  });

  test('nutzaps and who takes them', () => {
    const mints = uniqueArray(
      record({
        url: constantFrom('https://mint.example', 'https://mint.example/', 'https://b.example'),
        units: constantFrom([], ['sat'], ['usd', 'sat']),
      }),
      { minLength: 1, selector: ({ url }) => url },
    );
    roundTrips(
      record({
        mints,
        relays: uniqueArray(relay),
        lockPubkey: constantFrom(hex32(0x10), hex32(0x11)),
        createdAt: unix,
      }),
      buildNutzapInfo,
    );
    roundTrips(
      record({
        recipientPubkey: id,
        mint: constantFrom('https://mint.example'),
        unit: constantFrom('sat', 'usd'),
        proofs: array(proof, { minLength: 1, maxLength: 4 }),
        zapped: record({ id, kind: constantFrom(7000) }),
        comment: string(),
        createdAt: unix,
      }),
      buildNutzap,
      ({ zapped, ...same }) => ({ ...same, eventId: zapped.id, senderPubkey: PROVIDER }),
    );
  });

  test('redemptions, whose private part only the recipient reads', async () => {
    const recipient = secretKeySigner(generateSecretKey());
    const booked = record({
      direction: constantFrom('in', 'out'),
      amount: bigInt({ min: 0n, max: 10n ** 12n }),
      unit: constantFrom('sat', 'usd'),
      createdIds: ids,
    });
    await assert(
      asyncProperty(ids, ids, booked, async (nutzapIds, senderPubkeys, told) => {
        const redemption = {
          recipientPubkey: recipient.pubkey,
          nutzapIds,
          senderPubkeys,
          booked: told,
          createdAt: 5,
        };
        const event = await recipient.sign(await buildNutzapRedemption(redemption, recipient.nip44));
        const plaintext = orThrow(await decryptContent(event, recipient.pubkey, recipient));
        expect(orThrow(parseNutzapRedemption(event, plaintext))).toEqual(redemption);
        expect(orThrow(parseNutzapRedemption(event))).toEqual({ ...redemption, booked: null });
      }),
      { numRuns: 10 },
    );
  });

  test('reviews', () => {
    const draft = record(
      {
        reviewed: id.map((result) => ({
          ...authored(PROVIDER, { kind: 6050, created_at: 1, tags: [], content: '' }),
          id: result,
        })),
        rating: integer({ min: 0, max: 1000 }).map((n) => n / 1000),
        payment: record({ bolt11: constantFrom(BOLT11), preimage: id }),
        comment: word,
        relayHint: relay,
        createdAt: unix,
      },
      { requiredKeys: ['reviewed', 'rating', 'createdAt'] },
    );
    roundTrips(draft, buildReview, ({ reviewed, payment, comment, rating, createdAt }) => ({
      reviewedId: reviewed.id,
      providerPubkey: PROVIDER,
      reviewedKind: 6050,
      rating,
      payment: payment ?? null,
      comment: comment === '+' || comment === '-' ? '' : (comment ?? ''),
      createdAt,
    }));
  });

  test('favourites and recommendations', () => {
    const services = uniqueArray(record({ address: announcement, relayHint: maybe(relay) }), {
      maxLength: 3,
      selector: ({ address }) => JSON.stringify(address),
    });
    roundTrips(record({ services, createdAt: unix }), buildFavourites);
    roundTrips(
      record({
        handledKind: integer({ min: 5000, max: 5999 }),
        services: array(
          record({ address: announcement, relayHint: maybe(relay), platform: maybe(constantFrom('web')) }),
          { minLength: 1, maxLength: 3 },
        ),
        createdAt: unix,
      }),
      buildRecommendation,
    );
  });

  test('labels', () => {
    const target = record({
      tag: constantFrom('e', 'p', 'a', 'r', 't'),
      value: word,
      relayHint: maybe(relay),
    });
    const label = record({ value: word, namespace: constantFrom('org.example.liveness', 'ugc') });
    roundTrips(
      record({
        labels: array(label, { minLength: 1, maxLength: 3 }),
        targets: array(target, { minLength: 1, maxLength: 3 }),
        reason: string(),
        expiresAt: maybe(unix),
        createdAt: unix,
      }),
      buildLabelling,
    );
  });

  test('trusted assertions', () => {
    const about = oneof(
      record({ subject: constantFrom('pubkey', 'event'), subjectId: id }),
      record({ subject: constantFrom('address'), subjectId: constantFrom(`31990:${hex32(3)}:x`) }),
    );
    const metric = oneof(
      integer({ min: -(10 ** 6), max: 10 ** 12 }),
      integer({ min: -999, max: 999 }).map((n) => n / 8),
    );
    assert(
      property(
        about,
        maybe(integer({ min: 0, max: 100 })),
        dictionary(constantFrom('zap_cnt', 'reaction_cnt', 'org.example.p50_s'), metric),
        (subject, rank, numbers) => {
          const rest = { topics: ['bitcoin'], relayHint: 'wss://a.example', createdAt: 5 };
          const assertion = { ...subject, rank, metrics: new Map(Object.entries(numbers)), ...rest };
          expect(reread(buildAssertion(assertion))).toEqual({ ...assertion, assertorPubkey: PROVIDER });
        },
      ),
    );
  });
});

describe('what others write is read', () => {
  const read = (kind: number, tags: string[][], content = '') =>
    READERS[kind]?.(authored(CUSTOMER, { kind, created_at: 1, tags, content }));

  test.each([
    ['+', 1],
    ['', 1],
    ['-', 0],
    ['🤙', null],
  ])('the reaction "%s" to a result is the rating %s', (content, rating) => {
    expect(
      read(
        7,
        [
          ['e', hex32(1)],
          ['k', '6050'],
        ],
        content,
      ),
    ).toMatchObject({ value: { rating } });
  });

  test('a reaction is to the last event and key that it tags', () => {
    const tags = [
      ['e', hex32(1)],
      ['e', hex32(2), 'wss://a.example', hex32(9)],
      ['p', hex32(3)],
      ['p', hex32(4)],
    ];
    expect(read(7, tags)).toMatchObject({ value: { reviewedId: hex32(2), providerPubkey: hex32(4) } });
  });

  test('stars of agents', () => {
    const tags = [
      ['d', hex32(1)],
      ['rating', '4'],
      ['role', 'customer'],
      ['kind', '5300'],
    ];
    expect(read(31117, tags)).toMatchObject({
      value: { requestId: hex32(1), rating: 0.75, role: 'customer', reviewedKind: 6300 },
    });
  });

  test('nostrdvm tiers and subscriptions: npub in a split, the tier by its event', () => {
    const npub = 'npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6';
    const hex = '3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d';
    const tags = [
      ['d', 'x'],
      ['amount', '1000000', 'msats', 'daily'],
      ['zap', npub, 'wss://a.example', '16'],
      ['zap', '', 'wss://a.example', '2'],
      ['zap', hex32(1), '19'],
      ['zap', 'nobody', '', '1'],
    ];
    expect(read(37001, tags)).toMatchObject({
      value: {
        splits: [
          { pubkey: hex, weight: 16 },
          { pubkey: null, weight: 2 },
          { pubkey: hex32(1), weight: 19 },
        ],
      },
    });
    const subscription = [
      ['p', hex32(1)],
      ['e', hex32(2)],
      ['amount', '100', 'usd', 'monthly'],
    ];
    expect(read(7001, subscription)).toMatchObject({
      value: { tierEventId: hex32(2), tier: null, price: { amount: { msat: null }, cadence: 'monthly' } },
    });
  });

  test('private favourites follow the public ones', () => {
    const address = (n: number) => `31990:${hex32(n)}:x`;
    const event = authored(CUSTOMER, {
      kind: 10090,
      created_at: 1,
      tags: [
        ['a', address(1)],
        ['a', `30023:${hex32(1)}:x`],
      ],
      content: 'c',
    });
    const both = orThrow(
      parseFavourites(
        event,
        JSON.stringify([
          ['a', address(2)],
          ['a', address(1)],
        ]),
      ),
    );
    expect(both.services.map((service) => service.address.pubkey)).toEqual([hex32(1), hex32(2)]);
  });
});

describe('what cannot be read is refused with a code and the tag at fault', () => {
  const zap = [['p', hex32(1)]];
  const twice = (tag: string[]) => [...zap, tag, tag];
  const nutzap = [
    ['p', hex32(1)],
    ['u', 'https://m.example'],
  ];
  test.each<[number, string, string[][], string?]>([
    [7, 'e', []],
    [
      7,
      'k',
      [
        ['e', hex32(1)],
        ['k', '1'],
      ],
    ],
    [
      7,
      'rating',
      [
        ['e', hex32(1)],
        ['rating', '1.5'],
      ],
    ],
    [31117, 'd', [['rating', '5']]],
    [
      31117,
      'rating',
      [
        ['d', hex32(1)],
        ['rating', '6'],
      ],
    ],
    [1985, 'l', [['e', hex32(1)]]],
    [1985, 'e', [['l', 'x']]],
    [
      7000,
      'status',
      [
        ['e', hex32(1)],
        ['status', 'success'],
      ],
    ],
    [7000, 'e', [['status', 'pong']]],
    [7001, 'p', [['amount', '1', 'msats', 'daily']]],
    [7001, 'amount', twice(['amount', '1', 'msats', 'daily'])],
    [7001, 'amount', [...zap, ['amount', '1', 'msats']]],
    [7002, 'e', zap],
    [7003, 'p', []],
    [7003, 'P', zap],
    [7003, 'e', [...zap, ['P', hex32(2)]]],
    [7003, 'valid', [...zap, ['P', hex32(2)], ['e', hex32(3)], ['valid', '9', '1']]],
    [7376, 'e', [['e', hex32(1), '', 'created']]],
    [9321, 'p', []],
    [9321, 'u', zap],
    [9321, 'proof', nutzap],
    [9321, 'proof', [...nutzap, ['proof', '{"amount":-1}']]],
    [9734, 'p', []],
    [9734, 'p', twice(['p', hex32(2)])],
    [9734, 'e', twice(['e', hex32(2)])],
    [9734, 'e', [...zap, ['e', 'x']]],
    [9734, 'a', [...zap, ['a', 'x']]],
    [9734, 'P', [...zap, ['P', 'x']]],
    [9734, 'amount', [...zap, ['amount', '21 sats']]],
    [9735, 'p', []],
    [9735, 'bolt11', zap],
    [9735, 'description', [...zap, ['bolt11', BOLT11]]],
    [10019, 'mint', [['pubkey', hex32(1)]]],
    [10019, 'pubkey', [['mint', 'https://m.example']]],
    [
      10019,
      'pubkey',
      [
        ['mint', 'https://m.example'],
        ['pubkey', `02${PROVIDER}`],
      ],
    ],
    [30382, 'd', [['d', 'x']]],
    [30384, 'd', [['d', hex32(1)]]],
    [
      30383,
      'rank',
      [
        ['d', hex32(1)],
        ['rank', '101'],
      ],
    ],
    [31989, 'd', [['a', `31990:${hex32(1)}:x`]]],
    [
      31989,
      'a',
      [
        ['d', '5050'],
        ['a', `30023:${hex32(1)}:x`],
      ],
    ],
    [37001, 'd', [['amount', '1', 'msats', 'daily']]],
    [37001, 'amount', [['d', 'x']]],
  ])('kind %s, tag "%s": %j', (kind, tag, tags) => {
    const event = authored(PROVIDER, { kind, created_at: 1, tags, content: '' });
    expect(READERS[kind]?.(event)).toMatchObject({ failure: { code: 'malformed-tag', data: { tag } } });
  });

  test('events of another kind', () => {
    const event = authored(PROVIDER, { kind: 1, created_at: 1, tags: [], content: '' });
    for (const read of Object.values(READERS))
      expect(read(event)).toMatchObject({ failure: { code: 'wrong-kind', data: { kind: 1 } } });
  });

  test('addresses that are none', () => {
    for (const text of [
      '',
      'x',
      `31990:${hex32(1)}`,
      `99999:${hex32(1)}:x`,
      `-1:${hex32(1)}:x`,
      '31990:AB:x',
    ])
      expect(parseAddress(text)).toBeNull();
  });

  test('no event makes a reader throw', () => {
    const names = constantFrom(
      'a',
      'proof',
      'u',
      'valid',
      'P',
      'rank',
      'zap',
      'mint',
      'pubkey',
      'payment',
      'rating',
    );
    const values = oneof(
      string(),
      id,
      constantFrom('{"amount":1}', '["P2PK",{}]', '[]', `1:${hex32(1)}:`, '1', '+'),
    );
    const tags = oneof(
      anyTags,
      array(
        record({ name: names, rest: array(values, { maxLength: 4 }) }).map(({ name, rest }) => [
          name,
          ...rest,
        ]),
        { maxLength: 8 },
      ),
    );
    assert(
      property(
        constantFrom(...KINDS),
        tags,
        values,
        option(values, { nil: undefined }),
        (kind, any, content, inner) => {
          const event = authored(PROVIDER, { kind, created_at: 1, tags: any, content });
          for (const read of Object.values(READERS)) read(event, inner);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
