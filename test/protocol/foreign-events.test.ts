import { array, assert, constantFrom, oneof, option, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orThrow, parseAddress, parseFavourites } from '../../src/protocol/index.ts';
import { anyTags, authored, BOLT11, CUSTOMER, hex32, PROVIDER } from './events.ts';
import { KINDS, READERS, id } from './event-readers.ts';

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
