import {
  array,
  assert,
  asyncProperty,
  bigInt,
  constantFrom,
  integer,
  option,
  property,
  record,
  string,
  uniqueArray,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildNutzap,
  buildNutzapInfo,
  buildNutzapRedemption,
  buildPing,
  buildPong,
  buildRelayList,
  buildSubscription,
  buildSubscriptionReceipt,
  buildSubscriptionTier,
  buildUnsubscription,
  buildZapReceipt,
  buildZapRequest,
  decryptContent,
  msat,
  orThrow,
  parseNutzapRedemption,
  parseRelayList,
  parseZapRequest,
} from '../../src/protocol/index.ts';
import { authored, BOLT11, CUSTOMER, hex32, PROVIDER } from './events.ts';
import {
  unix,
  id,
  ids,
  word,
  maybe,
  relay,
  announcement,
  price,
  splits,
  proof,
  reread,
  roundTrips,
} from './event-readers.ts';

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
    roundTrips(
      draft,
      buildZapRequest,
      ({ zapped, address, comment, lnurl, recipientPubkey, amountMsat, relays }) => ({
        recipientPubkey,
        amountMsat,
        relays,
        eventId: zapped?.id ?? null,
        address: address ?? null,
        comment: comment ?? '',
        lnurl: lnurl ?? null,
        receiptPubkey: null,
      }),
    );
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
});
