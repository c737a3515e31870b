import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Wallet, WalletOutcome } from '../../src/money/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { balanceOf, claim, openDebtor, PAID_MSAT, refundInvoice } from './stage.ts';

let stage: BuyingStage;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

/** How the provider's wallet treats the next call: an answer may be lost after the payment, or the call before it. */
const FAULTS = ['works', 'refuses', 'loses-answer', 'loses-call'] as const;

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('claim' as const), wallet: fc.constantFrom(...FAULTS) }),
    fc.record({ do: fc.constant('replay' as const), wallet: fc.constantFrom(...FAULTS) }),
    fc.record({ do: fc.constant('settle' as const), wallet: fc.constantFrom(...FAULTS) }),
    fc.record({ do: fc.constant('steal' as const) }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(15, 700) }),
  ),
  { maxLength: 10 },
);

const lost: WalletOutcome<never> = {
  ok: false,
  failure: { code: 'wallet-timeout', message: 'Nothing came.' },
};

function moody(real: Wallet, mood: { current: (typeof FAULTS)[number] }): Wallet {
  return faultyWallet(real, {
    pay: async (payment, call) => {
      if (mood.current === 'refuses')
        return { ok: false, failure: { code: 'payment-failed', message: 'No route.' } };
      if (mood.current === 'loses-call') return lost;
      const answer = await real.pay(payment, call);
      return mood.current === 'loses-answer' ? lost : answer;
    },
  });
}

test('whatever is claimed, replayed, lost and waited for: the money comes back once, to its owner', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (walk) => {
      stage.clock.aheadSeconds = 0;
      const mood = { current: FAULTS[0] as (typeof FAULTS)[number] };
      const debtor = openDebtor(stage, { wallet: moody(stage.bank.wallet('alice'), mood) });
      const debt = await debtor.owe();
      const before = { customer: await balanceOf(stage, 'customer'), thief: await balanceOf(stage, 'bob') };
      const valid = () => ({ expirySeconds: stage.clock.aheadSeconds + 600 });
      let last = await refundInvoice(stage.wallet());
      for (const step of walk) {
        if ('wallet' in step) mood.current = step.wallet;
        if (step.do === 'claim') last = await refundInvoice(stage.wallet(), valid());
        if (step.do === 'claim' || step.do === 'replay') await claim(debtor, debt, last);
        if (step.do === 'settle') await debtor.settle(debt);
        if (step.do === 'steal') {
          const thief = secretKeySigner(generateSecretKey());
          await claim(debtor, debt, await refundInvoice(stage.bank.wallet('bob'), valid()), thief);
        }
        if (step.do === 'wait') stage.clock.aheadSeconds += step.seconds;
        expect([0n, PAID_MSAT]).toContain((await balanceOf(stage, 'customer')) - before.customer);
      }

      mood.current = 'works';
      stage.clock.aheadSeconds += 8 * 86_400; // every invoice so far has expired
      await debtor.settle(debt);
      stage.clock.aheadSeconds = 0; // the wallets' clocks did not move
      await claim(debtor, debt, await refundInvoice(stage.wallet()));
      expect((await debtor.sale(debt)).money).toBe('refunded');
      expect((await balanceOf(stage, 'customer')) - before.customer).toBe(PAID_MSAT);
      expect(await balanceOf(stage, 'bob')).toBe(before.thief);
    }),
    { numRuns: 15 },
  );
}, 240_000);
