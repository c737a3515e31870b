import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EcashMovement } from '../ecash/index.ts';
import { trialBalance, type JournalAccount, type JournalEntry } from '../ledger/index.ts';
import { msat } from '../protocol/index.ts';
import { journalOfEcash } from './ecash-journal.ts';

const BOOKED = ['payment', 'refund', 'failed', 'receipt', 'nothing'] as const;
const amounts = fc.bigInt({ min: 0n, max: 1n << 40n });

function movementOf(fields: Partial<EcashMovement>): EcashMovement {
  const none = msat(0n);
  return {
    kind: 'send',
    key: 'k',
    mintUrl: 'https://mint.example',
    state: 'done',
    about: null,
    paymentHash: null,
    amountMsat: none,
    feeLimitMsat: none,
    routingFeeMsat: null,
    spentMsat: none,
    madeMsat: none,
    givenMsat: none,
    reclaimedMsat: none,
    createdAt: 0,
    ...fields,
  };
}

function sum(journal: readonly JournalEntry[], account: JournalAccount): bigint {
  return trialBalance(journal).get(account) ?? 0n;
}

/** What an operation of that kind can do: of given sizes, in every state. */
const movements = fc
  .record({
    kind: fc.constantFrom('mint', 'send', 'redeem', 'refund', 'melt'),
    state: fc.constantFrom('open', 'done', 'failed'),
    amount: amounts,
    onTop: amounts,
    fee: amounts,
    change: amounts,
    routingFee: fc.option(amounts, { nil: null }),
  })
  .map(({ kind, state, amount, onTop, fee, change, routingFee }) => {
    const isDone = state === 'done';
    const given = isDone && kind === 'send' ? amount + onTop : 0n;
    const spends = kind === 'send' || kind === 'melt';
    return movementOf({
      kind,
      state,
      amountMsat: msat(amount),
      feeLimitMsat: msat(fee),
      routingFeeMsat: routingFee === null ? null : msat(routingFee),
      spentMsat: msat(isDone && spends ? amount + onTop + fee + change : state === 'failed' ? fee : 0n),
      madeMsat: msat(isDone ? (spends ? change : amount) : 0n),
      givenMsat: msat(given),
      reclaimedMsat: msat(isDone && kind === 'refund' ? amount + fee : 0n),
    });
  });

it('every posting of an operation sums to zero, and with what its job has booked it is what the wallet holds', () => {
  fc.assert(
    fc.property(movements, fc.constantFrom(...BOOKED), (movement, booked) => {
      const journal = journalOfEcash(movement, booked);
      for (const { postings } of journal)
        expect(postings.reduce((total, { amountMsat }) => total + amountMsat, 0n)).toBe(0n);
      const { kind, state, amountMsat, givenMsat, madeMsat, reclaimedMsat, spentMsat } = movement;
      const ofJob = {
        payment: 0n - givenMsat,
        refund: 0n - amountMsat,
        receipt: madeMsat,
        failed: 0n,
        nothing: 0n,
      };
      const isOfJob =
        (kind === 'send' && (booked === 'payment' || booked === 'refund')) ||
        (kind === 'redeem' && booked === 'receipt');
      const isTakenBack = kind === 'refund' && booked === 'payment';
      // A failed redemption or refund has lost nothing of ours: its inputs were not in the purse.
      const isOwn = kind === 'send' || kind === 'melt' || state !== 'failed';
      expect(
        sum(journal, 'ecash') +
          (isOfJob && state === 'done' ? ofJob[booked] : 0n) +
          (isTakenBack ? reclaimedMsat : 0n),
      ).toBe(isOwn ? madeMsat - spentMsat : sum(journal, 'ecash'));
    }),
    { numRuns: 1000 },
  );
});

it('ecash that is bought comes from the wallet, which bears the way to the mint', () => {
  const bought = movementOf({
    kind: 'mint',
    amountMsat: msat(21_000n),
    madeMsat: msat(21_000n),
    routingFeeMsat: msat(7n),
  });
  expect(Object.fromEntries(trialBalance(journalOfEcash(bought, 'payment')))).toEqual({
    wallet: -21_007n,
    ecash: 21_000n,
    'routing-fees': 7n,
  });
});

it('what a mint took without showing that it paid is what it owes us', () => {
  const taken = movementOf({ kind: 'melt', state: 'failed', spentMsat: msat(9000n), madeMsat: msat(1000n) });
  expect(sum(journalOfEcash(taken, 'nothing'), 'advanced')).toBe(8000n);
});
