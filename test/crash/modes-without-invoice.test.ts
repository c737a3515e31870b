import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killAt } from './one-job.ts';
import { CUSTOMER_MODE_POINTS, MODE_POINTS } from './points.ts';
import { openWorld, type World } from './world.ts';

describe.each([
  ['ecash-htlc', 7],
  ['nutzap', 7],
  ['free', 0],
] as const)(
  'kill -9 in a job by %s: it is done once, and its money is where it belongs',
  (exchange, priceSats) => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld({ exchange, priceSats });
    }, 60_000);
    afterAll(() => world.close(), 60_000);

    test.each(MODE_POINTS[exchange])(
      'of its provider at %s (%s)',
      (at, ending) => killAt(world, 'provider', at, ending),
      240_000,
    );
    test.each(CUSTOMER_MODE_POINTS[exchange])(
      'of its customer at %s (%s)',
      (at, ending) => killAt(world, 'customer', at, ending),
      240_000,
    );

    test('after all of it the books are what wallets and mint hold', async () => {
      for (const role of ['provider', 'customer'] as const) expect(await world.findings(role)).toEqual([]);
    }, 60_000);
  },
);
