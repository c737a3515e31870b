import { describe, test } from 'vitest';
import { killAt } from './one-job.ts';
import { REFUND_POINTS } from './points.ts';
import { openWorld } from './world.ts';

describe('kill -9 of the customer while its money comes back: nothing is spent', () => {
  // A payment that failed is believed only after its invoice expired, when the process that sent it is gone: each waits
  // for that in a world of its own, beside the others.
  test.concurrent.each(REFUND_POINTS)(
    'at %s (%s)',
    async (at, ending) => {
      const world = await openWorld({ offerSeconds: 8 });
      try {
        await killAt(world, 'customer', at, ending);
      } finally {
        await world.close();
      }
    },
    240_000,
  );
});
