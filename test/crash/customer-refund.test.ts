import { afterAll, beforeAll, describe, test } from 'vitest';
import { killAt } from './one-job.ts';
import { REFUND_POINTS } from './points.ts';
import { openWorld, type World } from './world.ts';

describe('kill -9 of the customer while its money comes back: nothing is spent', () => {
  let world: World;
  beforeAll(async () => {
    // A payment that failed is believed only after its invoice expired, when the process that sent it is gone.
    world = await openWorld({ offerSeconds: 8 });
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test.each(REFUND_POINTS)('at %s (%s)', (at, ending) => killAt(world, 'customer', at, ending), 240_000);
});
