import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXCHANGE_MODES, msat, type ExchangeMode } from '../../protocol/index.ts';
import { ALLOWED_PAIRS } from '../exchange-pairs.ts';
import type { Purchase } from '../purchases.ts';
import type { Sale, SaleReceipt } from '../sales.ts';
import type { OutgoingPayment } from '../spending.ts';
import {
  MONEY_MOVES,
  PAYMENT_MOVES,
  PURCHASE_MOVES,
  WORK_MOVES,
  type MoneyState,
  type PaymentState,
  type PurchaseState,
  type WorkState,
} from '../states.ts';
import { journalOfTopUp } from './balance-journal.ts';
import { ACCOUNTS, trialBalance, type JournalAccount, type JournalEntry } from './entries.ts';
import { journalOfPayment, journalOfPurchase } from './purchase-journal.ts';
import { journalOfSale } from './sale-journal.ts';

const PRICE = msat(21_000n);
const EVENT = { id: '', pubkey: '', created_at: 0, kind: 5050, tags: [], content: '', sig: '' };
const amounts = fc.bigInt({ min: 1n, max: 1n << 40n }).map(msat);
const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 12 });

function saleOf(fields: Partial<Sale>): Sale {
  return {
    providerPubkey: 'p',
    requestId: 'r',
    customerPubkey: 'c',
    serviceId: 's',
    request: EVENT,
    work: 'received',
    money: 'none',
    exchange: 'prepay',
    quote: {
      amountMsat: PRICE,
      validUntil: 0,
      usualSeconds: 0,
      worstSeconds: 0,
      paymentHash: null,
      preimage: null,
      bolt11: null,
    },
    refund: null,
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
    ...fields,
  };
}

function purchaseOf(fields: Partial<Purchase>): Purchase {
  return {
    requestId: 'r',
    customerPubkey: 'c',
    request: EVENT,
    relays: [],
    state: 'requested',
    maxAmountMsat: PRICE,
    deadlineAt: 0,
    approval: 'automatic',
    approved: null,
    orderId: null,
    offer: null,
    result: null,
    preimage: null,
    feePaidMsat: null,
    refund: null,
    failure: null,
    openedAt: 0,
    updatedAt: 0,
    version: 1,
    ...fields,
  };
}

function paymentOf(fields: Partial<OutgoingPayment>): OutgoingPayment {
  return {
    paymentHash: 'h',
    requestId: 'r',
    purpose: 'job',
    spenderPubkey: 'c',
    counterparty: 'p',
    bolt11: 'b',
    amountMsat: PRICE,
    feeLimitMsat: msat(5_000n),
    feePaidMsat: null,
    preimage: null,
    state: 'reserved',
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
}

function receiptOf(amountMsat = PRICE, via: SaleReceipt['via'] = 'invoice'): SaleReceipt {
  return { paymentHash: 'h', via, amountMsat, receivedAt: 0 };
}

/** Every pair of states that a sale of that mode can reach, by the moves of the tables. */
function* walkSale(exchange: ExchangeMode, steps: readonly number[]): Generator<[WorkState, MoneyState]> {
  let [work, money]: [WorkState, MoneyState] = ['received', 'none'];
  yield [work, money];
  for (const step of steps) {
    const works: readonly WorkState[] = [work, ...WORK_MOVES[work]];
    const monies: readonly MoneyState[] = [money, ...MONEY_MOVES[money]];
    const next = works
      .flatMap((toWork) => monies.map((toMoney) => [toWork, toMoney] as const))
      .filter(([toWork, toMoney]) => ALLOWED_PAIRS[exchange][toWork].includes(toMoney));
    [work, money] = next[step % next.length] ?? [work, money];
    yield [work, money];
  }
}

function* walk<State extends string>(
  moves: Readonly<Record<State, readonly State[]>>,
  start: State,
  steps: readonly number[],
): Generator<State> {
  let at = start;
  yield at;
  for (const step of steps) {
    at = moves[at][step % Math.max(1, moves[at].length)] ?? at;
    yield at;
  }
}

function expectBalanced(journal: readonly JournalEntry[]): void {
  for (const { step, postings } of journal) {
    expect([step, sum(postings.map(({ amountMsat }) => amountMsat))]).toEqual([step, 0n]);
    expect(postings.every(({ account, amountMsat }) => ACCOUNTS.includes(account) && amountMsat !== 0n)).toBe(
      true,
    );
  }
  expect(sum([...trialBalance(journal).values()])).toBe(0n);
}

function balance(journal: readonly JournalEntry[], account: JournalAccount): bigint {
  return trialBalance(journal).get(account) ?? 0n;
}

function sum(amountsMsat: readonly bigint[]): bigint {
  return amountsMsat.reduce((total, amountMsat) => total + amountMsat, 0n);
}

/** By what a sale is paid and refunded, and which account that moves. */
const RAILS = [
  { via: 'invoice', back: 'claim', place: 'wallet' },
  { via: 'nutzap', back: 'ecash', place: 'ecash' },
  { via: 'ecash', back: 'ecash', place: 'ecash' },
] as const;

/** Money states of which a sale's history had a payment. */
const CAME: readonly MoneyState[] = ['settled', 'refund-due', 'refunding', 'refunded', 'unclaimed'];

describe('the journal of a sale', () => {
  it('sums to zero in every state of every mode, and its wallet, or its ecash, is what came less what left', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EXCHANGE_MODES),
        choices,
        fc.array(amounts, { maxLength: 3 }),
        amounts,
        fc.option(amounts, { nil: null }),
        fc.constantFrom(...RAILS),
        (exchange, steps, more, refundMsat, routingFeeMsat, { via, back, place }) => {
          const feePaidMsat = place === 'ecash' ? null : routingFeeMsat;
          let lockedAt: number | null = null;
          let receipts: SaleReceipt[] = [];
          for (const [work, money] of walkSale(exchange, steps)) {
            if (money === 'locked') lockedAt = 1;
            if (CAME.includes(money) && receipts.length === 0)
              receipts = [PRICE, ...more].map((amountMsat) => receiptOf(amountMsat, via));
            const refund = {
              via: back,
              amountMsat: refundMsat,
              bolt11: 'b',
              paymentHash: 'h',
              feePaidMsat,
            };
            const journal = journalOfSale(saleOf({ exchange, work, money, lockedAt, refund }), receipts);
            expectBalanced(journal);
            const came = sum(receipts.map(({ amountMsat }) => amountMsat));
            const left = money === 'refunding' || money === 'refunded' ? refundMsat : 0n;
            const fee = money === 'refunded' ? (feePaidMsat ?? 0n) : 0n;
            expect(balance(journal, place)).toBe(came - left - fee);
            expect(balance(journal, place === 'ecash' ? 'wallet' : 'ecash')).toBe(0n);
            expect(balance(journal, 'held')).toBe(
              exchange !== 'balance' && lockedAt !== null && (money === 'locked' || money === 'settling')
                ? PRICE
                : 0n,
            );
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('moves what is drawn from a balance to the job, and from there to what is earned or back', () => {
    fc.assert(
      fc.property(choices, fc.array(amounts, { maxLength: 2 }), (steps, zapped) => {
        const receipts = zapped.map((amountMsat) => receiptOf(amountMsat, 'zap'));
        const came = sum(zapped);
        for (const [work, money] of walkSale('balance', steps)) {
          const isDrawn = money === 'locked' || money === 'settling' || money === 'settled';
          const isDone = isDrawn && (work === 'delivered' || work === 'closed');
          const lockedAt = isDrawn || money === 'released' ? 1 : null;
          const journal = journalOfSale(saleOf({ exchange: 'balance', work, money, lockedAt }), receipts);
          expectBalanced(journal);
          expect(balance(journal, 'prepaid')).toBe(isDrawn ? PRICE : 0n);
          expect(balance(journal, 'earned')).toBe(isDone ? 0n - PRICE : 0n);
          expect(balance(journal, 'wallet')).toBe(came);
          expect(balance(journal, 'owed-to-customers')).toBe(-came - (isDrawn && !isDone ? PRICE : 0n));
        }
      }),
    );
  });

  it.each([
    ['a payment before its work', { work: 'working', money: 'settled' }, [PRICE], 21_000n, 0n],
    ['a delivered job', { work: 'closed', money: 'settled' }, [PRICE], 0n, 21_000n],
    ['a job that was paid twice', { work: 'closed', money: 'refund-due' }, [PRICE, PRICE], 21_000n, 21_000n],
    ['a failed job', { work: 'failed', money: 'refund-due' }, [PRICE], 21_000n, 0n],
    ['money that nobody came for', { work: 'failed', money: 'unclaimed' }, [PRICE], 21_000n, 0n],
    ['cancelled work whose payment is kept', { work: 'cancelled', money: 'settled' }, [PRICE], 0n, 21_000n],
    ['work that was never paid', { work: 'closed', money: 'lapsed', exchange: 'postpay' }, [], 0n, 0n],
  ] as const)('knows whose money it is: %s', (_what, fields, came, owedMsat, earnedMsat) => {
    const journal = journalOfSale(
      saleOf(fields),
      came.map((amountMsat) => receiptOf(amountMsat)),
    );
    expect([balance(journal, 'owed-to-customers'), balance(journal, 'earned')]).toEqual([
      -owedMsat,
      -earnedMsat,
    ]);
  });

  it('owes nothing once the refund is paid, and bears its routing fee', () => {
    const refund = {
      via: 'lud16' as const,
      amountMsat: PRICE,
      bolt11: 'b',
      paymentHash: 'h',
      feePaidMsat: msat(7n),
    };
    const journal = journalOfSale(saleOf({ work: 'failed', money: 'refunded', refund }), [receiptOf()]);
    expect(Object.fromEntries(trialBalance(journal))).toEqual({
      wallet: -7n,
      'owed-to-customers': 0n,
      'on-its-way': 0n,
      'routing-fees': 7n,
    });
  });
});

describe('the journal of a purchase', () => {
  it('sums to zero whatever its states, and its wallet, or its ecash, is what left less what came back', () => {
    const bolt11s = fc.constantFrom('b', null);
    const property = fc.property(
      choices,
      choices,
      amounts,
      amounts,
      amounts,
      bolt11s,
      (steps, paymentSteps, amount, limit, fee, bolt11) => {
        const states = [...walk<PurchaseState>(PURCHASE_MOVES, 'requested', steps)];
        const payments = [...walk<PaymentState>(PAYMENT_MOVES, 'reserved', paymentSteps)];
        for (const state of states)
          for (const paymentState of payments) {
            const failed = paymentOf({ bolt11, state: 'failed', paymentHash: 'earlier', amountMsat: limit });
            const payment = paymentOf({
              bolt11,
              state: paymentState,
              amountMsat: amount,
              feeLimitMsat: limit,
              feePaidMsat: paymentState === 'settled' ? fee : null,
            });
            const back = state === 'refunded' && paymentState === 'settled' ? amount : 0n;
            const returned = bolt11 === null ? back : 0n;
            const journal = journalOfPurchase(purchaseOf({ state }), [failed, payment], returned);
            expectBalanced(journal);
            const left = { reserved: amount + limit, 'in-flight': amount + limit, settled: amount + fee };
            expect(balance(journal, bolt11 === null ? 'ecash' : 'wallet')).toBe(
              back - (paymentState === 'failed' ? 0n : left[paymentState]),
            );
          }
      },
    );
    fc.assert(property);
  });

  it.each([
    ['paid', { advanced: 21_000n, 'paid-for-work': 0n }],
    ['undelivered', { advanced: 21_000n, 'paid-for-work': 0n }],
    ['received', { advanced: 0n, 'paid-for-work': 21_000n }],
    ['refunded', { advanced: 0n, 'paid-for-work': 0n }],
  ] as const)('knows what the money of a %s purchase was for', (state, expected) => {
    const paid = paymentOf({ state: 'settled', feePaidMsat: msat(3n) });
    const journal = journalOfPurchase(purchaseOf({ state }), [paid]);
    for (const [account, amountMsat] of Object.entries(expected))
      expect([account, balance(journal, account as JournalAccount)]).toEqual([account, amountMsat]);
    expect(balance(journal, 'routing-fees')).toBe(3n);
  });
});

describe('the journal of balances', () => {
  it('has what customers prepaid as theirs until they have withdrawn it, routing included', () => {
    const topUp = {
      providerPubkey: 'p',
      customerPubkey: 'c',
      topUpId: 't',
      amountMsat: PRICE,
      bolt11: 'b',
      paymentHash: 'h',
      expiresAt: 0,
      state: 'credited',
      creditedMsat: PRICE,
      createdAt: 0,
      updatedAt: 0,
    } as const;
    const paidOut = {
      requestId: null,
      purpose: 'balance withdrawal',
      state: 'settled',
      feePaidMsat: msat(3n),
    } as const;
    const journal = [...journalOfTopUp(topUp), ...journalOfPayment(paymentOf(paidOut))];
    expectBalanced(journal);
    expect(balance(journalOfTopUp(topUp), 'prepaid')).toBe(0n - PRICE);
    expect([balance(journal, 'prepaid'), balance(journal, 'wallet')]).toEqual([3n, -3n]);
  });

  it('moves nothing of a customer by a draw but what its money was for', () => {
    const offer = {
      event: EVENT,
      providerPubkey: 'p',
      exchange: 'balance',
      amountMsat: PRICE,
      bolt11: null,
      paymentHash: 'h',
      feeLimitMsat: msat(0n),
    } as const;
    const draw = paymentOf({
      bolt11: null,
      purpose: 'balance draw',
      state: 'settled',
      feePaidMsat: msat(0n),
    });
    for (const [state, spent] of [
      ['paid', 0n],
      ['received', PRICE],
      ['undelivered', 0n],
      ['refunded', 0n],
    ] as const) {
      const journal = journalOfPurchase(purchaseOf({ state, offer }), [draw]);
      expectBalanced(journal);
      expect([state, balance(journal, 'paid-for-work'), balance(journal, 'advanced')]).toEqual([
        state,
        spent,
        0n - spent,
      ]);
      expect([balance(journal, 'wallet'), balance(journal, 'ecash')]).toEqual([0n, 0n]);
    }
  });
});

describe('the journal of other payments', () => {
  it.each([
    ['withdrawal', 'withdrawn'],
    ['forward', 'withdrawn'],
    ['balance top-up', 'advanced'],
    ['zap', 'paid-for-other'],
  ] as const)('a %s is %s', (purpose, account) => {
    const journal = journalOfPayment(
      paymentOf({ requestId: null, purpose, state: 'settled', feePaidMsat: msat(3n) }),
    );
    expectBalanced(journal);
    expect(balance(journal, account)).toBe(PRICE);
  });
});
