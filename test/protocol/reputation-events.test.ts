import {
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  oneof,
  property,
  record,
  string,
  uniqueArray,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildAssertion,
  buildFavourites,
  buildLabelling,
  buildRecommendation,
  buildReview,
} from '../../src/protocol/index.ts';
import { authored, BOLT11, hex32, PROVIDER } from './events.ts';
import { unix, id, word, maybe, relay, announcement, reread, roundTrips } from './event-readers.ts';

describe('what is built is read back the same', () => {
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
