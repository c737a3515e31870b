import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NwcConnections, NwcGrant, PaymentRecord } from '../../src/money/index.ts';
import { msat, orThrow } from '../../src/protocol/index.ts';

const NOW = 1_700_000_000;
const DAY = 86_400;
const hex = (seed: number): string => seed.toString(16).padStart(64, '0');

/** A connection for tests: numbered keys, all a connection can have unless changed. */
export function grantOf(seed: number, changes: Partial<NwcGrant> = {}): NwcGrant {
  return {
    name: `agent ${seed}`,
    clientPubkey: hex(seed),
    serviceSecretKey: new Uint8Array(32).fill((seed % 255) + 1),
    scope: 'own-payments',
    methods: ['pay_invoice', 'get_balance'],
    budget: { amountMsat: msat(100_000n), renewal: 'daily' },
    requestsPerMinute: 60,
    expiresAt: NOW + DAY,
    createdAt: NOW,
    ...changes,
  };
}

/** A payment to be reserved for a connection: 10 sat and 1 sat for the fee unless told. */
export function wishOf(clientPubkey: string, seed: number, amount = 10_000n, fee = 1_000n) {
  return {
    clientPubkey,
    paymentHash: hex(seed),
    bolt11: `lnbcrt${seed}`,
    amountMsat: msat(amount),
    feeLimitMsat: msat(fee),
  };
}

function invoiceOf(seed: number, changes: Partial<PaymentRecord> = {}): PaymentRecord {
  return {
    direction: 'incoming',
    state: 'pending',
    paymentHash: hex(seed),
    bolt11: `lnbcrt${seed}`,
    amountMsat: msat(7_000n),
    feePaidMsat: msat(0n),
    preimage: null,
    createdAt: NOW,
    settledAt: null,
    settleDeadlineHeight: null,
    ...changes,
  };
}

/** What every driver of `NwcConnections` must do. */
export function nwcConnectionsContract(
  name: string,
  open: () => Promise<{ readonly connections: NwcConnections; readonly close: () => Promise<void> }>,
): void {
  describe(name, () => {
    let connections: NwcConnections;
    let payments: NwcConnections['payments'];
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ connections, close } = await open());
      ({ payments } = connections);
    });
    afterEach(() => close());

    const add = async (grant: NwcGrant): Promise<string> => {
      orThrow(await connections.add(grant));
      return grant.clientPubkey;
    };
    const settled = async (seed: number, feePaid: bigint, settledAt: number): Promise<void> => {
      const reserved = await payments.find('outgoing', hex(seed));
      if (reserved === null) throw new Error('Nothing was reserved.');
      const proof = { preimage: hex(seed), feePaidMsat: msat(feePaid), settledAt };
      await payments.update({ ...reserved.record, state: 'settled', ...proof });
    };

    test('gives back what was added, the oldest first', async () => {
      const whole: NwcGrant = {
        name: 'owner',
        clientPubkey: hex(2),
        serviceSecretKey: new Uint8Array(32).fill(9),
        scope: 'whole-wallet',
        createdAt: NOW + 1,
      };
      await add(grantOf(1));
      await add(whole);
      expect(await connections.get(hex(1))).toEqual(grantOf(1));
      expect(await connections.get(hex(2))).toEqual(whole);
      expect(await connections.get(hex(3))).toBeNull();
      expect(await connections.list()).toEqual([grantOf(1), whole]);
    });

    test('has each name once, until its connection has ended', async () => {
      await add(grantOf(1, { name: 'agent' }));
      const second = grantOf(2, { name: 'agent' });
      expect(await connections.add(second)).toMatchObject({ ok: false, failure: { code: 'name-taken' } });
      expect(orThrow(await connections.revoke('agent', NOW + 5))).toEqual({
        ...grantOf(1, { name: 'agent' }),
        revokedAt: NOW + 5,
      });
      await add(second);
      await add(grantOf(3, { name: 'agent', createdAt: NOW + DAY, expiresAt: NOW + 2 * DAY }));
      expect(await connections.revoke('nobody', NOW)).toMatchObject({
        failure: { code: 'unknown-connection' },
      });
      expect(orThrow(await connections.revoke('agent', NOW + DAY)).clientPubkey).toBe(hex(3));
    });

    test('keeps at most 200, and forgets one that ended before it refuses', async () => {
      for (let seed = 1; seed <= 200; seed += 1) await add(grantOf(seed));
      expect(await connections.add(grantOf(201))).toMatchObject({
        failure: { code: 'too-many-connections' },
      });
      await connections.revoke('agent 7', NOW);
      await add(grantOf(201));
      expect(await connections.get(hex(7))).toBeNull();
      expect(await connections.list()).toHaveLength(200);
    });

    test('tells of connections that come and end, until the listener leaves', async () => {
      const leaving = new AbortController();
      let heard = 0;
      connections.watch(() => (heard += 1), leaving.signal);
      await add(grantOf(1));
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(1);
      await connections.revoke('agent 1', NOW);
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(2);
      leaving.abort();
      let others = 0;
      const { signal } = new AbortController();
      connections.watch(() => (others += 1), signal);
      await add(grantOf(2));
      await expect.poll(() => others, { timeout: 20_000 }).toBe(1);
      expect(heard).toBe(2);
    });

    test('knows a request event again for ten minutes', async () => {
      expect(await connections.isNewRequest(hex(1), NOW)).toBe(true);
      expect(await connections.isNewRequest(hex(1), NOW + 600)).toBe(false);
      expect(await connections.isNewRequest(hex(2), NOW + 601)).toBe(true);
      expect(await connections.isNewRequest(hex(1), NOW + 601)).toBe(true);
    });

    test('reserves amount and fee limit, and no more than the budget', async () => {
      const client = await add(grantOf(1));
      for (let seed = 1; seed <= 9; seed += 1)
        expect(await payments.reserve(wishOf(client, seed), NOW)).toEqual({ ok: true, value: undefined });
      expect(await payments.spentSince(client, NOW)).toBe(99_000n);
      expect(await payments.reserve(wishOf(client, 10), NOW)).toMatchObject({
        failure: { code: 'quota-exceeded', data: { wantedMsat: '11000', remainingMsat: '1000' } },
      });
      expect(await payments.reserve(wishOf(client, 10, 1_000n, 0n), NOW)).toMatchObject({ ok: true });
      expect(await payments.find('outgoing', hex(10))).toMatchObject({
        clientPubkey: client,
        record: { direction: 'outgoing', state: 'pending', amountMsat: 1_000n, createdAt: NOW },
      });
    });

    test('weighs reservations of the same moment one after the other', async () => {
      const client = await add(grantOf(1));
      const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
      const outcomes = await Promise.all(seeds.map((seed) => payments.reserve(wishOf(client, seed), NOW)));
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(9);
      expect(await payments.spentSince(client, NOW)).toBe(99_000n);
    });

    test('reserves the same payment once', async () => {
      const client = await add(grantOf(1));
      await payments.reserve(wishOf(client, 1), NOW);
      expect(await payments.reserve(wishOf(client, 1), NOW)).toMatchObject({ ok: true });
      expect(await payments.spentSince(client, NOW)).toBe(11_000n);
      expect(await payments.open(10)).toHaveLength(1);
    });

    test('counts what a settled payment cost, and no failed one', async () => {
      const client = await add(grantOf(1));
      await payments.reserve(wishOf(client, 1), NOW);
      await payments.reserve(wishOf(client, 2), NOW);
      await settled(1, 3n, NOW + 1);
      expect(await payments.spentSince(client, NOW)).toBe(21_003n);
      await payments.update({ ...invoiceOf(2), direction: 'outgoing', state: 'failed' });
      expect(await payments.spentSince(client, NOW)).toBe(10_003n);
      expect(await payments.open(10)).toEqual([]);
      expect(await payments.reserve(wishOf(client, 2), NOW + 9)).toMatchObject({ ok: true });
      expect(await payments.spentSince(client, NOW)).toBe(21_003n);
    });

    test('a settled payment stays settled and is not paid again', async () => {
      const client = await add(grantOf(1));
      await payments.reserve(wishOf(client, 1), NOW);
      await settled(1, 3n, NOW + 1);
      for (const state of ['failed', 'pending'] as const)
        await payments.update({ ...invoiceOf(1), direction: 'outgoing', state });
      expect(await payments.find('outgoing', hex(1))).toMatchObject({
        record: { state: 'settled', feePaidMsat: 3n, preimage: hex(1), settledAt: NOW + 1 },
      });
      expect(await payments.reserve(wishOf(client, 1), NOW + 2)).toMatchObject({
        failure: { code: 'payment-failed' },
      });
    });

    test('a new period forgives what was settled, not what is open', async () => {
      const client = await add(grantOf(1, { expiresAt: NOW + 9 * DAY }));
      const midnight = Math.ceil(NOW / DAY) * DAY;
      await payments.reserve(wishOf(client, 1, 50_000n), midnight - 2);
      await payments.reserve(wishOf(client, 2, 40_000n), midnight - 2);
      await settled(1, 1_000n, midnight - 1);
      expect(await payments.reserve(wishOf(client, 3, 40_000n), midnight - 1)).toMatchObject({ ok: false });
      expect(await payments.reserve(wishOf(client, 3, 40_000n), midnight)).toMatchObject({ ok: true });
      expect(await payments.reserve(wishOf(client, 4, 40_000n), midnight)).toMatchObject({
        failure: { code: 'quota-exceeded', data: { remainingMsat: '18000' } },
      });
    });

    test('pays for no connection that is unknown, revoked or expired', async () => {
      await add(grantOf(1));
      await add(grantOf(2, { expiresAt: NOW }));
      await connections.revoke('agent 1', NOW);
      for (const seed of [1, 2, 3])
        expect(await payments.reserve(wishOf(hex(seed), 1), NOW)).toMatchObject({
          failure: { code: 'wallet-unauthorized' },
        });
    });

    test('one connection does not pay what another pays or paid', async () => {
      const one = await add(grantOf(1));
      const other = await add(grantOf(2));
      await payments.reserve(wishOf(one, 1), NOW);
      const second = () => payments.reserve(wishOf(other, 1), NOW);
      expect(await second()).toMatchObject({ failure: { code: 'payment-failed' } });
      await payments.update({ ...invoiceOf(1), direction: 'outgoing', state: 'failed' });
      expect(await second()).toMatchObject({ ok: true });
      expect(await payments.spentSince(one, NOW)).toBe(0n);
      expect(await payments.spentSince(other, NOW)).toBe(11_000n);
    });

    test('a connection without a budget is limited by the wallet alone, whatever an invoice asks', async () => {
      const { budget: _none, ...unlimited } = grantOf(1);
      const client = await add(unlimited);
      const most = 2_100_000_000_000_000_000n;
      for (const seed of [1, 2, 3])
        expect(await payments.reserve(wishOf(client, seed, most), NOW)).toMatchObject({ ok: true });
      expect(await payments.spentSince(client, NOW)).toBe(most);
    });

    test('an invoice belongs to the connection that asked for it', async () => {
      const one = await add(grantOf(1));
      const other = await add(grantOf(2));
      expect(await payments.addInvoice(one, invoiceOf(1))).toBe(true);
      expect(await payments.addInvoice(other, invoiceOf(1))).toBe(false);
      expect(await payments.addInvoice(one, invoiceOf(1))).toBe(true);
      await payments.update(
        invoiceOf(1, { state: 'accepted', settleDeadlineHeight: 12, bolt11: null, createdAt: 1 }),
      );
      expect(await payments.find('incoming', hex(1))).toEqual({
        clientPubkey: one,
        feeLimitMsat: 0n,
        record: invoiceOf(1, { state: 'accepted', settleDeadlineHeight: 12 }),
      });
      expect(await payments.find('outgoing', hex(1))).toBeNull();
      await payments.update(invoiceOf(9, { state: 'settled' }));
      expect(await payments.find('incoming', hex(9))).toBeNull();
    });

    test('lists its own, newest first, both ways', async () => {
      const one = await add(grantOf(1));
      const other = await add(grantOf(2));
      for (const seed of [1, 2, 3])
        await payments.addInvoice(one, invoiceOf(seed, { createdAt: NOW + seed }));
      await payments.reserve(wishOf(one, 4), NOW + 4);
      await payments.reserve(wishOf(other, 5), NOW + 5);
      const hashes = async (query: Partial<Parameters<typeof payments.list>[0]>) =>
        (await payments.list({ clientPubkey: one, limit: 10, ...query })).map(({ record }) =>
          Number.parseInt(record.paymentHash, 16),
        );
      expect(await hashes({})).toEqual([4, 3, 2, 1]);
      expect(await hashes({ direction: 'incoming' })).toEqual([3, 2, 1]);
      expect(await hashes({ direction: 'outgoing' })).toEqual([4]);
      expect(await hashes({ from: NOW + 2, until: NOW + 3 })).toEqual([3, 2]);
      expect(await hashes({ limit: 2 })).toEqual([4, 3]);
    });
  });
}
