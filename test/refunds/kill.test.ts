import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CUSTOMER_REFUND_CHECKPOINTS } from '../../src/customer/index.ts';
import { PROVIDER_REFUND_CHECKPOINTS } from '../../src/provider/index.ts';
import { openWorld, type Part, type World } from '../crash/world.ts';

const commits = (...moves: string[]) =>
  moves.flatMap((move) => [`${move}:before-commit`, `${move}:after-commit`]);

const POINTS: readonly [Part, string][] = [
  ...PROVIDER_REFUND_CHECKPOINTS,
  ...commits('sale.money.refund-due', 'sale.money.refunding', 'sale.money.refunded'),
].map((point): [Part, string] => ['provider', point]);
const CLAIM_POINTS: readonly [Part, string][] = [
  ...CUSTOMER_REFUND_CHECKPOINTS,
  ...commits('purchase.noted', 'purchase.refunded'),
].map((point): [Part, string] => ['customer', point]);

describe('kill -9 while the money of a failed job goes back: it comes back once', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ exchange: 'prepay' });
    await world.part('bank');
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test.each([...POINTS, ...CLAIM_POINTS])(
    'of the %s at %s',
    async (part, crashAt) => {
      const text = `failed ${part} ${crashAt}`;
      for (const each of ['provider', 'customer'] as const) await world.part(each);
      const before = await world.balances();
      const victim = await world.doomed(part, crashAt);
      const { pubkey } = await (await world.part('provider')).until(({ t }) => t === 'ready');
      const buyer = await world.part('customer');
      buyer.send(`${String(pubkey)} ${text}`);
      expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });

      const seller = await world.part('provider');
      const claimant = await world.part('customer');
      if (part === 'customer') claimant.send(`${String(pubkey)} ${text}`);
      const ended = await claimant.until(
        (line) => line.t === 'ended' && line['text'] === text && line['state'] === 'refunded',
      );
      const { requestId } = ended;
      await seller.until(
        (line) => line.t === 'sale' && line['requestId'] === requestId && line['money'] === 'refunded',
      );
      expect(await world.balances()).toEqual(before);
    },
    90_000,
  );
});
