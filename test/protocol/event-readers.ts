import {
  array,
  assert,
  bigInt,
  constantFrom,
  integer,
  oneof,
  option,
  property,
  record,
  string,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import { expect } from 'vitest';
import {
  msat,
  orThrow,
  parseAssertion,
  parseFavourites,
  parseLabelling,
  parseNutzap,
  parseNutzapInfo,
  parseNutzapRedemption,
  parseOperatorStatement,
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
import { authored, hex32, PROVIDER } from './events.ts';

/** The reader of each kind. */
export const READERS: Readonly<Record<number, (event: NostrEvent, decrypted?: string) => Outcome<object>>> = {
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
  30078: parseOperatorStatement,
  30382: parseAssertion,
  30383: parseAssertion,
  30384: parseAssertion,
  31117: parseReview,
  31989: parseRecommendation,
  37001: parseSubscriptionTier,
};
/** All kinds that have a reader. */
export const KINDS = Object.keys(READERS).map(Number);

export const unix = integer({ min: 0, max: 4_000_000_000 });
export const id = integer({ min: 0, max: 255 }).map(hex32);
export const ids = uniqueArray(id, { minLength: 1, maxLength: 3 });
export const word = string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
export const maybe = <Value>(value: Arbitrary<Value>): Arbitrary<Value | null> =>
  option(value, { nil: null });
export const relay = constantFrom('wss://a.example', 'ws://127.0.0.1:7777', 'wss://b.example/path');
export const announcement = record({
  kind: constantFrom(31990),
  pubkey: id,
  identifier: constantFrom('', 'a:b', 'summaries'),
});
export const price = record({
  amount: oneof(
    integer({ min: 1, max: 10 ** 9 }).map((n) => ({ msat: msat(BigInt(n)), raw: [n.toString(), 'msats'] })),
    constantFrom({ msat: null, raw: ['100', 'usd'] }),
  ),
  cadence: constantFrom('daily', 'monthly', 'yearly'),
});
export const splits = array(record({ pubkey: maybe(id), weight: integer({ min: 0, max: 100 }) }), {
  maxLength: 3,
});
export const proof = record({
  amount: bigInt({ min: 1n, max: 2n ** 40n }),
  id: constantFrom('009a1f293253e41e'),
  secret: word,
  C: id.map((hex) => `02${hex}`),
  dleq: maybe(record({ e: id, s: id, r: id })),
});

/** Reads what was built, as the provider's event. */
export function reread(template: EventTemplate): object {
  const read = READERS[template.kind]?.(authored(PROVIDER, template));
  return orThrow(read ?? { ok: false, failure: { code: 'no-reader', message: `${template.kind}` } });
}

/** Whatever is built from a draft reads as that draft. */
export function roundTrips<Draft extends object>(
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
