import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ALLOWED_PAIRS,
  isFinalWork,
  journalOfSale,
  mayMove,
  MONEY_MOVES,
  trialBalance,
  WORK_MOVES,
  type MoneyState,
  type Sale,
  type WorkState,
} from '../../ledger/index.ts';
import { EXCHANGE_MODES, msat, ZERO_MSAT, type ExchangeMode } from '../../protocol/index.ts';
import { judgeRefund, judgeRetry } from './judge.ts';

const PRICE = msat(21_000n);
const EVENT = { id: '', pubkey: '', created_at: 0, kind: 5050, tags: [], content: '', sig: '' };
const refund = {
  via: 'claim',
  amountMsat: PRICE,
  bolt11: null,
  paymentHash: null,
  feePaidMsat: null,
} as const;

function saleIn(exchange: ExchangeMode, work: WorkState, money: MoneyState): Sale {
  const isQuoted = work !== 'received' && work !== 'refused';
  return {
    providerPubkey: 'p',
    requestId: 'r',
    customerPubkey: 'c',
    serviceId: 's',
    request: EVENT,
    work,
    money,
    exchange,
    quote: isQuoted
      ? {
          amountMsat: exchange === 'free' ? ZERO_MSAT : PRICE,
          validUntil: 0,
          usualSeconds: 0,
          worstSeconds: 0,
          paymentHash: null,
          preimage: null,
          bolt11: null,
        }
      : null,
    refund: money === 'refunding' || money === 'refunded' ? refund : null,
    goodwill: null,
    lockedAt: null,
    token: null,
    result: null,
    failure: null,
    deadlineAt: null,
    lease: null,
    attempts: 0,
    openedAt: 0,
    updatedAt: 0,
    version: 1,
  };
}

const sales = fc
  .record({
    exchange: fc.constantFrom(...EXCHANGE_MODES),
    work: fc.constantFrom(...(Object.keys(WORK_MOVES) as WorkState[])),
    money: fc.constantFrom(...(Object.keys(MONEY_MOVES) as MoneyState[])),
  })
  .filter(({ exchange, work, money }) => ALLOWED_PAIRS[exchange][work].includes(money))
  .map(({ exchange, work, money }) => saleIn(exchange, work, money));
const amounts = fc.bigInt({ min: 0n, max: 60_000n }).map(msat);

test('whatever is given back by hand is a legal move of money that is ours and not on its way back', () => {
  fc.assert(
    fc.property(sales, amounts, fc.option(amounts), (sale, receivedMsat, wanted) => {
      const judged = judgeRefund(sale, { receivedMsat, amountMsat: wanted, now: 7 });
      if (!judged.ok) return;
      expect(['settled', 'locked']).toContain(sale.money);
      const work = judged.value.ends ? 'failed' : sale.work;
      const isReleased = sale.exchange === 'balance'; // given back by the very move that ends the job
      const lockEnds = isReleased ? 'released' : 'locked';
      const isDrawnBack = isReleased && !judged.value.ends; // in the balance again, by the very move
      const money = isDrawnBack
        ? sale.money
        : judged.value.ends && sale.money === 'locked'
          ? lockEnds
          : 'refund-due';
      expect(work === sale.work || mayMove(WORK_MOVES, sale.work, work)).toBe(true);
      expect(money === sale.money || mayMove(MONEY_MOVES, sale.money, money)).toBe(true);
      expect(ALLOWED_PAIRS[sale.exchange][work]).toContain(money);
      // And then it is owed: asking again gives nothing more.
      const { goodwill = sale.goodwill } = judged.value.ends ? {} : judged.value.change;
      const after = { ...sale, work, money, goodwill };
      const again = judgeRefund(after, { receivedMsat, amountMsat: wanted, now: 8 });
      const isOver = isDrawnBack
        ? 'refunded-already'
        : money === 'released'
          ? 'nothing-paid'
          : 'owed-already';
      expect(again).toMatchObject({ ok: false, failure: { code: isOver } });
    }),
    { numRuns: 2000 },
  );
});

test('the books owe exactly what is given back of delivered work, never more than came', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...EXCHANGE_MODES).filter((mode) => mode !== 'free' && mode !== 'balance'),
      fc.constantFrom<WorkState>('delivered', 'closed'),
      amounts,
      fc.option(amounts),
      (exchange, work, receivedMsat, wanted) => {
        const sale = saleIn(exchange, work, 'settled');
        const judged = judgeRefund(sale, { receivedMsat, amountMsat: wanted, now: 7 });
        if (!judged.ok || judged.value.ends) return;
        const { change, amountMsat } = judged.value;
        expect(amountMsat).toBe(wanted ?? receivedMsat);
        expect(amountMsat).toBeLessThanOrEqual(receivedMsat);
        const receipts = [
          { paymentHash: 'h', via: 'invoice' as const, amountMsat: receivedMsat, receivedAt: 0 },
        ];
        const owing = trialBalance(journalOfSale({ ...sale, ...change, failure: null }, receipts));
        expect(owing.get('owed-to-customers') ?? 0n).toBe(0n - amountMsat);
        expect(-(owing.get('earned') ?? 0n)).toBe(receivedMsat - amountMsat);
        const paid = { ...sale, ...change, failure: null, money: 'refunded' as const };
        const sums = trialBalance(journalOfSale({ ...paid, refund: { ...refund, amountMsat } }, receipts));
        expect(sums.get('owed-to-customers') ?? 0n).toBe(0n);
        expect(sums.get('wallet') ?? 0n).toBe(receivedMsat - amountMsat);
      },
    ),
    { numRuns: 1000 },
  );
});

test('what was drawn for delivered work goes back into the balance, whole or in part, and the books agree', () => {
  fc.assert(
    fc.property(fc.constantFrom<WorkState>('delivered', 'closed'), fc.option(amounts), (work, wanted) => {
      const sale = { ...saleIn('balance', work, 'settled'), lockedAt: 1 };
      const judged = judgeRefund(sale, { receivedMsat: ZERO_MSAT, amountMsat: wanted, now: 7 });
      expect(judged.ok).toBe(wanted === null || (wanted > 0n && wanted <= PRICE));
      if (!judged.ok || judged.value.ends) return;
      const { change, amountMsat } = judged.value;
      expect(amountMsat).toBe(wanted ?? PRICE);
      const sums = trialBalance(journalOfSale({ ...sale, ...change, quote: sale.quote, failure: null }, []));
      expect(sums.get('prepaid') ?? 0n).toBe(PRICE - amountMsat);
      expect(-(sums.get('earned') ?? 0n)).toBe(PRICE - amountMsat);
      expect(sums.get('owed-to-customers') ?? 0n).toBe(0n);
    }),
  );
});

test('work is tried again only where its money is here or not due yet, and then waits for a worker', () => {
  fc.assert(
    fc.property(sales, amounts, (sale, receivedMsat) => {
      const judged = judgeRetry(sale, receivedMsat);
      if (!judged.ok) return;
      const { work = sale.work, money = sale.money } = judged.value;
      expect(['failed', 'expired']).toContain(sale.work);
      expect(['none', 'refund-due', 'unclaimed']).toContain(sale.money);
      expect(mayMove(WORK_MOVES, sale.work, work)).toBe(true);
      expect(money === sale.money || mayMove(MONEY_MOVES, sale.money, money)).toBe(true);
      expect(ALLOWED_PAIRS[sale.exchange][work]).toContain(money);
      if (money === 'settled') expect(receivedMsat).toBeGreaterThanOrEqual(sale.quote?.amountMsat ?? 0n);
      expect(judgeRetry({ ...sale, ...judged.value, failure: null, attempts: 0 }, receivedMsat).ok).toBe(
        false,
      );
    }),
    { numRuns: 2000 },
  );
});

test('what could pay twice is refused, with the reason', () => {
  const failed = (money: MoneyState, exchange: ExchangeMode = 'prepay') => saleIn(exchange, 'failed', money);
  const retryCode = (sale: Sale, receivedMsat = PRICE) => {
    const judged = judgeRetry(sale, receivedMsat);
    return judged.ok ? null : judged.failure.code;
  };
  expect(retryCode(failed('refund-due'))).toBe(null);
  expect(retryCode(failed('unclaimed'))).toBe(null);
  expect(retryCode(failed('refund-due'), msat(20_999n))).toBe('money-gone');
  expect(retryCode(failed('refunding'))).toBe('refund-under-way');
  expect(retryCode(failed('refunded'))).toBe('refunded-already');
  expect(retryCode(failed('released', 'hold'))).toBe('money-gone');
  expect(retryCode(failed('locked', 'hold'))).toBe('money-gone');
  expect(retryCode(failed('unreconciled'))).toBe('unreconciled');
  expect(retryCode(failed('none', 'free'))).toBe(null);
  expect(retryCode({ ...failed('none', 'free'), quote: null })).toBe('never-accepted');
  expect(retryCode(saleIn('prepay', 'closed', 'settled'))).toBe('not-failed');

  const refundCode = (sale: Sale, wanted: bigint | null = null) => {
    const judged = judgeRefund(sale, {
      receivedMsat: PRICE,
      amountMsat: wanted === null ? null : msat(wanted),
      now: 7,
    });
    return judged.ok ? null : judged.failure.code;
  };
  for (const [money, code] of [
    ['settled', null],
    ['refund-due', 'owed-already'],
    ['unclaimed', 'owed-already'],
    ['refunding', 'refund-under-way'],
    ['refunded', 'refunded-already'],
  ] as const)
    expect([money, refundCode(saleIn('hold', 'closed', money))]).toEqual([money, code]);
  expect(refundCode(saleIn('hold', 'delivered', 'settling'))).toBe('being-settled');
  expect(refundCode(saleIn('hold', 'ready', 'locked'))).toBe('being-delivered');
  expect(refundCode(saleIn('prepay', 'closed', 'settled'), 21_001n)).toBe('invalid-amount');
  expect(refundCode(saleIn('prepay', 'working', 'settled'), 1_000n)).toBe('invalid-amount');
  expect(refundCode(saleIn('postpay', 'closed', 'lapsed'))).toBe('nothing-paid');
});

test('what ended stays final for everything that does not decide by hand', () => {
  for (const state of ['refused', 'closed', 'cancelled', 'expired', 'failed'] as const)
    expect(isFinalWork(state)).toBe(true);
  for (const state of ['received', 'accepted', 'working', 'ready', 'delivered'] as const)
    expect(isFinalWork(state)).toBe(false);
});
