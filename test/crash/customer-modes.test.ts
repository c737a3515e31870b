import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { satsToMsat } from '../../src/protocol/index.ts';
import { PRICE_SATS, SALES, type SoldMode } from '../customer/sales-by-mode.ts';
import { openWorld, type World } from './world.ts';

/** Where a death would cost money or the result; `test/customer/crash.test.ts` has the rest. */
const POINTS = [
  'customer:wallet-called',
  'payment.settled:before-commit',
  'customer:after-paid-commit',
  'customer:result-seen',
];
/** The invoice has taken the place of the promise. */
const PROMISE_KEPT = 'purchase.noted:after-commit';

const MODES: readonly [SoldMode, readonly string[]][] = [
  ['prepay', POINTS],
  ['postpay', [PROMISE_KEPT, ...POINTS]],
  ['reveal', [PROMISE_KEPT, ...POINTS]],
];

describe.each(MODES)(
  'kill -9 of a customer that buys by %s: delivered once and paid once',
  (mode, points) => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld({ exchange: mode });
      await world.part('bank');
    }, 60_000);
    afterAll(() => world.close(), 60_000);

    test.each(points)(
      'at %s',
      async (crashAt) => {
        const before = await world.balances();
        const seller = await world.openSeller();
        const wish = `${seller.pubkey} ${mode} ${crashAt}`;
        const victim = await world.doomed('customer', crashAt);
        victim.send(wish);
        const request = await seller.nextRequest();
        const selling = SALES[mode](seller, request);
        expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });

        const next = await world.part('customer');
        next.send(wish);
        await selling;
        expect(
          await next.until((line) => line.t === 'ended' && line['requestId'] === request.id),
        ).toMatchObject({ state: 'received', paid: true });
        const paid = satsToMsat(PRICE_SATS);
        expect(await world.balances()).toEqual({
          provider: before.provider + paid,
          customer: before.customer - paid,
        });
      },
      60_000,
    );
  },
);
