/** What the worker's pages say of payment, money and news is what the engine does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALLOWED_PAIRS } from '../../src/ledger/exchange-pairs.ts';
import { MONEY_MOVES, WORK_MOVES } from '../../src/ledger/index.ts';
import {
  MAX_MSAT,
  satsToMsat,
  ZERO_MSAT,
  type ExchangeMode,
  type JobRequest,
} from '../../src/protocol/index.ts';
import { chooseExchange } from '../../src/provider/exchange.ts';
import type { Service } from '../../src/provider/index.ts';
import { OFFER_SECONDS } from '../../web/engine/work-contract.ts';
import type { JobRow, WorkbenchState } from '../../web/engine/work-contract.ts';
import { endOf } from '../../web/workbench/money-ends.ts';
import { freshNews, newsOf } from '../../web/workbench/news-of-work.ts';
import { wayToBePaid } from '../../web/workbench/ways-to-be-paid.ts';

const NOW = 1_800_000_000;
const MINTS = ['https://one.example', 'https://two.example'];
const MODES = ['free', 'prepay', 'ecash-htlc', 'hold', 'zap'] as const;
const WAYS: Readonly<Record<string, ExchangeMode | null>> = {
  given: 'free',
  locked: 'ecash-htlc',
  before: 'prepay',
};

test('the way of payment that the quote form shows is the one that the engine chooses', () => {
  fc.assert(
    fc.property(
      fc.record({
        exchanges: fc.subarray([...MODES]),
        mints: fc.subarray(MINTS),
        ownMints: fc.subarray(MINTS),
        sats: fc.constantFrom(0, 1, 500),
        worstSeconds: fc.constantFrom(300, 3_600, 86_400, 30 * 86_400),
        waits: fc.option(fc.integer({ min: 60, max: 40 * 86_400 })),
        hasWallet: fc.boolean(),
      }),
      ({ exchanges, mints, ownMints: mintUrls, sats, worstSeconds, waits, hasWallet }) => {
        const asked = { exchanges, mints, expiresAt: waits === null ? null : NOW + waits };
        const amountMsat = satsToMsat(sats);
        const shown = wayToBePaid({ asked, amountMsat, worstSeconds, mintUrls, hasWallet, now: NOW });
        const sold: readonly ExchangeMode[] = [
          ...(mintUrls.length > 0 ? (['ecash-htlc'] as const) : []),
          ...(hasWallet ? (['prepay'] as const) : []),
        ];
        const request = { ...asked, dialect: 'nip90' } as unknown as JobRequest;
        const service = { quotedByHand: true, worstSeconds, exchanges: sold.length > 0 ? sold : ['free'] };
        const chosen = chooseExchange(request, service as unknown as Service, amountMsat, {
          payable: new Set<ExchangeMode>(['free', ...sold]),
          balanceMsat: ZERO_MSAT,
          mints: mintUrls,
          trust: { workUnpaidUpToMsat: MAX_MSAT, deliverUnpaidUpToMsat: MAX_MSAT },
          limits: { holdSeconds: 600, offerSeconds: OFFER_SECONDS },
          now: NOW,
        });
        // Without anything to be paid into, a job can only be given away, whatever price is named.
        const isGivenOnly = sold.length === 0 && sats > 0;
        expect(WAYS[shown.way] ?? null).toBe(isGivenOnly ? null : chosen);
      },
    ),
  );
});

test('an offer in ecash close to the deadline of its customer stands as long as the engine says, and no longer', () => {
  const asked = { exchanges: ['ecash-htlc'], mints: [], expiresAt: NOW + 3_600 } as const;
  const terms = { asked, amountMsat: satsToMsat(5), mintUrls: MINTS, hasWallet: false, now: NOW };
  expect(wayToBePaid({ ...terms, worstSeconds: 3_600 }).standsUntil).toBe(NOW + 300);
  expect(wayToBePaid({ ...terms, worstSeconds: 600 }).standsUntil).toBe(NOW + 3_000);
  expect(wayToBePaid({ ...terms, worstSeconds: 3_601 })).toMatchObject({
    way: 'not-before',
    standsUntil: null,
    whyUnlocked: 'quote-lock-too-long',
  });
});

test('the money is said to be yours, or to have gone back, in those states alone', () => {
  const said = new Map<string, Set<string>>();
  for (const pairs of Object.values(ALLOWED_PAIRS))
    for (const work of Object.keys(WORK_MOVES) as (keyof typeof WORK_MOVES)[])
      for (const money of pairs[work]) {
        const isMade = work === 'delivered' || work === 'closed';
        const end = endOf({ work, money, result: isMade ? {} : null } as Parameters<typeof endOf>[0]);
        said.set(end, (said.get(end) ?? new Set()).add(money));
      }
  const moneyOf = (end: string) => [...(said.get(end) ?? [])];
  expect(moneyOf('end-yours')).toEqual(['settled']);
  expect(moneyOf('end-kept')).toEqual(['settled']);
  expect(moneyOf('end-lost')).toEqual(['released']);
  expect([...moneyOf('end-paid-back'), ...moneyOf('end-paid-back-all')]).toEqual(['refunded', 'refunded']);
  expect(new Set(moneyOf('end-unpaid'))).toEqual(new Set(['none', 'quoted', 'lapsed']));
  expect(new Set([...said.values()].flatMap((states) => [...states]))).toEqual(
    new Set(Object.keys(MONEY_MOVES)),
  );
});

test('of a job that is paid, soon due, ended or written about one is called once, and not for what nobody took', () => {
  const bench = (lists: Partial<WorkbenchState>) =>
    ({ inbox: [], offered: [], active: [], done: [], ...lists }) as unknown as WorkbenchState;
  const row = (more: Partial<JobRow>) =>
    ({ requestId: 'a', work: 'working', money: 'settled', dueAt: NOW + 7_200, unread: 0, ...more }) as JobRow;
  const titles = (before: WorkbenchState, after: WorkbenchState, now = NOW) =>
    freshNews(new Set(newsOf(before, NOW).keys()), newsOf(after, now)).map(({ title }) => title);
  const inHand = bench({ active: [row({})] });
  expect(titles(bench({}), inHand)).toEqual(['notify-begin']);
  expect(titles(bench({}), bench({ active: [row({ unread: 1 })] }))).toEqual(['notify-begin']);
  expect(titles(inHand, inHand)).toEqual([]);
  expect(titles(inHand, inHand, NOW + 5_400)).toEqual(['notify-due']);
  const ended = bench({ done: [row({ work: 'cancelled', money: 'refund-due' })] });
  expect(titles(inHand, ended)).toEqual(['notify-ended']);
  const offered = bench({ offered: [row({ work: 'accepted', money: 'quoted' })] });
  expect(titles(offered, bench({ done: [row({ work: 'cancelled', money: 'quoted' })] }))).toEqual([]);
  expect(
    titles(
      bench({ done: [row({ work: 'closed' })] }),
      bench({ done: [row({ work: 'closed', money: 'refund-due' })] }),
    ),
  ).toEqual(['notify-owed']);
});
