import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { complaintOf, type Customer } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  foldJob,
  GIFT_WRAP_KIND,
  openJobMessage,
  orThrow,
  satsToMsat,
  type JobMessage,
  type JobPicture,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from './stage.ts';
import type { ScriptedProvider } from './scripted-provider.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.failure.code);

/** What anybody sees of a job on the relay, once the review is there. */
async function untilReviewed(request: NostrEvent, reviewId: string): Promise<JobPicture> {
  const pool = stage.openPool();
  return vi.waitFor(
    async () => {
      const events = await pool.query([stage.relayUrl], [{ '#e': [request.id] }]);
      const about = await pool.query([stage.relayUrl], [{ kinds: [7], '#e': events.map(({ id }) => id) }]);
      expect(about.map(({ id }) => id)).toContain(reviewId);
      return foldJob({ request, events: [...events, ...about] });
    },
    { timeout: 20_000 },
  );
}

/** Buys by an ordinary invoice, which the provider gets paid. */
async function pay(customer: Customer, seller: ScriptedProvider, told = {}): Promise<NostrEvent> {
  const purchase = await buy(customer, { exchanges: ['prepay'], targets: [seller.pubkey], ...told });
  const request = await seller.nextRequest();
  const ask = await seller.ask(request, 21);
  await seller.untilPaid(ask);
  await untilState(customer, purchase.requestId, 'paid');
  return request;
}

describe('a review', () => {
  test('of a paid result is public, shows the payment, and counts; a later one replaces it', async () => {
    const seller = await stage.openProvider('alice');
    const ledger = stage.openLedger();
    const customer = stage.openCustomer({ ledger });
    const request = await pay(customer, seller);
    expect(codeOf(await customer.review(request.id, { rating: 1 }))).toBe('too-early');
    const result = await seller.deliver(request, 'a fox');
    await untilState(customer, request.id, 'received');

    const praise = orThrow(await customer.review(request.id, { rating: 0.8, content: 'A fine fox.' }));
    expect(praise).toMatchObject({ showsPayment: true, purchase: { state: 'reviewed' } });
    expect((await ledger.outbox.get(praise.event.id))?.event).toEqual(praise.event);
    const seen = await untilReviewed(request, praise.event.id);
    expect(seen.providers[0]?.reviews).toMatchObject([
      { reviewedId: result.id, paymentRefusal: null, review: { rating: 0.8, comment: 'A fine fox.' } },
    ]);
    expect(seen.accepted).toMatchObject([{ resultId: result.id, by: 'review' }]);

    const complaint = orThrow(await customer.review(request.id, { rating: 0 }));
    const after = await untilReviewed(request, complaint.event.id);
    expect(after.providers[0]?.reviews).toHaveLength(2);
    expect(after.accepted).toEqual([]);
    expect((await customer.get(request.id))?.state).toBe('reviewed');
  });

  test('of a free result shows no payment', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    await seller.deliver(request, 'a fox');
    orThrow(await purchase.result());
    const review = orThrow(await customer.review(request.id, { rating: 0.5 }));
    expect(review).toMatchObject({ showsPayment: false, purchase: { state: 'reviewed' } });
    expect(review.event.tags.map(([name]) => name)).not.toContain('payment');
  });

  test('of what was paid and not delivered complains about the offer, with the proof', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const request = await pay(customer, seller);
    stage.clock.aheadSeconds = 120;
    await seller.say(request, { status: 'processing', exchange: 'prepay' }); // makes the purchase look at the clock
    const purchase = await untilState(customer, request.id, 'undelivered');
    const complaint = orThrow(await customer.review(request.id, { rating: 0, content: 'Nothing came.' }));
    expect(complaint).toMatchObject({ showsPayment: true, purchase: { state: 'undelivered' } });
    expect(complaint.event.tags).toContainEqual(['k', '7000']);
    const seen = await untilReviewed(request, complaint.event.id);
    expect(seen.providers[0]?.reviews).toMatchObject([
      { reviewedId: purchase.offer?.event.id, paymentRefusal: null, review: { rating: 0 } },
    ]);
  });

  test('is refused where there is nothing to say, or too much', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const { requestId } = purchase;
    expect(codeOf(await customer.review('ab'.repeat(32), { rating: 1 }))).toBe('not-found');
    expect(codeOf(await stage.openCustomer().review(requestId, { rating: 1 }))).toBe('not-found');
    for (const rating of [-0.1, 1.1, Number.NaN])
      expect(codeOf(await customer.review(requestId, { rating }))).toBe('invalid-review');
    const content = 'x'.repeat(2001);
    expect(codeOf(await customer.review(requestId, { rating: 1, content }))).toBe('invalid-review');
    await seller.nextRequest();
    orThrow(await customer.cancel(requestId));
    expect(codeOf(await customer.review(requestId, { rating: 0 }))).toBe('nothing-bought');
  });

  test('waits for a payment that is still open', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await seller.deliver(request, 'a fox');
    await untilState(customer, request.id, 'received');
    expect(codeOf(await customer.review(request.id, { rating: 1 }))).toBe('payment-open');
    await seller.settle(quote);
    expect(orThrow(await purchase.result()).settlement).toBe('settled');
    expect(orThrow(await customer.review(request.id, { rating: 1 }))).toMatchObject({ showsPayment: true });
  });

  test('of an encrypted job is only written when its customer says so, and tells no price', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer, { encrypted: true, targets: [seller.pubkey] });
    const request = await seller.nextRequest();
    await seller.deliver(request, 'a fox');
    orThrow(await purchase.result());
    expect(codeOf(await customer.review(request.id, { rating: 1 }))).toBe('private-job');
    const review = orThrow(await customer.review(request.id, { rating: 1, publicly: true }));
    expect(review.showsPayment).toBe(false);
  });
});

describe('a dispute', () => {
  /** Waits for a message of that type to the provider. */
  async function untilTold(seller: ScriptedProvider, requestId: string, type: string): Promise<JobMessage> {
    const pool = stage.openPool();
    return vi.waitFor(
      async () => {
        const filter = { kinds: [GIFT_WRAP_KIND], '#p': [seller.pubkey] };
        const wraps = await pool.query([stage.relayUrl], [filter]);
        const opened = await Promise.all(wraps.map((wrap) => openJobMessage(wrap, seller.signer)));
        const said = opened.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
        const found = said.find((message) => message.requestId === requestId && message.type === type);
        if (found === undefined) throw new Error('The provider was not told.');
        return found;
      },
      { timeout: 20_000 },
    );
  }

  test('of what was paid first and not delivered tells the provider, claims the money, and stays in the books', async () => {
    const seller = await stage.openProvider('alice');
    const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
    const before = stage.openCustomer(own);
    const request = await pay(before, seller);
    const early = await before.dispute(request.id, { reason: 'Where is it?' });
    expect(early).toMatchObject({
      failure: { code: 'too-early', data: { possible: ['wait', 'cancel'] } },
    });
    await seller.say(request, { status: 'error', error: { code: 'handler-failed', detail: 'no' } });
    await before.close();
    const customer = stage.openCustomer(own); // learns from the relay that the provider gave up
    const dispute = orThrow(await customer.dispute(request.id, { reason: ' It never came. ' }));
    expect(dispute.possible).toEqual(['refund-claim', 'resend', 'review']);
    expect(complaintOf(dispute.purchase)).toMatchObject({ reason: 'It never came.' });
    const complaint = await untilTold(seller, request.id, 'complaint');
    expect(complaint).toMatchObject({ authorPubkey: own.signer.pubkey, text: 'It never came.' });
    const claim = await untilTold(seller, request.id, 'refund-claim');
    if (claim.type !== 'refund-claim') throw new Error('That is no claim.');
    orThrow(await seller.wallet.pay({ bolt11: claim.bolt11, feeLimitMsat: satsToMsat(5) }));
    const refunded = await untilState(customer, request.id, 'refunded');
    expect(refunded.refund?.bolt11).toBe(claim.bolt11);
    expect(await customer.dispute(request.id, { reason: 'Still angry.' })).toMatchObject({
      failure: { code: 'nothing-owed', data: { possible: ['review'] } },
    });
    const review = orThrow(
      await customer.review(request.id, { rating: 0.4, content: 'Honest, but useless.' }),
    );
    expect(review).toMatchObject({ showsPayment: true, purchase: { state: 'refunded' } });
  });

  test('of money that is locked says that it comes back by itself', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer, { exchanges: ['hold'] });
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21);
    await seller.untilHeld(quote);
    await untilState(customer, purchase.requestId, 'locked');
    expect(codeOf(await customer.dispute(request.id, { reason: 'Hurry!' }))).toBe('too-early');
    stage.clock.aheadSeconds = 90;
    const dispute = orThrow(await customer.dispute(request.id, { reason: 'Where is it?' }));
    expect(dispute.possible).toEqual(['lock-ends', 'resend']);
    await seller.giveBack(quote);
    await untilState(customer, request.id, 'refunded');
  });

  test('of money that is under way, and locked by nothing, promises no way back', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    await buy(customer, { exchanges: ['prepay'] });
    const request = await seller.nextRequest();
    const quote = await seller.quote(request, 21, { exchange: 'prepay' }); // by an invoice that keeps it under way
    await seller.untilHeld(quote);
    await untilState(customer, request.id, 'locked');
    stage.clock.aheadSeconds = 90;
    const dispute = orThrow(await customer.dispute(request.id, { reason: 'Where is it?' }));
    expect(dispute.possible).toEqual(['provider-decides', 'resend']);
    await seller.giveBack(quote);
    await untilState(customer, request.id, 'refunded');
  });

  test('of a paid result that is wrong leaves the money to the provider, and says so', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer, { exchanges: ['prepay'], outputs: ['application/json'] });
    const request = await seller.nextRequest();
    await seller.untilPaid(await seller.ask(request, 21));
    await untilState(customer, request.id, 'paid');
    await seller.deliver(request, 'Sorry!');
    const receipt = orThrow(await purchase.result());
    expect(receipt).toMatchObject({ content: 'Sorry!', verdict: { verdict: 'wrong' } });
    const dispute = orThrow(await customer.dispute(request.id, { reason: 'This is no JSON.' }));
    expect(dispute).toMatchObject({
      possible: ['provider-decides', 'review'],
      purchase: { state: 'received', failure: { code: 'disputed' } },
    });
    await untilTold(seller, request.id, 'complaint');
    expect(orThrow(await customer.review(request.id, { rating: 0 })).showsPayment).toBe(true);
  });

  test('is refused where nothing was paid, or nothing is said', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer();
    const purchase = await buy(customer);
    const { requestId } = purchase;
    expect(await customer.dispute(requestId, { reason: 'Too dear.' })).toMatchObject({
      failure: { code: 'nothing-paid', data: { possible: ['cancel'] } },
    });
    expect(codeOf(await customer.dispute(requestId, { reason: '  ' }))).toBe('invalid-reason');
    expect(codeOf(await customer.dispute('ab'.repeat(32), { reason: 'No.' }))).toBe('not-found');
    await seller.deliver(await seller.nextRequest(), 'a gift');
    orThrow(await purchase.result());
    expect(await customer.dispute(requestId, { reason: 'An ugly gift.' })).toMatchObject({
      failure: { code: 'nothing-paid', data: { possible: ['review'] } },
    });
  });
});
