import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer, PurchaseHandle, StepWish, Wish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  orThrow,
  parseJobRequest,
  satsToMsat,
  ZERO_MSAT,
  type FollowUp,
  type JobPlan,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, type JobHandler, type TermsByHand } from '../../src/provider/index.ts';
import { openBuyingStage, requestFor, WISH, type BuyingStage } from '../customer/stage.ts';
import { Death } from '../fixtures/death.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, workOf, type Seller } from '../provider/stage.ts';

const KIND = 5871;
const PLAN: JobPlan = {
  title: 'A sketch',
  milestones: [
    { amountMsat: satsToMsat(30), title: 'The drawing' },
    { amountMsat: satsToMsat(10), title: 'Colours' },
  ],
  revisions: 1,
};
const TERMS: TermsByHand = {
  amountMsat: satsToMsat(20),
  usualSeconds: 5,
  worstSeconds: 40,
  note: null,
  plan: PLAN,
};

let stage: BuyingStage;
let person: Seller;
/** Holds the work of jobs whose text says so back, until the test ends. */
const held = Promise.withResolvers<void>();

const draw: JobHandler = async ({ inputs, signal }) => {
  const texts = inputs.map(({ text }) => text);
  if (texts.some((text) => text.includes('slowly'))) {
    const over = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => over.resolve(), { once: true });
    await Promise.race([held.promise, over.promise]);
  }
  return `drawn: ${texts.join(' + ')}`;
};

beforeAll(async () => {
  stage = await openBuyingStage();
  const byHand = service({ kind: KIND, handler: draw, quotedByHand: true, exchanges: ['prepay'] });
  person = await openSeller(stage, [byHand]);
}, 60_000);
afterAll(async () => {
  held.resolve();
  await person.close();
  await stage.close();
});

/** Answers a request as a person does, when it stands in the inbox. */
async function answer(requestId: string, terms = TERMS): Promise<void> {
  await person.until((sale) => sale.requestId === requestId && sale.work === 'received');
  orThrow(await person.provider.byHand.offer(requestId, terms));
}

/** Buys the first step of a planned job from the person. */
async function buyFirst(customer: Customer, told: Partial<Wish> = {}): Promise<string> {
  const wish = { ...WISH, kind: KIND, targets: [person.signer.pubkey], exchanges: ['prepay'] as const };
  const handle = orThrow(await customer.buy({ ...wish, ...told }));
  await answer(handle.requestId);
  orThrow(await handle.result());
  return handle.requestId;
}

async function goOn(customer: Customer, requestId: string, step: StepWish): Promise<PurchaseHandle> {
  return orThrow(await customer.continueJob(requestId, step));
}

describe('a job with a plan', () => {
  test('goes on milestone by milestone at the agreed prices, and is revised for nothing', async () => {
    const customer = stage.openCustomer();
    const first = await buyFirst(customer);
    expect(await customer.steps(first)).toMatchObject({
      requestId: first,
      providerPubkey: person.signer.pubkey,
      milestones: [
        { number: 1, amountMsat: TERMS.amountMsat, title: 'A sketch', isNext: false },
        { number: 2, amountMsat: satsToMsat(30), title: 'The drawing', isNext: true, purchase: null },
        { number: 3, amountMsat: satsToMsat(10), title: 'Colours', isNext: false },
      ],
      revisions: [{ number: 1, amountMsat: 0n, isNext: true }],
    });

    expect(await customer.continueJob(first, { step: 'milestone', number: 3 })).toMatchObject({
      failure: { code: 'step-too-early' },
    });
    const second = await goOn(customer, first, { step: 'milestone', number: 2, text: 'on paper' });
    expect(orThrow(await second.result())).toMatchObject({
      content: 'drawn: drawn: a red fox + on paper',
      amountMsat: satsToMsat(30),
      exchange: 'prepay',
    });
    expect(workOf(person, second.requestId)).not.toContain('refused');

    const revision = await goOn(customer, second.requestId, { step: 'revision', number: 1, text: 'bluer' });
    expect(orThrow(await revision.result())).toMatchObject({
      content: 'drawn: drawn: drawn: a red fox + on paper + bluer',
      amountMsat: 0n,
      exchange: 'free',
    });
    const third = await goOn(customer, first, { step: 'milestone', number: 3 });
    expect(orThrow(await third.result())).toMatchObject({ amountMsat: satsToMsat(10) });
    const { milestones = [], revisions = [] } = (await customer.steps(third.requestId)) ?? {};
    expect(
      [...milestones, ...revisions].map(({ isNext, purchase }) => [isNext, purchase?.requestId]),
    ).toEqual(
      [first, second.requestId, third.requestId, revision.requestId].map((requestId) => [false, requestId]),
    );
    expect(await customer.continueJob(first, { step: 'revision', number: 2, text: 'x' })).toMatchObject({
      failure: { code: 'step-not-agreed' },
    });
  });

  test('is read and continued in private where it was asked for in private', async () => {
    const customer = stage.openCustomer();
    const first = await buyFirst(customer, { encrypted: true, params: { size: 'as a poster' } });
    const revision = await goOn(customer, first, { step: 'revision', number: 1, text: 'bluer' });
    expect(orThrow(await revision.result()).content).toBe('drawn: drawn: a red fox + bluer');
    const { request } = (await customer.get(revision.requestId)) ?? expect.fail('it is not booked');
    expect(JSON.stringify(request)).not.toMatch(/bluer|poster/);
    expect(orThrow(parseJobRequest(request))).toMatchObject({
      encrypted: true,
      followUp: { requestId: first, step: 'revision', number: 1 },
    });
  });

  test('is continued once, whatever dies in between', async () => {
    const death = new Death();
    const [ledger, signer] = [stage.openLedger(), secretKeySigner(generateSecretKey())];
    const first = await buyFirst(stage.openCustomer({ signer, ledger }));
    const step = { step: 'milestone', number: 2 } as const;
    const doomed = stage.openCustomer({
      signer,
      ledger: death.mortal(ledger),
      checkpoint: death.at('customer:after-open'),
    });
    void doomed.continueJob(first, step).catch(() => undefined);
    await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
    const next = stage.openCustomer({ signer, ledger });
    const again = await goOn(next, first, step);
    expect(orThrow(await again.result()).amountMsat).toBe(satsToMsat(30));
    expect((await goOn(next, first, step)).requestId).toBe(again.requestId);
    expect(await next.continueJob(first, { ...step, text: 'in green' })).toMatchObject({
      failure: { code: 'key-used' },
    });
    const bought = (await next.list({ limit: 50 })).map(({ requestId }) => requestId);
    expect(bought.toSorted()).toEqual([first, again.requestId].toSorted());
    death.bury();
  });

  test('says what is wrong with what is asked of it', async () => {
    const customer = stage.openCustomer();
    const first = await buyFirst(customer);
    const refused = async (requestId: string, step: StepWish) => {
      const went = await customer.continueJob(requestId, step);
      return went.ok ? null : went.failure.code;
    };
    expect(await refused('00'.repeat(32), { step: 'milestone', number: 2 })).toBe('not-found');
    expect(await refused(first, { step: 'milestone', number: 1 })).toBe('step-not-agreed');
    expect(await refused(first, { step: 'milestone', number: 4 })).toBe('step-not-agreed');
    expect(await refused(first, { step: 'revision', number: 1, text: ' ' })).toBe('invalid-wish');
    expect(await refused(first, { step: 'milestone', number: 2, text: 'x'.repeat(20_001) })).toBe(
      'invalid-wish',
    );
  });
});

describe('a customer that claims more than was agreed', () => {
  let honest: ScriptedCustomer;
  let first: NostrEvent;
  let offerId: string;

  beforeAll(async () => {
    honest = await openScriptedCustomer(stage);
    first = await honest.request(KIND, { exchanges: ['prepay'] });
    await answer(first.id);
    const offer = await honest.feedback(first, 'payment-required');
    offerId = offer.id;
    await honest.pay(offer.bolt11);
    await honest.result(first);
    await person.until((sale) => sale.requestId === first.id && sale.work === 'closed');
  });
  afterAll(() => honest.close());

  const claim = (by: ScriptedCustomer, told: Partial<FollowUp>, text = 'again') =>
    by.request(KIND, {
      inputs: [{ data: text, type: 'text', relay: null, marker: null }],
      targets: [person.signer.pubkey],
      exchanges: ['free', 'prepay'],
      followUp: { requestId: first.id, offerId, step: 'revision', number: 1, ...told },
    });
  const refusalOf = async (by: ScriptedCustomer, request: NostrEvent) =>
    (await by.feedback(request, 'error')).error?.code;

  test('because somebody else bought it', async () => {
    const thief = await openScriptedCustomer(stage);
    expect(await refusalOf(thief, await claim(thief, {}))).toBe('plan-unknown');
    thief.close();
  });

  test('by an offer that was not the one that was taken', async () => {
    const { id } = await honest.result(first);
    for (const other of [id, first.id, '00'.repeat(32)])
      expect(await refusalOf(honest, await claim(honest, { offerId: other }))).toBe('plan-unknown');
  });

  test('by steps that the plan does not have, or not yet', async () => {
    for (const number of [0, 2, 21, 999])
      expect(await refusalOf(honest, await claim(honest, { number }))).toBe('step-not-agreed');
    for (const number of [0, 1, 4])
      expect(await refusalOf(honest, await claim(honest, { step: 'milestone', number }))).toBe(
        'step-not-agreed',
      );
    expect(await refusalOf(honest, await claim(honest, { step: 'milestone', number: 3 }))).toBe(
      'step-too-early',
    );
  });

  test('is asked for the agreed price, once, however often it asks at a time', async () => {
    const step = { step: 'milestone', number: 2 } as const;
    const twins = await Promise.all([claim(honest, step), claim(honest, step)]);
    const codes = await Promise.all(
      twins.map(async (request) =>
        Promise.race([
          refusalOf(honest, request),
          honest.feedback(request, 'payment-required').then(({ amount }) => amount?.msat),
        ]),
      ),
    );
    expect(new Set(codes)).toEqual(new Set(['step-taken', satsToMsat(30)]));
  });

  test('by breaking a revision off when it was begun, and asking for it again', async () => {
    const begun = await claim(honest, {}, 'slowly');
    await person.until((sale) => sale.requestId === begun.id && sale.work === 'working');
    expect(await refusalOf(honest, await claim(honest, {}))).toBe('step-taken');
    await honest.cancel(begun);
    await person.until((sale) => sale.requestId === begun.id && sale.work === 'cancelled');
    expect(await refusalOf(honest, await claim(honest, {}))).toBe('step-taken');
  });

  test('by breaking a milestone off that costs nothing, and asking for it again', async () => {
    const plan: JobPlan = {
      title: null,
      milestones: [{ amountMsat: ZERO_MSAT, title: 'More' }],
      revisions: 0,
    };
    const free = { ...TERMS, amountMsat: ZERO_MSAT, plan };
    const request = await honest.request(KIND, {
      targets: [person.signer.pubkey],
      exchanges: ['free', 'prepay'],
    });
    await answer(request.id, free);
    const offer = await honest.feedback(request, 'processing');
    await honest.result(request);
    await person.until((sale) => sale.requestId === request.id && sale.work === 'closed');
    const more = { requestId: request.id, offerId: offer.id, step: 'milestone', number: 2 } as const;
    const begun = await claim(honest, more, 'slowly');
    await person.until((sale) => sale.requestId === begun.id && sale.work === 'working');
    await honest.cancel(begun);
    await person.until((sale) => sale.requestId === begun.id && sale.work === 'cancelled');
    expect(await refusalOf(honest, await claim(honest, more))).toBe('step-taken');
  });
});

describe('a provider that asks for more than was agreed', () => {
  test('is not paid, and its later plans change nothing', async () => {
    const customer = stage.openCustomer();
    const seller = await stage.openProvider('alice');
    const handle = orThrow(await customer.buy({ ...WISH, targets: [seller.pubkey] }));
    const request = await requestFor(seller);
    const plan = { ...PLAN, revisions: 1 };
    const quote = await seller.ask(request, 20, { plan, usualSeconds: 1, worstSeconds: 10 });
    await seller.untilPaid(quote);
    await seller.say(request, {
      status: 'payment-required',
      amountMsat: satsToMsat(1),
      plan: { ...plan, revisions: 20 },
    });
    await seller.deliver(request, 'a sketch');
    orThrow(await handle.result());
    expect((await customer.steps(handle.requestId))?.revisions).toHaveLength(1);

    const dearer = await goOn(customer, handle.requestId, {
      step: 'milestone',
      number: 2,
      deadlineSeconds: 20,
    });
    const asked = await seller.ask(await requestFor(seller), 31, { usualSeconds: 1, worstSeconds: 10 });
    const left = await dearer.result();
    expect(left).toMatchObject({
      failure: { code: 'no-offer', data: { refused: [{ code: 'plan-broken' }] } },
    });
    const revision = await goOn(customer, handle.requestId, {
      step: 'revision',
      number: 1,
      text: 'bluer',
      deadlineSeconds: 20,
    });
    const priced = await seller.ask(await requestFor(seller), 1, { usualSeconds: 1, worstSeconds: 10 });
    expect(await revision.result()).toMatchObject({
      failure: { code: 'no-offer', data: { refused: [{ code: 'plan-broken' }] } },
    });
    expect([await seller.payment(asked), await seller.payment(priced)]).toEqual(['pending', 'pending']);

    // What came to nothing may be asked for again.
    expect((await customer.steps(handle.requestId))?.milestones[1]).toMatchObject({ isNext: true });
    const again = await goOn(customer, handle.requestId, { step: 'milestone', number: 2 });
    expect(again.requestId).not.toBe(dearer.requestId);
    const next = await requestFor(seller);
    await seller.untilPaid(await seller.ask(next, 30, { usualSeconds: 1, worstSeconds: 10 }));
    await seller.deliver(next, 'a drawing');
    expect(orThrow(await again.result()).amountMsat).toBe(satsToMsat(30));
  });

  test('is not paid in advance where the money of the first step was locked', async () => {
    const customer = stage.openCustomer();
    const seller = await stage.openProvider('alice');
    const times = { usualSeconds: 1, worstSeconds: 10 };
    const first = orThrow(await customer.buy({ ...WISH, targets: [seller.pubkey] }));
    const request = await requestFor(seller);
    const quote = await seller.quote(request, 20, { plan: PLAN, ...times });
    await seller.untilHeld(quote);
    await seller.deliver(request, 'a sketch');
    await seller.settle(quote);
    orThrow(await first.result());

    const second = await goOn(customer, first.requestId, {
      step: 'milestone',
      number: 2,
      deadlineSeconds: 20,
    });
    const wanted = await requestFor(seller);
    expect(orThrow(parseJobRequest(wanted)).exchanges.toSorted()).toEqual(['hold', 'postpay', 'reveal']);
    const asked = await seller.ask(wanted, 30, times);
    expect(await second.result()).toMatchObject({
      failure: { code: 'no-offer', data: { refused: [{ code: 'not-supported' }] } },
    });
    expect(await seller.payment(asked)).toBe('pending');
  });
});
