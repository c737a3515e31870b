import { assert, boolean, constantFrom, integer, nat, option, property, record, array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authored, hex32 } from '../../../test/protocol/events.ts';
import { EXCHANGE_RISKS, msat, ZERO_MSAT } from '../../protocol/index.ts';
import type { ComparedOffer } from '../compared-offer.ts';
import { nextMove, type OrderFacts, type OrderMove, type PurchaseFacts } from './decide.ts';
import type { OrderPlan } from './plan.ts';

const event = authored(hex32(1), { kind: 7000, created_at: 0, tags: [], content: '' });

function offerOf(provider: number, told: Partial<ComparedOffer> = {}): ComparedOffer {
  const amountMsat = told.amountMsat ?? msat(1000n);
  return {
    id: hex32(100 + provider),
    event,
    providerPubkey: hex32(provider),
    exchange: 'hold',
    amountMsat,
    feeLimitMsat: ZERO_MSAT,
    totalMsat: amountMsat,
    exposure: EXCHANGE_RISKS.hold,
    record: null,
    bolt11: null,
    ecash: { mints: [], htlc: null },
    isPromise: false,
    promisedMsat: null,
    sample: null,
    words: null,
    reveal: null,
    usualSeconds: null,
    worstSeconds: null,
    validUntil: null,
    conditions: [],
    rescue: null,
    plan: null,
    delivered: false,
    withdrawn: false,
    createdAt: 0,
    ...told,
  };
}

function purchaseOf(id: number, told: Partial<PurchaseFacts> = {}): PurchaseFacts {
  return {
    requestId: hex32(200 + id),
    state: 'requested',
    targets: [],
    providerPubkey: null,
    approvedAt: null,
    usualSeconds: null,
    worstSeconds: null,
    pledgedMsat: 0n,
    failureCode: null,
    offers: [],
    openedAt: 0,
    deadlineAt: 100,
    ...told,
  };
}

function planOf(told: Partial<OrderPlan> = {}): OrderPlan {
  return {
    wish: { kind: 5050, inputs: [], maxAmountMsat: msat(10_000n) },
    ask: 1,
    agree: 1,
    compare: 'exact',
    hedgeAfter: null,
    rescues: 2,
    deadlineSeconds: 100,
    ...told,
  };
}

function factsOf(told: Partial<OrderFacts> = {}): OrderFacts {
  return {
    plan: planOf(),
    purchases: [],
    agreement: [],
    roomMsat: 10_000n,
    compareForMs: 0,
    choose: ([first]) => (first === undefined ? null : { offerId: first.id, why: ['first'] }),
    deadlineAt: 300,
    now: 0,
    ...told,
  };
}

const ALICE = hex32(1);
const [alicesOffer, bobsOffer] = [offerOf(1), offerOf(2)];
const atWork = { state: 'locked', providerPubkey: ALICE, approvedAt: 0 } as const;

describe('what an order does next', () => {
  test.each<[string, Partial<OrderFacts>, Partial<OrderMove>]>([
    ['asks anybody first', {}, { type: 'ask', targets: [] }],
    ['waits while nobody has answered', { purchases: [purchaseOf(1)] }, { type: 'wait', forMs: 60_000 }],
    [
      'compares as long as that pays',
      { purchases: [purchaseOf(1, { offers: [alicesOffer] })], compareForMs: 700 },
      { type: 'wait', forMs: 700 },
    ],
    [
      'takes at once what lies there for nothing',
      {
        purchases: [
          purchaseOf(1, {
            offers: [offerOf(1, { delivered: true, exchange: 'free', amountMsat: msat(0n) })],
          }),
        ],
        compareForMs: 700,
      },
      { type: 'approve', requestId: hex32(201) },
    ],
    [
      'approves the choice',
      { purchases: [purchaseOf(1, { offers: [alicesOffer] })] },
      { type: 'approve', requestId: hex32(201), offer: alicesOffer, why: ['first'] },
    ],
    [
      'leaves what the room does not pay for',
      { purchases: [purchaseOf(1, { offers: [alicesOffer] })], roomMsat: 999n },
      { type: 'wait' },
    ],
    [
      'counts what was approved and is not reserved yet',
      {
        plan: planOf({ ask: 2 }),
        purchases: [
          purchaseOf(1, { ...atWork, state: 'approved', pledgedMsat: 1000n }),
          purchaseOf(2, { offers: [bobsOffer] }),
        ],
        roomMsat: 1500n,
      },
      { type: 'wait' },
    ],
    [
      'asks who has offered before by name, when one job is not enough',
      {
        plan: planOf({ ask: 2 }),
        purchases: [purchaseOf(1, { ...atWork, offers: [alicesOffer, bobsOffer] })],
      },
      { type: 'ask', targets: [bobsOffer.providerPubkey] },
    ],
    [
      'does not hire a provider twice',
      {
        plan: planOf({ ask: 2 }),
        purchases: [purchaseOf(1, atWork), purchaseOf(2, { offers: [alicesOffer] })],
      },
      { type: 'wait' },
    ],
    [
      'waits for the job at work',
      { purchases: [purchaseOf(1, { ...atWork, worstSeconds: 20 })], now: 21 },
      { type: 'wait' },
    ],
    [
      'hedges a job that is later than it said at worst',
      {
        plan: planOf({ hedgeAfter: 'worst' }),
        purchases: [purchaseOf(1, { ...atWork, worstSeconds: 20 })],
        now: 20,
      },
      { type: 'ask', targets: [] },
    ],
    [
      'looks again when a job becomes late',
      { plan: planOf({ hedgeAfter: 7 }), purchases: [purchaseOf(1, atWork)], now: 3 },
      { type: 'wait', forMs: 4000 },
    ],
    [
      'rescues a job that came to nothing',
      { purchases: [purchaseOf(1, { ...atWork, state: 'refunded' })] },
      { type: 'ask', targets: [] },
    ],
    [
      'asks another when one that was asked by name is silent',
      {
        purchases: [
          purchaseOf(1, { ...atWork, state: 'refunded' }),
          purchaseOf(2, { targets: [bobsOffer.providerPubkey] }),
        ],
        now: 15,
      },
      { type: 'ask', targets: [] },
    ],
    [
      'does not wait for money that is held far beyond the deadline',
      { purchases: [purchaseOf(1, atWork)], now: 131, deadlineAt: 130 },
      { type: 'decide', verdict: expect.objectContaining({ code: 'undelivered' }) },
    ],
    [
      'is decided by the first result',
      { purchases: [purchaseOf(1, { ...atWork, state: 'received' })], agreement: [hex32(201)] },
      {
        type: 'decide',
        verdict: { type: 'fulfilled', requestId: hex32(201), why: ['the first result that came'] },
      },
    ],
    [
      'ends without an offer',
      { purchases: [purchaseOf(1, { state: 'no-offer', failureCode: 'no-offer' })] },
      { type: 'decide', verdict: expect.objectContaining({ code: 'no-offer' }) },
    ],
    [
      'says when the cap allowed no offer',
      { purchases: [purchaseOf(1, { state: 'expired', failureCode: 'not-approved' })] },
      { type: 'decide', verdict: expect.objectContaining({ code: 'over-budget' }) },
    ],
  ])('%s', (_title, told, move) => {
    expect(nextMove(factsOf(told))).toMatchObject(move);
  });

  test('asks each provider of an encrypted wish by a request of its own, and approves one', () => {
    const targets = [hex32(1), hex32(2)];
    const plan = planOf({ wish: { ...planOf().wish, encrypted: true, targets } });
    const [first, second] = [purchaseOf(1, { targets: [hex32(1)] }), purchaseOf(2, { targets: [hex32(2)] })];
    expect(nextMove(factsOf({ plan }))).toEqual({ type: 'ask', targets: [hex32(1)] });
    expect(nextMove(factsOf({ plan, purchases: [first] }))).toEqual({ type: 'ask', targets: [hex32(2)] });
    expect(nextMove(factsOf({ plan, purchases: [first, second] }))).toMatchObject({ type: 'wait' });
    const offered = { ...second, offers: [bobsOffer] };
    expect(nextMove(factsOf({ plan, purchases: [first, offered] }))).toMatchObject({
      requestId: second.requestId,
    });
    expect(nextMove(factsOf({ plan, purchases: [first, { ...offered, ...atWork }] }))).toMatchObject({
      type: 'wait',
    });
  });
});

describe('an order that names its providers', () => {
  const targets = [ALICE];
  const late = purchaseOf(1, { ...atWork, targets, usualSeconds: 5, offers: [bobsOffer] });
  const hedged = (told: Partial<OrderPlan['wish']>) =>
    planOf({ wish: { ...planOf().wish, targets, ...told }, hedgeAfter: 'usual' });

  test('asks by name who steps in for one that is late, where that is welcome', () => {
    const [purchases, now] = [[late], 6];
    expect(nextMove(factsOf({ plan: hedged({ welcomesRescue: true }), purchases, now }))).toEqual({
      type: 'ask',
      targets: [hex32(2)],
    });
    expect(nextMove(factsOf({ plan: hedged({}), purchases, now }))).toMatchObject({ type: 'wait' });
  });

  test('asks nobody else while nobody has stepped in', () => {
    const plan = hedged({ welcomesRescue: true });
    expect(nextMove(factsOf({ plan, purchases: [{ ...late, offers: [] }], now: 6 }))).toMatchObject({
      type: 'wait',
    });
  });
});

/** How a provider behaves towards every request that it may answer. */
const providers = array(
  record({
    priceMsat: integer({ min: 1, max: 6 }).map((price) => msat(BigInt(price) * 500n)),
    answersAfter: nat(30),
    ends: constantFrom('delivers', 'refunds', 'keeps', 'refuses'),
    takesSeconds: nat(60),
    says: nat(2),
  }),
  { minLength: 1, maxLength: 6 },
);

const orders = record({
  ask: integer({ min: 1, max: 3 }),
  agreeLess: nat(2),
  rescues: nat(3),
  hedgeAfter: option(integer({ min: 1, max: 30 })),
  capMsat: integer({ min: 0, max: 8000 }).map(BigInt),
  named: boolean(),
  encrypted: boolean(),
});

interface Simulated extends PurchaseFacts {
  readonly costMsat: bigint;
}

test('whatever providers do: no cap is passed, nobody is hired twice, and every order ends', () => {
  assert(
    property(providers, orders, (sellers, told) => {
      const keys = sellers.map((_seller, index) => hex32(index + 1));
      const plan = planOf({
        ...told,
        agree: Math.max(1, told.ask - told.agreeLess),
        wish: {
          ...planOf().wish,
          ...(told.named || told.encrypted ? { targets: keys } : {}),
          ...(told.encrypted ? { encrypted: true as const } : {}),
        },
      });
      let purchases: Simulated[] = [];
      const change = (requestId: string, changes: Partial<Simulated>) => {
        purchases = purchases.map((each) => (each.requestId === requestId ? { ...each, ...changes } : each));
      };
      /** What the market does with the purchases in the course of time. */
      const live = (now: number) => {
        for (const purchase of purchases) {
          const { requestId, state, targets, openedAt, approvedAt, deadlineAt } = purchase;
          const hired = sellers[keys.indexOf(purchase.providerPubkey ?? '')];
          if (state === 'requested' && now >= deadlineAt)
            change(requestId, { state: 'no-offer', offers: [] });
          else if (state !== 'received' && state !== 'undelivered') {
            const offers = sellers.flatMap((seller, index) => {
              const isAsked = targets.length === 0 || targets.includes(keys[index] ?? '');
              const speaks = isAsked && seller.ends !== 'refuses' && now >= openedAt + seller.answersAfter;
              return speaks ? [offerOf(index + 1, { amountMsat: seller.priceMsat })] : [];
            });
            change(requestId, { offers });
          }
          if (state !== 'locked' || hired === undefined || now < (approvedAt ?? 0) + hired.takesSeconds)
            continue;
          if (hired.ends === 'delivers') change(requestId, { state: 'received' });
          else if (hired.ends === 'refunds') change(requestId, { state: 'refunded', costMsat: 0n });
          else if (now >= deadlineAt) change(requestId, { state: 'undelivered' });
        }
      };
      const saying = (requestId: string): number =>
        sellers[keys.indexOf(purchases.find((each) => each.requestId === requestId)?.providerPubkey ?? '')]
          ?.says ?? -1;
      let verdict: OrderMove | null = null;
      for (let now = 0, moves = 0; verdict === null; moves++) {
        expect(moves).toBeLessThan(1000);
        live(now);
        const received = purchases
          .filter(({ state }) => state === 'received')
          .map(({ requestId }) => requestId);
        const agreement = [0, 1, 2]
          .map((says) => received.filter((requestId) => saying(requestId) === says))
          .reduce((most, group) => (group.length > most.length ? group : most));
        const spentMsat = purchases.reduce((sum, { costMsat }) => sum + costMsat, 0n);
        expect(spentMsat <= told.capMsat).toBe(true);
        const roomMsat = told.capMsat - spentMsat;
        const move = nextMove(factsOf({ plan, purchases, agreement, roomMsat, now, deadlineAt: 400 }));
        if (move.type === 'ask')
          purchases.push({
            ...purchaseOf(purchases.length, { targets: move.targets, openedAt: now, deadlineAt: now + 100 }),
            costMsat: 0n,
          });
        if (move.type === 'approve')
          change(move.requestId, {
            state: 'locked',
            providerPubkey: move.offer.providerPubkey,
            approvedAt: now,
            costMsat: move.offer.totalMsat,
          });
        if (move.type === 'wait') now += Math.ceil(move.forMs / 1000 / 4);
        if (move.type === 'decide') verdict = move;
      }
      const hired = purchases.flatMap(({ providerPubkey }) => providerPubkey ?? []);
      expect(new Set(hired).size).toBe(hired.length);
      expect(hired.length).toBeLessThanOrEqual(told.ask + told.rescues + (told.hedgeAfter === null ? 0 : 1));
      expect(purchases.length).toBeLessThanOrEqual(25);
      const honest = sellers.filter(({ ends, says }) => ends === 'delivers' && says === 0).length;
      if (honest === sellers.length && told.capMsat >= 24_000n && sellers.length >= told.ask)
        expect(verdict).toMatchObject({ verdict: { type: 'fulfilled' } });
    }),
    { numRuns: 300 },
  );
});
