import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner, wrapFor } from '../../src/keys/index.ts';
import { msat, orThrow, parseInvoice, wrapJobMessage, type NostrEvent } from '../../src/protocol/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import type { ScriptedProvider } from '../customer/scripted-provider.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from '../customer/stage.ts';
import { PAID_MSAT } from './stage.ts';

const OFFER = { type: 'refund-offer', amountMsat: PAID_MSAT, claimUntil: 9_999_999_999 } as const;

let stage: BuyingStage;
let provider: ScriptedProvider;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

/** A job that was paid first, and of which its provider then said that it failed. */
async function failedJob(customer: Customer): Promise<NostrEvent> {
  await buy(customer, { exchanges: ['prepay'] });
  const request = await provider.nextRequest();
  await provider.untilPaid(await provider.ask(request, 21));
  await provider.say(request, { status: 'error', error: { code: 'broken', detail: '' } });
  return request;
}

const refundOf = async (customer: Customer, { id }: NostrEvent) => (await customer.get(id))?.refund ?? null;
const untilClaimed = (customer: Customer, request: NostrEvent) =>
  vi.waitFor(
    async () => {
      const refund = await refundOf(customer, request);
      if (refund === null) throw new Error('Nothing was claimed.');
      return refund;
    },
    { timeout: 20_000 },
  );

/** Waits until so many claims have reached the provider's relay. */
async function untilSent(claims: number): Promise<void> {
  const pool = stage.openPool();
  const filter = { kinds: [1059], '#p': [provider.pubkey] };
  await vi.waitFor(async () => expect(await pool.query([stage.relayUrl], [filter])).toHaveLength(claims), {
    timeout: 20_000,
  });
}

/** A payment to the customer's wallet from somebody. */
async function incoming(sats: bigint): Promise<{ paymentHash: string; preimage: string }> {
  const wish = { amountMsat: msat(sats * 1000n), description: 'a gift', expirySeconds: 600 };
  const { bolt11, paymentHash } = orThrow(await stage.wallet().makeInvoice(wish));
  const bob = stage.bank.wallet('bob');
  const paid = orThrow(await bob.pay({ bolt11: bolt11 ?? '', feeLimitMsat: msat(5000n) }));
  return { paymentHash, preimage: paid.preimage };
}

describe('a customer whose job failed', () => {
  test('sends the same claim again, in another wrap, for each offer of its provider and for nobody else', async () => {
    provider = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const request = await failedJob(customer);
    const first = await untilClaimed(customer, request);
    await untilSent(1);
    const thief = secretKeySigner(generateSecretKey());
    const forged = { ...OFFER, requestId: request.id, text: '', createdAt: request.created_at };
    const wrap = orThrow(await wrapJobMessage(forged, wrapFor(customer.pubkey, thief, forged.createdAt)));
    await stage.openPool().publish(wrap, [stage.relayUrl]);
    await provider.whisper(request, OFFER);
    await untilSent(2);
    expect(await refundOf(customer, request)).toEqual(first);
  });

  test('has one invoice out: another is made only after the first has expired unpaid', async () => {
    provider = await stage.openProvider('alice');
    const wallet = faultyWallet(stage.wallet(), {});
    const signer = secretKeySigner(generateSecretKey());
    const ledger = stage.openLedger();
    const customer = stage.openCustomer({ signer, ledger, wallet });
    const request = await failedJob(customer);
    const first = await untilClaimed(customer, request);
    await customer.close();

    const next = stage.openCustomer({ signer, ledger, wallet });
    await next.resume();
    await provider.whisper(request, OFFER);
    await untilSent(2);
    expect(await refundOf(next, request)).toEqual(first);
    await next.close();

    stage.clock.aheadSeconds = 86_400 + 120;
    const later = stage.openCustomer({ signer, ledger, wallet });
    await later.resume();
    // Not on the relay: a wrap is dated up to two days back from our clock, which is a day ahead of the relay's.
    await vi.waitFor(
      async () => expect((await refundOf(later, request))?.paymentHash).not.toBe(first.paymentHash),
      { timeout: 20_000 },
    );
    expect(orThrow(parseInvoice(first.bolt11)).expiresAt).toBeLessThan(
      Math.floor(Date.now() / 1000) + stage.clock.aheadSeconds,
    );
  });

  test('claims nothing when it was delivered late, and nothing for a job that it paid after reading', async () => {
    provider = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer, { exchanges: ['postpay'] });
    const request = await provider.nextRequest();
    await provider.untilPaid(await provider.deliverPriced(request, 21, 'done'));
    expect(await purchase.result()).toMatchObject({ ok: true });
    await provider.say(request, { status: 'error', error: { code: 'broken', detail: '' } });
    await provider.whisper(request, OFFER);
    expect(await refundOf(customer, request)).toBeNull();
    await untilSent(0);
  });

  test('asks its wallet again when that makes no invoice at first', async () => {
    provider = await stage.openProvider('alice');
    let refusals = 1;
    const real = stage.wallet();
    const wallet = faultyWallet(real, {
      makeInvoice: async (wish, call) =>
        refusals-- > 0
          ? { ok: false, failure: { code: 'wallet-timeout', message: 'Nothing came.' } }
          : real.makeInvoice(wish, call),
    });
    const troubles: string[] = [];
    const customer = stage.openCustomer({ wallet, onTrouble: ({ code }) => troubles.push(code) });
    await untilClaimed(customer, await failedJob(customer));
    expect(troubles).toEqual(['wallet-timeout']);
  });
});

describe('a payment that the provider names as the refund', () => {
  /** Names payments, then offers twice: a claim that is sent again shows that all of them were looked at. */
  async function name(request: NostrEvent, payments: { paymentHash: string; preimage: string }[]) {
    for (const payment of payments) await provider.whisper(request, { type: 'refund-paid', ...payment });
    await provider.whisper(request, OFFER);
    await untilSent(1);
    await provider.whisper(request, { ...OFFER, claimUntil: OFFER.claimUntil - 1 });
    await untilSent(2);
  }

  test('counts when the own wallet received it, once', async () => {
    provider = await stage.openProvider('alice');
    const customer = stage.openCustomer({ refundLud16: 'me@wallet.example' });
    const [first, second] = [await failedJob(customer), await failedJob(customer)];
    const payment = await incoming(21n);
    await provider.whisper(first, { type: 'refund-paid', ...payment });
    expect(await untilState(customer, first.id, 'refunded')).toMatchObject({
      refund: { paymentHash: payment.paymentHash },
    });
    await name(second, [payment]);
    expect(await customer.get(second.id)).toMatchObject({ state: 'paid' });
  });

  test('does not count when it is older than the request, too small, or went elsewhere', async () => {
    provider = await stage.openProvider('alice');
    const customer = stage.openCustomer({ refundLud16: 'me@wallet.example' });
    const older = await incoming(21n);
    await vi.waitFor(
      async () => {
        const record = orThrow(await stage.wallet().lookup({ paymentHash: older.paymentHash }));
        expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(record?.settledAt ?? Infinity);
      },
      { timeout: 20_000 },
    );
    const request = await failedJob(customer);
    const { preimage = '', offer } = (await customer.get(request.id)) ?? {};
    const own = { paymentHash: offer?.paymentHash ?? '', preimage: preimage ?? '' };
    await name(request, [older, await incoming(20n), own]);
    expect(await customer.get(request.id)).toMatchObject({ state: 'paid' });
  });
});
