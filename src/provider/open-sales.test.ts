import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOWED_PAIRS, isFinalWork, type MoneyState, type WorkState } from '../ledger/index.ts';
import { EXCHANGE_MODES, msat, type ExchangeMode, type NostrEvent } from '../protocol/index.ts';
import { OpenSales, type WeighedSale } from './open-sales.ts';
import { service } from './service.ts';

const SERVICES = ['one', 'two'].map((id) =>
  service({ id, kind: 5050, concurrency: 3, handler: async () => '' }),
);
const CUSTOMERS = ['a', 'b', 'c'];

function eventOf(name: number, customer: string, bits = 0): NostrEvent {
  // So many leading zero bits, and a nonce that commits to them.
  const id = (2n ** BigInt(255 - bits) + BigInt(name)).toString(16).padStart(64, '0');
  const tags = bits === 0 ? [] : [['nonce', '1', bits.toString()]];
  return { id, pubkey: customer, kind: 5050, created_at: 1, tags, content: '', sig: '' };
}

function saleOf(
  request: NostrEvent,
  state: { work: WorkState; money: MoneyState; exchange: ExchangeMode; serviceId: string; amount: bigint },
): WeighedSale {
  const { amount, ...told } = state;
  const quote = {
    amountMsat: msat(amount),
    validUntil: 0,
    usualSeconds: 1,
    worstSeconds: 1,
    paymentHash: null,
    preimage: null,
    bolt11: null,
  };
  return {
    ...told,
    quote,
    requestId: request.id,
    customerPubkey: request.pubkey,
    request,
  };
}

const state = fc.constantFrom<ExchangeMode>(...EXCHANGE_MODES).chain((exchange) =>
  fc.constantFrom<WorkState>(...(Object.keys(ALLOWED_PAIRS[exchange]) as WorkState[])).chain((work) =>
    fc.record({
      exchange: fc.constant(exchange),
      work: fc.constant(work),
      money: fc.constantFrom<MoneyState>(...ALLOWED_PAIRS[exchange][work]),
      serviceId: fc.constantFrom('one', 'two'),
      amount: fc.bigInt({ min: 0n, max: 1000n }),
    }),
  ),
);
const step = fc.record({
  name: fc.nat(12),
  does: fc.constantFrom('note', 'note', 'note', 'forget', 'claim'),
  state,
});

describe('open sales', () => {
  test('are counted as they are, whatever happened to them before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const sales = new OpenSales();
        const model = new Map<string, WeighedSale>();
        for (const { name, does, state: told } of steps) {
          const request = eventOf(name, CUSTOMERS[name % 3] ?? '', name % 4);
          if (does === 'forget') {
            sales.forget(request.id);
            model.delete(request.id);
          } else if (does === 'note') {
            const sale = saleOf(request, told);
            sales.note(sale);
            model.set(request.id, sale);
          } else if (!model.has(request.id)) {
            sales.claim({ request, ...told, amountMsat: msat(told.amount) });
            sales.forget(request.id);
          }
        }
        const all = [...model.values()];
        expect(sales.size()).toBe(all.filter(({ work }) => !isFinalWork(work)).length);
        const isOffer = ({ work, money }: WeighedSale) =>
          work === 'received' || (work === 'accepted' && money === 'quoted');
        for (const customer of CUSTOMERS)
          expect(sales.offersOf(customer)).toBe(
            all.filter((sale) => sale.customerPubkey === customer && isOffer(sale)).length,
          );
        for (const sold of SERVICES) {
          const of = all.filter(({ serviceId }) => serviceId === sold.id);
          const load = sales.loadOf(sold, '');
          expect(load.running).toBe(of.filter(({ work }) => work === 'working').length);
          expect(load.waiting).toBe(of.filter((sale) => sale.work === 'accepted' && !isOffer(sale)).length);
        }
        const owed = all.filter(
          ({ exchange, work, money }) =>
            ['postpay', 'sample', 'reveal'].includes(exchange) &&
            ['none', 'quoted'].includes(money) &&
            ['accepted', 'working', 'ready', 'delivered'].includes(work),
        );
        expect(sales.unpaidMsat()).toBe(owed.reduce((sum, { quote }) => sum + (quote?.amountMsat ?? 0n), 0n));
        const offers = all.filter((sale) => isOffer(sale) && !sales.isPayer(sale.customerPubkey));
        expect(sales.strangersOffers()).toBe(offers.length);
        const least = sales.cheapestOffer();
        expect(least?.work).toBe(
          offers.length === 0 ? undefined : Math.min(...offers.map((sale) => workIn(sale.request))),
        );
      }),
    );
  });

  test('give up the offer with the least work first, of those the oldest, and never one of a payer', () => {
    const sales = new OpenSales();
    const quoted = {
      work: 'accepted',
      money: 'quoted',
      exchange: 'hold',
      serviceId: 'one',
      amount: 1n,
    } as const;
    const [worked, first, second] = [eventOf(1, 'a', 9), eventOf(2, 'b'), eventOf(3, 'c')];
    for (const request of [worked, first, second]) sales.note(saleOf(request, quoted));
    sales.note(saleOf(first, quoted)); // looked at again, it is no younger
    const next = () => {
      const cheapest = sales.cheapestOffer();
      if (cheapest !== null) sales.setAside(cheapest.requestId);
      return cheapest?.requestId;
    };
    sales.rememberPayer('c');
    expect([next(), next(), next()]).toEqual([first.id, worked.id, undefined]);
  });

  test('a place is taken from the claim on', () => {
    const sales = new OpenSales();
    const request = eventOf(1, 'a');
    const claim = { request, serviceId: 'one', exchange: 'postpay', amountMsat: msat(7n) } as const;
    sales.claim(claim);
    expect([sales.size(), sales.unpaidMsat(), sales.bookedRequestIds()]).toEqual([1, 7n, []]);
    expect(sales.unpaidMsat({ customerPubkey: 'a', except: request.id })).toBe(0n);
    sales.forget(request.id);
    expect([sales.size(), sales.unpaidMsat()]).toEqual([0, 0n]);
  });
});

test('a step of an earlier job is open to one request, until that is over', () => {
  const sales = new OpenSales();
  const tag = (name: number) => ({
    ...eventOf(name, 'a'),
    tags: [['continues', 'f'.repeat(64), 'e'.repeat(64), 'revision', '1']],
  });
  const [one, other] = [tag(1), tag(2)];
  const terms = { serviceId: 'one', exchange: 'free', amountMsat: msat(0n) } as const;
  sales.claim({ request: one, ...terms });
  expect([sales.isStepOpen(one), sales.isStepOpen(other)]).toEqual([false, true]);
  expect(sales.isStepOpen({ ...other, pubkey: 'b' })).toBe(false);
  sales.note(saleOf(one, { work: 'working', money: 'none', exchange: 'free', serviceId: 'one', amount: 0n }));
  expect(sales.isStepOpen(other)).toBe(true);
  sales.forget(one.id);
  expect([sales.isStepOpen(other), sales.isStepOpen(eventOf(3, 'a'))]).toEqual([false, false]);
});

function workIn(request: NostrEvent): number {
  return Number(request.tags[0]?.[2] ?? 0);
}
