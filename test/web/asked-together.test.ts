import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Customer } from '../../src/customer/index.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { facesIn, keepTogether, namesTogether } from '../../web/engine/worker/shopping/together.ts';
import { comparedTogether } from '../../web/engine/worker/shopping/together-view.ts';
import { buy, openBuyingStage, requestFor, untilState, type BuyingStage } from '../customer/stage.ts';
import { offer } from './scripted/parts.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

/** Asks alice and bob for the same, as the engine of a page does, and has both make an offer. */
async function askBoth(customer: Customer) {
  const sellers = [await stage.openProvider('alice'), await stage.openProvider('bob')];
  return Promise.all(
    sellers.map(async (seller, place) => {
      const told = {
        approval: 'ask' as const,
        targets: [seller.pubkey],
        ...namesTogether('one wish')[place],
      };
      const purchase = await buy(customer, told);
      const request = await requestFor(seller);
      const quote = await seller.quote(request, 20 + place);
      const hasOffer = () => expect(purchase.comparison().offers.length).toBe(1);
      await vi.waitFor(hasOffer, { timeout: 20_000 });
      return { seller, request, quote, requestId: purchase.requestId };
    }),
  );
}

test('of two offers that are taken at once one is paid, and the other request is withdrawn', async () => {
  const told = { onChange: (purchase: Parameters<typeof together.look>[0]) => together.look(purchase) };
  const customer = stage.openCustomer(told);
  const together = keepTogether(() => customer);
  const [first, second] = await askBoth(customer);
  if (first === undefined || second === undefined) throw new Error('Two were asked.');
  const approve = (offerId: string) =>
    // Whichever request of the wish a page shows: the offer tells which one is meant.
    together.approve({
      requestId: first.requestId,
      offerId,
      maxAmountMsat: satsToMsat(100),
      idempotencyKey: offerId,
    });
  const [taken, late] = await Promise.all([approve(second.quote.event.id), approve(first.quote.event.id)]);
  expect(orThrow(taken).requestId).toBe(second.requestId);
  expect(late).toMatchObject({ ok: false, failure: { code: 'already-taken' } });

  await second.seller.untilHeld(second.quote);
  const withdrawn = await untilState(customer, first.requestId, 'cancelled');
  expect(await first.seller.wallet.lookup({ paymentHash: first.quote.paymentHash })).not.toMatchObject({
    value: { state: 'held' },
  });
  const wish = await together.of(withdrawn);
  expect(wish.map(({ requestId }) => requestId)).toEqual([first.requestId, second.requestId]);
  const faces = facesIn(await customer.list({ limit: 10 }));
  expect(faces.map(({ requestId }) => requestId)).toEqual([second.requestId]);
});

test('what nobody took yet is withdrawn as a whole, and is one line of a list', async () => {
  const customer = stage.openCustomer();
  const together = keepTogether(() => customer);
  const asked = await askBoth(customer);
  const alone = await buy(customer, { approval: 'ask', madeBy: 'web' });
  const listed = facesIn(await customer.list({ limit: 10 })).map(({ requestId }) => requestId);
  expect(listed.length).toBe(2);
  expect(listed).toContain(alone.requestId);
  orThrow(await together.cancel({ requestId: asked[1]?.requestId ?? '', reason: '' }));
  for (const { requestId } of asked) await untilState(customer, requestId, 'cancelled');
  expect((await customer.get(alone.requestId))?.state).toBe('requested');
});

test('the next step of what was asked of several is a line and a run of its own', async () => {
  const customer = stage.openCustomer();
  const together = keepTogether(() => customer);
  const seller = await stage.openProvider('alice');
  const names = namesTogether('a longer wish');
  const first = await buy(customer, { targets: [seller.pubkey], ...names[0] });
  const request = await requestFor(seller);
  await buy(customer, { targets: [(await stage.openProvider('bob')).pubkey], approval: 'ask', ...names[1] });
  const times = { usualSeconds: 1, worstSeconds: 10 };
  const plan = {
    title: 'A sketch',
    milestones: [{ amountMsat: satsToMsat(30), title: 'The drawing' }],
    revisions: 0,
  };
  await seller.ask(request, 20, { plan, ...times });
  await seller.deliver(request, 'a sketch');
  orThrow(await first.result());
  const step = orThrow(await customer.continueJob(first.requestId, { step: 'milestone', number: 2 }));
  const drawing = await requestFor(seller);
  await seller.untilPaid(await seller.ask(drawing, 30, times));
  await seller.deliver(drawing, 'a drawing');
  orThrow(await step.result());

  const bought = (await customer.get(step.requestId)) ?? expect.fail('it is not booked');
  expect((await together.of(bought)).map(({ requestId }) => requestId)).toEqual([step.requestId]);
  const lines = facesIn(await customer.list({ limit: 10 })).map(({ requestId }) => requestId);
  expect(lines.toSorted()).toEqual([first.requestId, step.requestId].toSorted());
});

test('what cannot be taken of one request is told as long as another is open', () => {
  const compared = (requestId: string, state: 'requested' | 'no-offer' | 'cancelled') => ({
    requestId,
    state,
    collecting: state === 'requested',
    offers: [],
    refused: [{ offer: { ...offer(), id: requestId }, code: 'above-max' as const }],
    left: [],
    choice: null,
  });
  const asked = [compared('open', 'requested'), compared('dear', 'no-offer'), compared('gone', 'cancelled')];
  const seen = comparedTogether('open', asked)?.refused.map((refusal) => refusal.offer.id);
  expect(seen).toEqual(['open', 'dear']);
});
