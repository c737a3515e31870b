import {
  array,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  string,
  type Arbitrary,
  tuple,
} from 'fast-check';
import { eventId, type EventTemplate, type NostrEvent } from '../../src/protocol/index.ts';

/** A key or id that is recognisable in a failing test: the same two hex digits, 32 times. */
export function hex32(byte: number): string {
  return byte.toString(16).padStart(2, '0').repeat(32);
}

export const CUSTOMER = hex32(0xc0);
export const PROVIDER = hex32(0xa1);
export const OTHER_PROVIDER = hex32(0xa2);
export const STRANGER = hex32(0xee);
export const BOLT11 = 'lnbcrt10u1pjexampleinvoice';

/** An event with its true id and a made-up signature: readers and the fold leave signatures to the caller. */
export function authored(pubkey: string, template: EventTemplate): NostrEvent {
  const { kind, created_at, tags, content } = template;
  return {
    id: eventId({ ...template, pubkey }),
    pubkey,
    created_at,
    kind,
    tags,
    content,
    sig: 'f'.repeat(128),
  };
}

const TAG_NAMES =
  'i param output bid relays p e encrypted expiration exchange chain continues milestone revisions status s amount bolt11 invoice request eta ' +
  'valid_until error d k t name picture refund lud16 content j input params payment wss://nameless.example';
const tagNames = constantFrom('', ...TAG_NAMES.split(' '));
const tagValues = oneof(
  string({ unit: 'binary' }),
  constantFrom(
    CUSTOMER,
    PROVIDER,
    hex32(1),
    BOLT11,
    `lightning:${BOLT11.toUpperCase()}`,
    'wss://relay.example',
  ),
  constantFrom('text', 'job', 'url', 'error', 'payment-required', '1000', '100_000', 'sats', '-1', '1e9'),
  constantFrom(
    '9'.repeat(40),
    '["wss://a.example"',
    '[]',
    '{"id":1}',
    `{'id': '${hex32(1)}'}`,
    '[[[[]]]]',
    'null',
  ),
);

/** Tags as strangers write them: known names with anything behind them, nameless ones and empty ones. */
export const anyTags: Arbitrary<string[][]> = array(
  oneof(
    {
      weight: 5,
      arbitrary: tuple(tagNames, array(tagValues, { maxLength: 4 })).map(([name, values]) => [
        name,
        ...values,
      ]),
    },
    { weight: 1, arbitrary: array(tagValues, { maxLength: 4 }) },
  ),
  { maxLength: 12 },
);

/** Any well-shaped event of a kind that the protocol room reads. */
export const anyEvent: Arbitrary<NostrEvent> = record({
  pubkey: constantFrom(CUSTOMER, PROVIDER, STRANGER),
  kind: oneof(constantFrom(5, 7000, 31990, 11998, 9735, 68001, 68002), integer({ min: 4990, max: 7010 })),
  created_at: integer({ min: 0, max: 4_000_000_000 }),
  tags: anyTags,
  content: oneof(tagValues, constant('{"name":["x"],"nip90Params":{"a":1},"amount":{}}')),
}).map(({ pubkey, ...template }) => authored(pubkey, template));
